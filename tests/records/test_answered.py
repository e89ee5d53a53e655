"""Questions that were answered lately, for those who must not lose them."""

from __future__ import annotations

from answer_samples import document

from kb.records import Records


def log(records: Records, text: str, **details: str) -> str:
    entry = document(text=text, **details)
    records.log_answer(entry, channel="web")
    records.flush()
    return str(entry["id"])


def test_the_wordings_of_some_articles_come_with_counts_most_asked_first(records: Records) -> None:
    for text in ("How do I reset it?", "how do I reset it", "Reset?", "How do I pay?"):
        log(records, text, article="en/pay" if "pay" in text else "en/account/reset")
    found = records.answered.from_articles(["en/account/reset", "en/none"])
    assert [(one.count, one.article_id, one.lang) for one in found] == [
        (2, "en/account/reset", "en"),
        (1, "en/account/reset", "en"),
    ]
    assert found[1].text == "Reset?"
    assert len(records.answered.from_articles(["en/pay", "en/account/reset"])) == 3
    assert len(records.answered.from_articles(["en/account/reset"], limit=1)) == 1


def test_what_is_old_unanswered_masked_or_voted_down_is_left_out(records: Records) -> None:
    log(records, "Is it old?", at="2026-10-20T10:00:00Z")
    log(records, "Is it suggested?", outcome="suggested")
    masked = document(text="Is it <email>?")
    masked["question"]["redactions"] = 1
    records.log_answer(masked, channel="web")
    records.vote(log(records, "Is it wrong?"), "down", reasons=["incorrect"])
    records.vote(log(records, "Is it right?"), "up")
    found = records.answered.from_articles(["en/account/reset"])
    assert [one.text for one in found] == ["Is it right?"]
    assert len(records.answered.from_articles(["en/account/reset"], days=60)) == 2
