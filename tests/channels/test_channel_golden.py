"""The message of every channel for every outcome, word for word, so that every change of it is seen and meant.

After a change that is meant, renew the files and read their difference: ``python tests/channels/test_channel_golden.py``.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from channel_answers import BASE, samples

from api.channels import CHANNELS, Channel, render
from api.speech.spoken import as_markdown, as_text, spoken

GOLDEN = Path(__file__).parents[1] / "golden" / "channels"
LANGUAGES = ("en", "zh")


def rendered(channel: Channel, lang: str) -> str:
    made = {outcome: render(channel, answer, BASE, lambda text: "0" * 16) for outcome, answer in samples(lang).items()}
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def said(lang: str) -> str:
    parts = []
    for outcome, answer in samples(lang).items():
        words = spoken(answer)
        parts.append(f"# {outcome}\n\n## text\n\n{as_text(words)}\n\n## markdown\n\n{as_markdown(words)}\n")
    return "\n".join(parts)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("channel", CHANNELS)
def test_messages_are_as_they_were(channel: Channel, lang: str) -> None:
    assert rendered(channel, lang) == (GOLDEN / f"{channel}.{lang}.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_said_is_as_it_was(lang: str) -> None:
    assert said(lang) == (GOLDEN / f"spoken.{lang}.md").read_text(encoding="utf-8")


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for lang in LANGUAGES:
        (GOLDEN / f"spoken.{lang}.md").write_text(said(lang), encoding="utf-8")
        for channel in CHANNELS:
            (GOLDEN / f"{channel}.{lang}.json").write_text(rendered(channel, lang), encoding="utf-8")
