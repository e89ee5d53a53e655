"""The whole loop in a real browser: asked, recorded, tried, published, proven, answered; then broken, and open again."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from conftest import served

from kb.settings import Settings

if TYPE_CHECKING:
    from conftest import Site
    from playwright.sync_api import Browser, Page

QUESTION = "你们维修自行车灯吗？"
SENTENCE = "我们维修自行车灯，更换灯泡收费 20 元。"
DRAFT = f"""---
title: 维修自行车灯
lang: zh
category: devices
questions: [你们修自行车灯吗]
---
{SENTENCE}

## 需要多久

一般三个工作日修好。
"""
MINUTE = 60


@pytest.fixture
def help_centre(site: Site) -> Iterator[str]:
    """A server that re-reads its articles whenever one is saved."""
    settings = Settings(data=site.data, articles=site.articles, watch=True, rate_limit_enabled=False, log_level="error")
    with served(settings) as url:
        yield url


@pytest.fixture
def page(browser: Browser, help_centre: str) -> Iterator[Page]:
    context = browser.new_context(base_url=help_centre, viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.set_default_timeout(15_000)
    yield opened
    context.close()


def until(page: Page, path: str, found: Callable[[Page], bool], what: str) -> None:
    """Open ``path`` again and again until ``found``."""
    deadline = time.monotonic() + MINUTE
    while True:
        page.goto(path)
        if found(page):
            return
        assert time.monotonic() < deadline, f"{what}: {page.inner_text('main')}"
        time.sleep(0.3)


def ask(page: Page) -> str:
    page.goto("/?lang=zh")
    page.get_by_label("您的问题").fill(QUESTION)
    page.get_by_role("button", name="提问").click()
    page.wait_for_url(re.compile("/ask"))
    return page.inner_text("main")


def test_a_question_nobody_could_answer_is_answered_after_its_article_and_lost_with_it(page: Page, site: Site) -> None:
    assert "已经记录下来" in ask(page)

    until(page, "/owner?view=all&lang=zh", lambda p: QUESTION in p.inner_text("main"), "the owner sees it")
    page.get_by_role("link", name=QUESTION).first.click()
    gap = re.sub(r"\?.*", "", page.url)
    gap_id = gap.rpartition("/")[2]
    assert "待处理" in page.inner_text(".gap-head")

    page.get_by_label("Markdown 草稿").fill(DRAFT)
    page.get_by_role("button", name="试用", exact=True).click()
    page.locator("#verdict").wait_for()
    assert SENTENCE.rstrip("。") in page.inner_text("#replay")
    assert "没有修改任何内容" in page.inner_text("#replay")
    assert not (site.articles / "zh/devices/bicycle-lights.md").exists()

    article = site.articles / "zh/devices/bicycle-lights.md"
    article.write_text(DRAFT, encoding="utf-8")
    until(page, f"{gap}?lang=zh", lambda p: "已验证" in p.inner_text(".gap-head"), "verified by itself")
    assert SENTENCE.rstrip("。") in page.inner_text("main")
    assert SENTENCE.rstrip("。") in ask(page)

    article.write_text(DRAFT.replace(SENTENCE, "我们只维修刹车。").replace("questions: [你们修自行车灯吗]\n", "")
                       .replace("维修自行车灯", "维修"), encoding="utf-8")  # fmt: skip
    until(page, f"{gap}?lang=zh", lambda p: "重新打开" in p.inner_text(".gap-head"), "reopened by the edit")
    told = page.inner_text("main")
    assert "zh/devices/bicycle-lights" in told
    assert "不再写着" in told
    assert SENTENCE.rstrip("。") not in ask(page)
    page.goto(f"/v1/gaps/{quote(gap_id)}")
    assert '"status":"reopened"' in page.content().replace(" ", "")
