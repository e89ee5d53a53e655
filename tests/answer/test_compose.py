"""Answers are made of quotes: exact, covered, never cut where they must not be."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from snapshots import fixture_snapshot

from kb.answer.asked_for import asked_for
from kb.answer.compose import Place, compose
from kb.answer.confidence import weights_for
from kb.answer.question import understand
from kb.answer.select import SelectionParameters, select_pieces
from kb.index.snapshot import Snapshot
from kb.types import Passage

_NARROW = SelectionParameters(whole=0.0, comfortable=1.0, likely=2.0)


def _passage(snapshot: Snapshot, article_id: str, anchor: str) -> Passage:
    return next(p for p in snapshot.passages if p.article_id == article_id and p.anchor == anchor)


def _pieces(
    snapshot: Snapshot, passage: Passage, question: str, parameters: SelectionParameters = _NARROW
) -> list[str]:
    text = snapshot.articles[passage.article_id].text
    spans = select_pieces(
        passage, weights_for(snapshot, understand(question)), asked_for(understand(question)), parameters
    )
    return [text[span.start : span.end] for span in spans]


def test_a_procedure_comes_whole_with_its_lead_in(snapshot: Snapshot) -> None:
    passage = _passage(snapshot, "en/billing/refunds", "ask-for-a-refund")
    (piece,) = _pieces(snapshot, passage, "print the label")
    assert piece.startswith("Follow these steps")
    assert "1. Open" in piece
    assert piece.endswith("within 14 days.")


def test_a_row_comes_with_its_header_and_lead_in(snapshot: Snapshot) -> None:
    passage = _passage(snapshot, "zh/billing/refunds", "各付款方式的到账时间")
    pieces = _pieces(snapshot, passage, "银行转账多久")
    assert pieces[0].startswith("到账时间取决于付款方式：")
    assert "| 付款方式 | 到账时间 |" in pieces[0]
    assert "银行转账" in pieces[-1]


def test_the_exception_after_the_rule_comes_along(snapshot: Snapshot) -> None:
    passage = _passage(snapshot, "en/billing/refunds", "what-is-excluded")
    (piece,) = _pieces(snapshot, passage, "can I return opened software")
    assert piece.startswith("Opened software cannot be returned. However, faulty media are exchanged within 30 days.")


def test_a_short_passage_is_given_whole(snapshot: Snapshot) -> None:
    passage = _passage(snapshot, "en/billing/refunds", "what-is-excluded")
    assert _pieces(snapshot, passage, "software", SelectionParameters()) == [passage.text]


@pytest.mark.parametrize("question", ["zzz", "", "the", "退款"])
def test_a_question_that_shares_no_word_still_gets_a_piece(snapshot: Snapshot, question: str) -> None:
    for passage in snapshot.passages:
        assert all(piece.strip() for piece in _pieces(snapshot, passage, question))
        assert _pieces(snapshot, passage, question)


@given(
    rows=st.lists(st.integers(0, 10_000), min_size=1, max_size=3),
    asked=st.sampled_from(["refund card", "退款 软件", "router", "how many label days", "x", "怎麼退款"]),
    width=st.sampled_from([0.0, 100.0, 1000.0]),
)
def test_every_quote_is_in_the_file_and_every_letter_is_cited(
    snapshot: Snapshot, rows: list[int], asked: str, width: float
) -> None:
    passages = [snapshot.passages[row % len(snapshot.passages)] for row in rows]
    question = understand(asked)
    weights = weights_for(snapshot, question)
    places = [
        Place(snapshot.articles[p.article_id], p, span)
        for p in passages
        for span in select_pieces(
            p, weights, asked_for(question), SelectionParameters(whole=width, comfortable=width + 1.0)
        )
    ]
    answer, citations = compose(places, snapshot.articles, "", date(2026, 11, 22))
    covered = set()
    for citation in citations:
        file = snapshot.articles[citation.article_id].text
        assert file[citation.source_span.start : citation.source_span.end] == citation.quote
        for span in citation.answer_spans:
            assert 0 <= span.start < span.end <= len(answer.text)
            covered.update(range(span.start, span.end))
        assert f"[{citation.n}]" in answer.markdown
    assert {i for i, c in enumerate(answer.text) if not c.isspace()} <= covered
    assert [citation.n for citation in citations] == list(range(1, len(citations) + 1))


def test_links_inside_an_answer_lead_to_pages_not_to_files(snapshot: Snapshot) -> None:
    passage = _passage(snapshot, "en/devices/router", "reset-the-password")
    place = Place(snapshot.articles[passage.article_id], passage, passage.span)
    answer, citations = compose([place], snapshot.articles, "https://help.example", date(2026, 11, 22))
    assert 'href="https://help.example/articles/en/billing/refunds.html#times-by-payment-method"' in answer.html
    assert citations[0].url == "https://help.example/articles/en/devices/router.html#reset-the-password"
    assert citations[0].highlight_url.startswith(f"{citations[0].url}:~:text=Hold%20the%20reset")
    assert '<sup class="citation"><a href="#source-1">1</a></sup>' in answer.html
    assert "](https://help.example/articles/en/billing/refunds.html#times-by-payment-method)" in answer.markdown
    assert "](../billing/refunds.md#times-by-payment-method)" in citations[0].quote


def test_images_and_files_of_an_article_are_found_from_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / "en" / "keys"
    folder.mkdir(parents=True)
    (folder / "blue.md").write_text(
        "# Blue key\n\nPress the ![blue key](images/key.png) key.\n\n"
        '<img src="../two.png"> Or [read on](/faq), see [the form](form.pdf "PDF") and [outside](../../../x.png).\n',
        encoding="utf-8",
    )
    (folder / "code.md").write_text("# Links\n\n```md\n[a](b.md)\n```\n", encoding="utf-8")
    found = fixture_snapshot(tmp_path)
    places = [Place(found.articles[p.article_id], p, p.span) for p in found.passages]
    blue, code = (compose([place], found.articles, "https://help.example", date(2026, 11, 22))[0] for place in places)
    for address in ("articles/en/keys/images/key.png", "articles/en/two.png", "articles/en/keys/form.pdf"):
        assert f'="https://help.example/{address}"' in blue.html
    assert "![blue key](https://help.example/articles/en/keys/images/key.png)" in blue.markdown
    assert '[read on](/faq), see [the form](https://help.example/articles/en/keys/form.pdf "PDF")' in blue.markdown
    assert "[outside](#)" in blue.markdown
    assert "[a](b.md)" in code.markdown


def test_a_link_that_is_no_address_leads_nowhere_and_spoils_no_answer(tmp_path: Path) -> None:
    (tmp_path / "key.md").write_text("# Key\n\nPress [it](http://[bad) twice, see [here](//[::1) too.\n", "utf-8")
    found = fixture_snapshot(tmp_path)
    place = Place(found.articles["key"], found.passages[0], found.passages[0].span)
    answer, _ = compose([place], found.articles, "", date(2026, 11, 22))
    assert "Press [it](#) twice, see [here](#) too." in answer.markdown
    assert "http://[" not in answer.html


def test_an_article_cannot_write_the_citation_mark(snapshot: Snapshot) -> None:
    from dataclasses import replace

    article = snapshot.articles["en/billing/invoices"]
    passage = _passage(snapshot, "en/billing/invoices", "")
    hostile = '\ue000"><img src=x onerror=alert(1)>\ue001 text'
    changed = replace(article, text=hostile)
    place = Place(
        changed,
        replace(passage, span=passage.span.__class__(0, len(hostile)), text=hostile),
        passage.span.__class__(0, len(hostile)),
    )
    answer, _ = compose([place], {}, "", date(2026, 11, 22))
    assert "onerror" not in answer.html.replace("&gt;", "")
    assert answer.html.count('<a href="#source-') == 1
