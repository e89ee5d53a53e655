"""The keeper at work: by itself, after a restart, beside another process, and when something goes wrong."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.composition import OpenService, open_service
from indexer.build import BuildReport
from kb.errors import EncoderError
from kb.gaps.vocabulary import GapStatus
from kb.proof.keeper import GapKeeper, KeeperLimits
from kb.records import Records
from kb.records.proofs import Proofs
from kb.settings import Settings
from kb.types import Query
from tests.conftest import Site

QUESTION = "Do you sell electric bicycles?"
ARTICLE = "---\ntitle: Electric bicycles\n---\n\nWe sell electric bicycles in our shops in Oslo and Bergen.\n"
BROKEN = "---\ntitle: Sundays\n---\n\nOur shops are closed on Sundays.\n"
Index = Callable[[Path, Path], BuildReport]


@pytest.fixture
def opened(site: Site) -> Iterator[OpenService]:
    with open_service(Settings(data=site.data)) as opened:
        yield opened


def ask(opened: OpenService, question: str = QUESTION) -> str:
    gap_id = opened.service.ask(Query(question)).gap_id
    assert gap_id is not None
    opened.records.flush()
    return gap_id


def publish(site: Site, index: Index, text: str) -> None:
    (site.articles / "en" / "bicycles.md").write_text(text, encoding="utf-8")
    index(site.articles, site.data)


def status(records: Records, gap_id: str) -> GapStatus:
    return records.get_gap(gap_id).summary.status


def keeper_of(opened: OpenService, site: Site) -> GapKeeper:
    limits = KeeperLimits(tick=0.05, settle=0.0, age=0)
    return GapKeeper(site.data, opened.live, opened.service.answerer, opened.records, limits)


def eventually(condition: Callable[[], bool]) -> None:
    """Wait for another thread to get there; half a minute is for a machine that is busy with other things."""
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it never came true")


def test_a_served_index_verifies_and_reopens_by_itself(opened: OpenService, site: Site, index_into: Index) -> None:
    opened.live.current()
    opened.follow()
    gap_id = ask(opened)
    publish(site, index_into, ARTICLE)
    eventually(lambda: status(opened.records, gap_id) is GapStatus.VERIFIED)
    publish(site, index_into, BROKEN)
    eventually(lambda: status(opened.records, gap_id) is GapStatus.REOPENED)


def test_what_was_published_while_nobody_served_is_checked_at_the_next_start(site: Site, index_into: Index) -> None:
    with open_service(Settings(data=site.data)) as first:
        first.live.current()
        keeper_of(first, site).work()
        gap_id = ask(first)
    publish(site, index_into, ARTICLE)
    with open_service(Settings(data=site.data)) as second:
        second.live.current()
        assert keeper_of(second, site).work()
        assert status(second.records, gap_id) is GapStatus.VERIFIED
        assert second.records.publications.unchecked() is None


def test_a_check_that_was_killed_half_way_is_done_again(
    opened: OpenService, site: Site, index_into: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.live.current()
    keeper = keeper_of(opened, site)
    keeper.work()
    gaps = [ask(opened, question) for question in (QUESTION, "Which parrots live in Norway?")]
    publish(site, index_into, ARTICLE)
    opened.live.refresh()
    with monkeypatch.context() as patch:
        patch.setattr(Proofs, "settle", _killed)
        with pytest.raises(KeyboardInterrupt):
            keeper.work()
    assert [status(opened.records, gap) for gap in gaps] == [GapStatus.OPEN, GapStatus.OPEN]
    assert opened.records.publications.unchecked() is not None
    assert keeper_of(opened, site).work()  # the lease was given back
    assert [status(opened.records, gap) for gap in gaps] == [GapStatus.VERIFIED, GapStatus.OPEN]


def _killed(*arguments: object) -> bool:
    raise KeyboardInterrupt


def test_another_process_that_works_is_left_alone(opened: OpenService, site: Site, index_into: Index) -> None:
    opened.live.current()
    keeper_of(opened, site).work()
    gap_id = ask(opened)
    publish(site, index_into, ARTICLE)
    opened.live.refresh()
    opened.records.leases.take("proof", "another", 60_000)
    assert not keeper_of(opened, site).work()
    assert status(opened.records, gap_id) is GapStatus.OPEN
    opened.records.leases.release("proof", "another")
    assert keeper_of(opened, site).work()
    assert status(opened.records, gap_id) is GapStatus.VERIFIED


def test_a_claim_is_judged_without_a_publication(opened: OpenService, site: Site) -> None:
    opened.live.current()
    keeper = keeper_of(opened, site)
    keeper.work()
    gap_id = ask(opened)
    opened.records.update_gap(gap_id, who="ann", status=GapStatus.RESOLVED)
    keeper.work()
    assert status(opened.records, gap_id) is GapStatus.REOPENED


def test_one_gap_that_cannot_be_asked_does_not_stop_the_others(
    opened: OpenService, site: Site, index_into: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.live.current()
    keeper = keeper_of(opened, site)
    keeper.work()
    gap_id, other = ask(opened), ask(opened, "Which parrots live in Norway?")
    publish(site, index_into, ARTICLE)
    opened.live.refresh()
    draft = opened.service.answerer.draft

    def failing(snapshot: object, query: Query) -> object:
        if "parrots" in query.question:
            raise EncoderError("The model cannot be read.")
        return draft(snapshot, query)  # type: ignore[arg-type]

    monkeypatch.setattr(opened.service.answerer, "draft", failing)
    keeper.work()
    assert status(opened.records, gap_id) is GapStatus.VERIFIED
    assert status(opened.records, other) is GapStatus.OPEN


def test_closing_does_not_wait_for_the_gaps_that_are_left(
    opened: OpenService, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.live.current()
    for question in (QUESTION, "Which parrots live in Norway?"):
        ask(opened, question)
    keeper = keeper_of(opened, site)
    begun, go_on = threading.Event(), threading.Event()
    asked = []

    def slow(snapshot: object, query: Query) -> object:
        asked.append(query.question)
        begun.set()
        go_on.wait()
        raise EncoderError("The model cannot be read.")

    monkeypatch.setattr(opened.service.answerer, "draft", slow)
    keeper.start()
    begun.wait()
    closing = threading.Thread(target=keeper.close)
    closing.start()
    eventually(keeper._stop.is_set)
    go_on.set()
    closing.join()
    assert len(asked) == 1
