"""The words of the pages: both languages complete, every word used, none written into a template."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from api.attention import Need
from api.pages import wording
from api.pages.owner_answers import CHANNELS
from api.pages.owner_handoffs import DONE, View
from api.pages.wording import LANGUAGES, date_text, label, readable, table, words
from kb.gaps.outline import Action
from kb.gaps.vocabulary import Cause, GapStatus, SignalKind
from kb.handing_over import Role
from kb.proof.replay import Status
from kb.records.checks import Found
from kb.records.events import DeliveryState
from kb.records.handoffs import HandoffStatus
from kb.records.rows import DOWN_REASONS, UP_REASONS
from kb.types import Lang, Outcome, ReasonCode

PAGES = Path(wording.__file__).parent
SOURCES = {
    file.name: file.read_text(encoding="utf-8") for file in (*PAGES.glob("*.py"), *PAGES.glob("templates/*.html"))
}
# Keys that are put together from a code.
FAMILIES = {
    "reason": (*UP_REASONS, *DOWN_REASONS),
    "status": tuple(GapStatus),
    "cause": tuple(Cause),
    "signal": tuple(SignalKind),
    "report": (*Outcome, "share_few", "share_within", "share_high"),
    "confidence": ("high", "medium", "low", "none"),
    "weekday": tuple("0123456"),
    "vote": ("thanks_up", "thanks_down", "reasons_up", "reasons_down"),
    "answer": ("only_en", "only_zh", "cross_en", "cross_zh", "suggested", "suggested_lead", "clarify", "clarify_lead"),
    "person": ("email_unusable", "phone_unusable", "name_unusable"),
    "lang_name": LANGUAGES,
    "need": tuple(Need),
    "helpful": ("thanks_up", "thanks_down", "noted", "withdrawn"),
    "sample": ("is_right", "is_wrong", "done_marked", "done_withdrawn", "done_flagged", "voted_up", "voted_down"),
    "channel": CHANNELS,
    "articles": (
        *tuple(f"todo_{need}" for need in Need),
        "quiet_stale",
        "quiet_untranslated",
        "why_asked_en",
        "why_asked_zh",
    ),
    "handoff": (
        *(f"status_{status}" for status in get_args(HandoffStatus)),
        *(f"explain_{status}" for status in get_args(HandoffStatus) if status != "acknowledged"),
        *(f"view_{view}" for view in get_args(View)),
        *(f"role_{role}" for role in get_args(Role)),
        *(f"why_{code}" for code in ReasonCode),
        *("because_pressing_words", "because_repeated_failure", "because_topic", "because_angry"),
        *("name", "email", "phone", "shown", "suggested", "mood_frustrated", "mood_angry"),
        *(f"done_{form}" for form in DONE),
        *(f"delivery_{state}" for state in get_args(DeliveryState)),
    ),
    "deliveries": ("minutes", "hours", "days"),
    "view": ("write", "ours", "all"),
    "board": ("done_assign", "done_dismiss", "done_merge"),
    "error": ("401", "403", "404", "422", "429", "500", "503", "404_lead", "429_lead", "500_lead"),
    "gap": tuple(f"done_{form}" for form in ("assign", "status", "dismiss", "rename", "split", "verify", "merge")),
    "next": tuple(GapStatus),
    "move": ("open", "drafted", "resolved", "reopened"),
    "cause_hint": tuple(Cause),
    "tried": get_args(get_type_hints(Found)["kind"]),
    "todo": get_args(Action),
    "verdict": ("breaks", "closes", "helps", "no_effect"),
    "replayed": tuple(Status),
    "history": (
        *("status", "cause", "merged_into", "split", "parted", "label"),
        *(f"{prefix}{name}" for name in ("owner", "assignee", "due_on", "dismissed_reason") for prefix in ("", "no_")),
    ),
}


def used() -> set[str]:
    """Every key that stands in a source as a literal, and those of the families."""
    literals = {key for text in SOURCES.values() for key in re.findall(r"""['"]([a-z_]+\.[a-z0-9_]+)['"]""", text)}
    groups = {key.partition(".")[0] for key in table("en")}
    keys = {
        key for key in literals if key.partition(".")[0] in groups and not key.endswith((".html", ".css", ".js", "_"))
    }
    return keys | {f"{family}.{code}" for family, codes in FAMILIES.items() for code in codes}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_word_is_there_in_every_language(lang: Lang) -> None:
    assert used() <= table(lang).keys()


def test_the_languages_have_the_same_words_with_the_same_places_for_values() -> None:
    english, chinese = table("en"), table("zh")
    assert english.keys() == chinese.keys()
    for key in english:
        places = [set(re.findall(r"\{(\w+)\}", texts[key])) for texts in (english, chinese)]
        assert places[0] == places[1], key
        assert chinese[key].strip()


def test_no_word_is_left_over() -> None:
    assert {key for key in table("en") if not key.startswith(("category.", "problem.", "unit."))} - used() == set()


def test_chinese_words_are_chinese() -> None:
    for key, text in table("zh").items():
        if key not in ("report.cell", "list.comma", "unit.percent", "desk.number"):
            assert re.search(r"[\u4e00-\u9fff]", text), key


def test_templates_hold_no_words_of_their_own() -> None:
    allowed = set(
        "English kb CSV JSON index ARTICLES keys create owner data DIR ms UTC This article in users add NAME role admin".split()
    )
    for name, text in SOURCES.items():
        if not name.endswith(".html"):
            continue
        bare = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", text, flags=re.DOTALL)
        bare = re.sub(r"<[^>]*>", " ", bare, flags=re.DOTALL)
        assert set(re.findall(r"[A-Za-z]{2,}", bare)) <= allowed, name


def test_codes_have_words_or_become_readable() -> None:
    assert label("zh", "status", "open") == "待处理"
    assert label("en", "category", "lost_and-found/bags") == "Lost and found › bags"
    assert label("en", "category", "") == ""


def test_days_are_written_as_people_write_them() -> None:
    assert date_text("2026-09-01T23:59:59Z", "en") == "1 September 2026"
    assert date_text("2026-12-31", "zh") == "2026年12月31日"
    assert date_text(None, "en") == ""


def test_unknown_words_are_an_error_and_values_are_filled_in() -> None:
    assert (
        words("en")("ask.too_long", n=3, max=2)
        == "The question has 3 characters; at most 2 are possible. Please shorten it."
    )
    with pytest.raises(KeyError):
        words("en")("ask.nonsense")


def test_control_characters_are_left_out() -> None:
    assert readable("a\x00b\ud800c\n退") == "abc\n退"
