"""A code in a question is that code: its passage goes before those of its neighbours, in both scripts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from indexer.build import BuildReport
from kb.answer.expand import expand, find_in_any_wording
from kb.answer.find import Findings, find
from kb.answer.question import Question, understand
from kb.index.snapshot import Snapshot
from kb.index.storage import load_snapshot
from kb.text.synonyms import NO_SYNONYMS
from kb.types import Filters

ENGLISH = {
    "E-204": "The code E-204 stands for a filter that is full. Empty the filter.",
    "E-20": "The code E-20 stands for a lid that is open. Close the lid.",
    "E-203": "The code E-203 stands for a wheel that is blocked. Turn the wheel.",
    "iPhone 14": "On an iPhone 14 the app needs version 4. Update the app.",
    "iPhone 5": "On an iPhone 5 the app does not run. Use the web page.",
    "iPhone 15": "On an iPhone 15 the app needs version 6. Update the app.",
}
CHINESE = {
    "E-204": "代码 E-204 表示滤网已满，请清空滤网。",
    "E-20": "代码 E-20 表示盖子打开，请盖好盖子。",
    "E-203": "代码 E-203 表示轮子卡住，请转动轮子。",
    "iPhone 14": "iPhone 14 需要第四版应用，请更新应用。",
    "iPhone 5": "iPhone 5 不能运行应用，请使用网页。",
    "iPhone 15": "iPhone 15 需要第六版应用，请更新应用。",
}


@pytest.fixture(scope="module")
def coded(tmp_path_factory: pytest.TempPathFactory, index_into: Callable[[Path, Path], BuildReport]) -> Snapshot:
    """Two articles in which only the codes tell the passages apart."""
    root = tmp_path_factory.mktemp("codes")
    for lang, title, sections in (("en", "Devices", ENGLISH), ("zh", "设备", CHINESE)):
        # Headings that name no code, so that the text alone has to be told apart.
        body = "\n\n".join(f"## {title} {chr(65 + i)}\n\n{text}" for i, text in enumerate(sections.values()))
        file = root / "articles" / lang / "devices.md"
        file.parent.mkdir(parents=True)
        file.write_text(f"---\ntitle: {title}\nlang: {lang}\n---\n\n{body}\n", encoding="utf-8")
    index_into(root / "articles", root / "data")
    return load_snapshot(root / "data")


def first(snapshot: Snapshot, text: str) -> str:
    asked = expand(understand(text), snapshot, NO_SYNONYMS)
    written = asked.question.lang

    def search(question: Question) -> Findings:
        return find(snapshot, question, None, skill={}, written=written, filters=Filters(), today=date(2026, 11, 1))

    return find_in_any_wording(asked, snapshot, written, search).hits[0].passage.plain


@pytest.mark.parametrize("code", ENGLISH)
@pytest.mark.parametrize(
    "asked",
    [
        "what does {} mean",
        "{}",
        "the display shows {} since yesterday",
        "{}是什么意思",
        "显示{}怎么办",
        "我的設備{}不能用",
    ],
)
@pytest.mark.parametrize("written", ["as it is", "joined", "apart", "full width"])
def test_the_passage_of_the_code_comes_first(coded: Snapshot, code: str, asked: str, written: str) -> None:
    said = {
        "as it is": code,
        "joined": code.replace("-", "").replace(" ", "").lower(),
        "apart": code.replace("-", " "),
        "full width": "".join(chr(ord(c) + 0xFEE0) if c.isalnum() or c == "-" else c for c in code),
    }[written]
    text = asked.format(said)
    expected = CHINESE if understand(text).lang == "zh" else ENGLISH
    assert first(coded, text) == expected[code]
