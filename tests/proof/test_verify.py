"""The loop as it runs: a question opens a gap, an article closes it, an edit opens it again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.composition import OpenService, open_service
from indexer.build import BuildReport
from kb.errors import NotFoundError
from kb.gaps.vocabulary import GapStatus, SignalKind
from kb.ids import new_id
from kb.proof.verify import Verifier, record_publication
from kb.records import Signal
from kb.records.checks import Check
from kb.settings import Settings
from kb.types import Query
from tests.conftest import Site

QUESTION = "Do you sell electric bicycles?"
SAID = "We sell electric bicycles in our shops in Oslo and Bergen."
ARTICLE = f"---\ntitle: Electric bicycles\n---\n\n{SAID} A test ride needs an identity card.\n"
PLACE = "en/shop/bicycles"


@dataclass
class Loop:
    """A help centre whose articles a test writes, indexes and has checked."""

    opened: OpenService
    site: Site
    index: Callable[[Path, Path], BuildReport]

    def ask(self, question: str = QUESTION) -> str:
        """Ask as a visitor; return the gap that it opened."""
        gap_id = self.opened.service.ask(Query(question)).gap_id
        assert gap_id is not None
        self.opened.records.flush()
        return gap_id

    def report(self, question: str) -> str:
        """Report a question that a bot could not answer; return its gap."""
        signal = Signal(SignalKind.NO_ANSWER, new_id("gap"), question, lang="en", terms=("pedelec",))
        return self.opened.records.add_signal(signal, channel="bot").gap_id

    def publish(self, text: str | None, article: str = PLACE) -> str:
        """Write or remove an article and index the folder; return the revision."""
        path = self.site.articles / f"{article}.md"
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.index(self.site.articles, self.site.data)
        snapshot = self.opened.live.refresh()
        record_publication(self.opened.records, self.site.data, snapshot)
        return snapshot.revision

    def check(self, gap_id: str) -> tuple[Check, ...]:
        verifier = Verifier(self.opened.service.answerer, self.opened.records)
        return verifier.verify(self.opened.live.current(), gap_id)

    def status(self, gap_id: str) -> GapStatus:
        return self.opened.records.get_gap(gap_id).summary.status

    def notes(self, gap_id: str) -> list[str]:
        history = self.opened.records.get_gap(gap_id).history
        return [event.note for event in history if event.field == "status"]


@pytest.fixture
def loop(site: Site, index_into: Callable[[Path, Path], BuildReport]) -> Iterator[Loop]:
    with open_service(Settings(data=site.data)) as opened:
        record_publication(opened.records, site.data, opened.live.current())
        yield Loop(opened, site, index_into)


def test_a_new_article_verifies_the_gap_with_its_words(loop: Loop) -> None:
    gap_id = loop.ask()
    [before] = loop.check(gap_id)
    assert (before.answered, loop.status(gap_id)) == (False, GapStatus.OPEN)
    revision = loop.publish(ARTICLE)
    [check] = loop.check(gap_id)
    assert (check.passed, check.revision, check.article_id) == (True, revision, PLACE)
    assert SAID in (check.quote or "")
    assert loop.status(gap_id) is GapStatus.VERIFIED
    [note] = loop.notes(gap_id)
    assert f"{PLACE} ({revision}): «{SAID}" in note


def test_what_stood_there_before_the_gap_verifies_nothing_however_it_is_moved(loop: Loop) -> None:
    loop.publish(ARTICLE)
    gap_id = _complain(loop)
    for text in (
        ARTICLE,
        ARTICLE + "\nOur shops close on Sundays.\n",
        ARTICLE.replace(" A test", "\n\n## Rides\n\nA test"),
    ):
        loop.publish(text)
        [check] = loop.check(gap_id)
        assert (check.answered, check.new_text, loop.status(gap_id)) == (True, False, GapStatus.OPEN)
    loop.publish(ARTICLE.replace("Oslo and Bergen", "Bergen only"))
    [check] = loop.check(gap_id)
    assert check.passed
    assert loop.status(gap_id) is GapStatus.VERIFIED


@pytest.mark.parametrize("checked", [True, False])
def test_an_edit_without_a_new_fact_does_not_close_again_what_people_have_opened(loop: Loop, checked: bool) -> None:
    gap_id = loop.ask()
    loop.publish(ARTICLE)
    loop.check(gap_id)
    for person in ("ann", "ben", "cem"):
        loop.opened.service.ask(Query(QUESTION))
        signal = Signal(SignalKind.REPHRASED, gap_id, QUESTION, lang="en", terms=("bicycl",))
        loop.opened.records.add_signal(signal, channel="bot", conversation_id=person)
    assert loop.status(gap_id) is GapStatus.REOPENED
    for said in (
        SAID.upper(),
        SAID.replace(" in our shops", ", in our shops,"),
        SAID.replace("bicycles", "bicylces"),
        "In our shops in Oslo and Bergen we sell electric bicycles.",
    ):
        loop.publish(ARTICLE.replace(SAID, said))
        if checked:
            [check] = loop.check(gap_id)
            assert (check.answered, check.new_text) == (True, False)
            assert loop.status(gap_id) is GapStatus.REOPENED
    loop.publish(ARTICLE.replace("shops in Oslo and Bergen", "shops, and they cost 900 euros"))
    [check] = loop.check(gap_id)
    assert check.passed
    assert loop.status(gap_id) is GapStatus.VERIFIED


def test_a_letter_that_is_corrected_before_the_first_check_is_no_new_fact(loop: Loop) -> None:
    loop.publish(ARTICLE.replace("bicycles in our", "bicylces in our"))
    gap_id = _complain(loop)
    loop.publish(ARTICLE)
    [check] = loop.check(gap_id)
    assert (check.answered, check.new_text, loop.status(gap_id)) == (True, False, GapStatus.OPEN)


def _complain(loop: Loop) -> str:
    """Vote an answer down; return the gap that this opens."""
    answer = loop.opened.service.ask(Query(QUESTION))
    loop.opened.service.vote(answer.id, answer.feedback_token, rating="down", reasons=("outdated",))
    [gap] = loop.opened.records.list_gaps().gaps
    return gap.id


def test_an_unchanged_gap_gets_no_second_line_of_history(loop: Loop) -> None:
    gap_id = loop.ask()
    loop.publish(ARTICLE)
    for _ in range(2):
        loop.check(gap_id)
    loop.publish("---\ntitle: Parrots\n---\n\nParrots may not be sent by post.\n", "en/shop/parrots")
    loop.check(gap_id)
    assert len(loop.notes(gap_id)) == 1


def test_an_edit_that_breaks_the_answer_is_named_and_taking_it_back_closes_the_gap_again(loop: Loop) -> None:
    gap_id = loop.ask()
    loop.publish(ARTICLE)
    loop.check(gap_id)
    broken = loop.publish("---\ntitle: Sundays\n---\n\nOur shops are closed on Sundays.\n")
    loop.check(gap_id)
    assert loop.status(gap_id) is GapStatus.REOPENED
    note = loop.notes(gap_id)[-1]
    assert note.startswith(f"{PLACE} was changed in {broken} (")
    assert f"no longer says «{SAID}" in note
    assert f"“{QUESTION}” gets no sure answer" in note
    loop.publish(ARTICLE)
    loop.check(gap_id)
    assert loop.status(gap_id) is GapStatus.VERIFIED
    removed = loop.publish(None)
    loop.check(gap_id)
    assert loop.status(gap_id) is GapStatus.REOPENED
    assert loop.notes(gap_id)[-1].startswith(f"{PLACE} was removed in {removed} (")


def test_an_answer_that_only_looks_sure_after_the_edit_is_broken_too(loop: Loop) -> None:
    gap_id = loop.ask()
    loop.publish(ARTICLE)
    loop.check(gap_id)
    about_skis = ARTICLE.replace("electric bicycles", "skis").replace("Electric bicycles", "Skis")
    for text in (about_skis, about_skis + "\nAsk us.\n"):  # and it stays broken with the next edit
        loop.publish(text)
        loop.check(gap_id)
        assert loop.status(gap_id) is GapStatus.REOPENED
    loop.publish(ARTICLE.replace("We sell", "All our shops sell"))
    loop.check(gap_id)
    assert loop.status(gap_id) is GapStatus.VERIFIED


def test_a_heading_that_asks_the_question_does_not_stand_in_for_the_answer_that_is_gone(loop: Loop) -> None:
    gap_id = loop.ask()
    heading = f"---\ntitle: Shops\n---\n\n## {QUESTION}\n\n"
    loop.publish(heading + ARTICLE.rsplit("---\n", maxsplit=1)[-1].strip() + "\n")
    loop.check(gap_id)
    assert loop.status(gap_id) is GapStatus.VERIFIED
    loop.publish(heading + "Please come by and look around.\n")
    loop.check(gap_id)
    assert loop.status(gap_id) is GapStatus.REOPENED
    # Somebody who has read what stands there now stands by it.
    loop.opened.records.update_gap(gap_id, who="ann", status=GapStatus.RESOLVED)
    loop.check(gap_id)
    assert loop.status(gap_id) is GapStatus.VERIFIED


def test_a_phrasing_that_an_author_adds_closes_a_gap_whose_words_were_there(loop: Loop) -> None:
    question = "Any pedelecs?"
    loop.publish(ARTICLE)
    gap_id = loop.report(question)
    [check] = loop.check(gap_id)
    assert not check.answered
    loop.publish(ARTICLE.replace("---\n\n", f"questions: [{question}]\n---\n\n"))
    [check] = loop.check(gap_id)
    assert check.passed
    assert loop.status(gap_id) is GapStatus.VERIFIED


def test_a_claim_in_front_matter_is_checked_and_goes_back_with_the_reason(loop: Loop) -> None:
    gap_id = loop.ask()
    empty = f"---\ntitle: Parrots\nresolves: [{gap_id}]\n---\n\nParrots may not be sent by post.\n"
    revision = loop.publish(empty)
    assert loop.status(gap_id) is GapStatus.RESOLVED
    assert loop.notes(gap_id) == [f"{PLACE} says in its front matter that it resolves this ({revision})."]
    loop.check(gap_id)
    assert loop.status(gap_id) is GapStatus.REOPENED
    assert loop.notes(gap_id)[-1].startswith(f"The claim does not hold for {revision}.")
    assert f"“{QUESTION}” gets no sure answer" in loop.notes(gap_id)[-1]
    loop.publish(ARTICLE)  # the claim is not repeated, and not needed
    loop.check(gap_id)
    assert loop.status(gap_id) is GapStatus.VERIFIED


def test_an_owner_who_says_resolved_is_taken_at_the_articles_word(loop: Loop) -> None:
    gap_id = loop.ask()
    loop.opened.records.update_gap(gap_id, who="ann", status=GapStatus.RESOLVED)
    loop.check(gap_id)
    assert loop.status(gap_id) is GapStatus.REOPENED


def test_a_verified_gap_of_which_more_is_asked_than_is_answered_opens_again(loop: Loop) -> None:
    gap_id = loop.ask()
    loop.publish(ARTICLE)
    loop.check(gap_id)
    for conversation in ("c1", "c2"):  # two people do not reopen it; what they asked does, once it is asked again
        signal = Signal(SignalKind.NO_ANSWER, gap_id, "Which parrots live in Norway?", lang="en", terms=("parrot",))
        loop.opened.records.add_signal(signal, channel="bot", conversation_id=conversation)
    assert loop.status(gap_id) is GapStatus.VERIFIED
    loop.check(gap_id)
    assert loop.status(gap_id) is GapStatus.REOPENED
    note = loop.notes(gap_id)[-1]
    assert note.startswith("More is asked here than is answered in r-")
    assert "Answered from new text for 1 of the 3 times it was asked. “Which parrots" in note


def test_a_dismissed_gap_stays_dismissed(loop: Loop) -> None:
    gap_id = loop.ask()
    loop.opened.records.update_gap(gap_id, who="ann", status=GapStatus.DISMISSED, note="Not ours.")
    loop.publish(ARTICLE)
    [check] = loop.check(gap_id)
    assert check.passed
    assert loop.status(gap_id) is GapStatus.DISMISSED


def test_an_unknown_gap_is_named(loop: Loop) -> None:
    with pytest.raises(NotFoundError):
        loop.check("gap_unknown")


def test_text_published_before_the_first_look_is_new_as_long_as_the_older_revision_is_there(
    site: Site, index_into: Callable[[Path, Path], BuildReport]
) -> None:
    with open_service(Settings(data=site.data)) as opened:
        loop = Loop(opened, site, index_into)
        gap_id = loop.ask()
        loop.publish(ARTICLE)
        loop.check(gap_id)
        assert loop.status(gap_id) is GapStatus.VERIFIED
