from __future__ import annotations

import pytest

from kb.text.language import detect_language


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("How long do refunds take?", "en"),
        ("退款", "zh"),
        ("iPhone 15 怎么退款", "zh"),
        ("Windows 10 Mobile Company Portal App 安装", "zh"),
        ("What does the 设置 button do?", "en"),
        ("E-203", "en"),
        ("AX-1800 掉線", "zh"),
        ("", "en"),
        ("😀", "en"),
        ("請問如何取消訂閱 Premium plan", "zh"),
    ],
)
def test_language_follows_what_carries_the_sentence(text: str, lang: str) -> None:
    assert detect_language(text) == lang
