"""The whole line with the real model: a question in, an honest answer out, and what is written down of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from api.composition import OpenService, open_service
from indexer.build import BuildReport
from kb.errors import IndexMismatchError, IndexMissingError, NotAllowedError, NotFoundError
from kb.gaps.vocabulary import SignalKind
from kb.settings import Settings
from kb.types import Answer, Filters, Outcome, Query, ReasonCode
from tests.conftest import Site


@pytest.fixture
def opened(site: Site) -> Iterator[OpenService]:
    with open_service(Settings(data=site.data)) as opened:
        yield opened


def _assert_honest(answer: Answer, opened: OpenService) -> None:
    articles = opened.live.current().articles
    covered: set[int] = set()
    for citation in (*answer.citations, *answer.suggestions):
        span = citation.source_span
        assert articles[citation.article_id].text[span.start : span.end] == citation.quote
        for part in citation.answer_spans:
            covered.update(range(part.start, part.end))
    if answer.answer is not None:
        assert {i for i, c in enumerate(answer.answer.text) if not c.isspace()} <= covered


@pytest.mark.parametrize(
    ("question", "article", "quoted"),
    [
        ("How long does a refund to my credit card take?", "en/billing/refunds", "5 to 7 working days"),
        ("how do I reset the router password", "en/devices/router", "ten seconds"),
        ("退款到信用卡需要多久到账？", "zh/billing/refunds", "5 至 7 个工作日"),
        ("換手機後怎麼重新綁定兩步驗證？", "zh/devices/two-step", "用新手机重新扫码"),
    ],
)
def test_a_covered_question_is_answered_from_the_right_paragraph(
    opened: OpenService, question: str, article: str, quoted: str
) -> None:
    answer = opened.service.ask(Query(question))
    _assert_honest(answer, opened)
    assert answer.outcome is Outcome.ANSWERED
    assert answer.citations[0].article_id == article
    assert quoted in "".join(citation.quote for citation in answer.citations)
    assert answer.reason is None
    assert answer.gap_id is None
    assert 0.5 <= answer.confidence.score <= 1


@pytest.mark.parametrize(
    "question", ["What is the capital of Mongolia?", "蒙古的首都是哪里？", "Do you sell bicycles?"]
)
def test_an_uncovered_question_is_refused_and_recorded(opened: OpenService, question: str) -> None:
    answer = opened.service.ask(Query(question))
    _assert_honest(answer, opened)
    assert answer.outcome is Outcome.NO_ANSWER
    assert answer.answer is None
    assert answer.gap_id is not None
    gap = opened.records.get_gap(answer.gap_id)
    assert gap.summary.label == question


@pytest.mark.parametrize(
    ("question", "article"),
    [
        ("When do I get my money back?", "en/billing/refunds"),
        ("WHEN DO I GET MY MONEY BACK", "en/billing/refunds"),
        ("錢什麼時候退回來？", "zh/billing/refunds"),
        ("两步验证", "zh/devices/two-step"),
    ],
)
def test_a_phrasing_that_the_author_listed_is_answered_from_that_article(
    opened: OpenService, question: str, article: str
) -> None:
    answer = opened.service.ask(Query(question))
    assert answer.outcome is Outcome.ANSWERED
    assert {citation.article_id for citation in answer.citations} == {article}
    assert answer.confidence.score >= 0.95


def test_the_same_need_in_other_words_joins_its_gap(opened: OpenService) -> None:
    first = opened.service.ask(Query("Do you sell electric bicycles?"))
    second = opened.service.ask(Query("do you sell an electric bicycle"))
    assert first.gap_id == second.gap_id is not None


@pytest.mark.parametrize("question", ["😀😀", "???", "怎么办", "what is this", "99", "[7]"])
def test_a_question_about_nothing_is_unclear_and_no_gap(opened: OpenService, question: str) -> None:
    answer = opened.service.ask(Query(question))
    assert answer.outcome in {Outcome.NO_ANSWER, Outcome.CLARIFY}
    assert answer.reason is not None
    assert answer.reason.code is ReasonCode.UNCLEAR_QUESTION
    assert answer.gap_id is None


@pytest.mark.parametrize("question", ["talk to a human", "转人工", "轉人工"])
def test_a_person_is_always_one_question_away(opened: OpenService, question: str) -> None:
    answer = opened.service.ask(Query(question))
    assert answer.outcome is Outcome.HANDOFF
    assert answer.reason is not None
    assert answer.reason.code is ReasonCode.ASKED_FOR_PERSON


def test_asking_for_a_person_counts_for_the_question_before(opened: OpenService) -> None:
    first = opened.service.ask(Query("Do you sell electric bicycles?"))
    second = opened.service.ask(Query("talk to a human", conversation_id=first.conversation_id))
    assert second.gap_id == first.gap_id
    assert opened.records.get_gap(first.gap_id or "").summary.person_requests == 1


def test_what_is_for_agents_is_never_shown_to_the_public(opened: OpenService) -> None:
    question = "How large are the goodwill vouchers that agents may grant?"
    public = opened.service.ask(Query(question))
    shown = {citation.article_id for citation in (*public.citations, *public.suggestions)}
    assert "en/billing/internal" not in shown | {related.article_id for related in public.related}
    agent = opened.service.ask(Query(question, filters=Filters(audience=("agent",))))
    assert agent.citations[0].article_id == "en/billing/internal"


def test_a_follow_up_is_understood_in_its_conversation(opened: OpenService) -> None:
    first = opened.service.ask(Query("退款到信用卡需要多久到账？"))
    second = opened.service.ask(Query("银行转账呢？", conversation_id=first.conversation_id))
    assert second.conversation_id == first.conversation_id
    assert second.citations[0].article_id == "zh/billing/refunds"
    assert "3 个工作日" in second.citations[0].quote


def test_only_the_other_language_knows_and_the_answer_says_so(opened: OpenService) -> None:
    answer = opened.service.ask(Query("AX-1800 E-203 router internet"))
    assert answer.lang == "en"
    crossed = opened.service.ask(Query("AX-1800 的 E-203"))
    assert crossed.question_lang == "zh"
    assert crossed.lang == "en"
    shown = [*crossed.citations, *crossed.suggestions]
    assert shown[0].article_id == "en/devices/router"
    own_only = opened.service.ask(Query("AX-1800 的 E-203", cross_language=False))
    assert all(citation.lang == "zh" for citation in (*own_only.citations, *own_only.suggestions))


def test_nothing_personal_reaches_the_records(opened: OpenService, site: Site) -> None:
    secret = "zhang.wei.8421@example.com"
    answer = opened.service.ask(Query(f"Do you sell bicycles? mail me at {secret} or 4111 1111 1111 1111"))
    assert answer.redactions == 2
    assert secret not in answer.question
    opened.records.flush()
    for file in site.data.rglob("records.db*"):
        content = file.read_bytes()
        for part in (b"zhang", b"wei.8421", b"4111 1111", b"4111111111111111"):
            assert part not in content


def test_a_vote_needs_the_answers_own_token_and_the_last_one_stands(opened: OpenService) -> None:
    answer, other = opened.service.ask(Query("How long do refunds take?")), opened.service.ask(Query("E-203"))
    with pytest.raises(NotAllowedError, match="feedback_token"):
        opened.service.vote(answer.id, other.feedback_token, rating="up")
    assert opened.service.vote(answer.id, answer.feedback_token, rating="up")
    assert not opened.service.vote(answer.id, answer.feedback_token, rating="down", reasons=("outdated",))
    vote = opened.records.get_vote(answer.id)
    assert vote is not None
    assert (vote.rating, vote.reasons) == ("down", ("outdated",))
    (gap,) = opened.records.list_gaps().gaps
    assert gap.kinds == {SignalKind.THUMBS_DOWN: 1}
    opened.service.vote(answer.id, answer.feedback_token, rating=None)
    assert opened.records.get_vote(answer.id) is None


def test_a_new_snapshot_is_used_and_a_deleted_article_is_quoted_no_more(
    opened: OpenService, site: Site, index_into: Callable[[Path, Path], BuildReport]
) -> None:
    question = Query("how do I reset the router password")
    assert opened.service.ask(question).citations
    (site.articles / "en/devices/router.md").unlink()
    index_into(site.articles, site.data)
    opened.live.refresh()
    answer = opened.service.ask(question)
    assert all(citation.article_id != "en/devices/router" for citation in (*answer.citations, *answer.suggestions))


def test_articles_with_a_policy_are_handed_over_or_linked(
    opened: OpenService, site: Site, index_into: Callable[[Path, Path], BuildReport]
) -> None:
    file = site.articles / "en/devices/router.md"
    text = file.read_text("utf-8")
    for policy, outcome in (("handoff", Outcome.HANDOFF), ("link_only", Outcome.SUGGESTED)):
        file.write_text(text.replace("tags: [router]", f"tags: [router]\npolicy: {policy}"), "utf-8")
        index_into(site.articles, site.data)
        opened.live.refresh()
        answer = opened.service.ask(Query("how do I reset the router password"))
        assert (answer.outcome, answer.answer) == (outcome, None)


def test_without_an_index_every_question_says_what_to_do(tmp_path: Path) -> None:
    with open_service(Settings(data=tmp_path / "data")) as opened, pytest.raises(IndexMissingError, match="kb index"):
        opened.service.ask(Query("anything"))


def test_another_model_than_the_index_was_made_with_is_refused(site: Site) -> None:
    settings = Settings(data=site.data, encoder="another-model")
    with open_service(settings) as opened, pytest.raises(IndexMismatchError, match="kb index"):
        opened.service.ask(Query("anything"))


def test_explaining_names_what_wording_was_missing(opened: OpenService) -> None:
    explanation = opened.service.explain(Query("refund for electric bicycles"), "en/billing/refunds")
    assert explanation.article_rank is not None
    assert set(explanation.missing) >= {"electr", "bicycl"}
    assert explanation.excluded_by == ""
    hidden = opened.service.explain(Query("goodwill vouchers"), "en/billing/internal")
    assert hidden.excluded_by == "audience"


def test_verifying_a_citation_tells_unchanged_moved_changed_and_gone(
    opened: OpenService, site: Site, index_into: Callable[[Path, Path], BuildReport]
) -> None:
    citation = opened.service.ask(Query("how do I reset the router password")).citations[0]

    def status() -> str:
        return opened.service.verify_citation(citation.article_id, citation.content_hash, citation.quote).status

    assert status() == "unchanged"
    file = site.articles / "en/devices/router.md"
    for old, new, expected in (
        ("lamp is blue.", "lamp is blue. Then wait.", "moved"),
        ("ten seconds", "twenty seconds", "changed"),
    ):
        file.write_text(file.read_text("utf-8").replace(old, new), "utf-8")
        index_into(site.articles, site.data)
        opened.live.refresh()
        assert status() == expected
    file.unlink()
    index_into(site.articles, site.data)
    opened.live.refresh()
    assert status() == "gone"


def test_a_chosen_option_is_answered_without_a_search_in_the_same_conversation(opened: OpenService) -> None:
    first = opened.service.ask(Query("退款"))
    passage = next(p for p in opened.live.current().passages if p.article_id == "zh/billing/refunds")
    chosen = Query("退款需要多久到账", conversation_id=first.conversation_id, option_id=passage.id)
    answer = opened.service.ask(chosen)
    _assert_honest(answer, opened)
    assert answer.outcome is Outcome.ANSWERED
    assert answer.citations[0].passage_id == passage.id
    assert answer.conversation_id == first.conversation_id
    assert answer.timings_ms.embed == answer.timings_ms.retrieve == 0.0
    assert len(opened.records.turns(first.conversation_id)) == 2
    with pytest.raises(NotFoundError, match="not there any more"):
        opened.service.ask(replace(chosen, option_id="zh/billing/gone#.0"))


def test_a_saved_synonym_counts_for_the_next_question_without_indexing(site: Site, tmp_path: Path) -> None:
    query = Query("How long does a blorfing to my credit card take?")
    with open_service(Settings(data=site.data, articles=tmp_path)) as opened:
        before = opened.service.explain(query)
        file = tmp_path / "synonyms.yaml"
        file.write_text("- [blorfing, refund, 退款]\n", encoding="utf-8")
        after = opened.service.explain(query)
        file.unlink()  # also forgets the copy in the shared data folder
        assert not opened.synonyms.current()
    assert not before.substitutions
    assert [(s.said, s.meant, s.kind) for s in after.substitutions] == [("blorfing", "refund", "synonym")]
    assert after.hits[0].article_id == "en/billing/refunds"
    assert after.confidence.score > before.confidence.score
    assert after.question == query.question


def test_a_follow_up_after_a_chosen_option_stays_with_it(opened: OpenService) -> None:
    first = opened.service.ask(Query("退款"))
    passage = next(p for p in opened.live.current().passages if p.article_id == "zh/billing/refunds")
    chosen = opened.service.ask(Query("退款", conversation_id=first.conversation_id, option_id=passage.id))
    turn = opened.records.turns(first.conversation_id)[-1]
    assert (turn.question, turn.outcome, turn.article_id) == ("退款", Outcome.ANSWERED, "zh/billing/refunds")
    then = opened.service.ask(Query("那信用卡呢？", conversation_id=first.conversation_id))
    _assert_honest(then, opened)
    shown = then.citations or then.suggestions
    assert shown[0].article_id == chosen.citations[0].article_id


@pytest.mark.parametrize("question", ["where is my order 123", "我的包裹 SF1234567890 到哪了"])
def test_a_named_case_is_answered_by_nothing_that_is_about_something_else(opened: OpenService, question: str) -> None:
    answer = opened.service.ask(Query(question))
    _assert_honest(answer, opened)
    assert answer.outcome is Outcome.NO_ANSWER
    assert answer.reason is not None
    assert answer.reason.code is ReasonCode.NEEDS_ACCOUNT_DATA
    assert answer.suggestions == ()
    assert answer.handoff.offered
    explained = opened.service.explain(Query(question))
    assert (explained.outcome, explained.reason) == (answer.outcome, answer.reason)
