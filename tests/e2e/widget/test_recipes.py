"""Each recipe, built from its own article in both languages, embeds a widget that asks a service of another origin."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
from pathlib import Path

import pytest

from tests.e2e.widget.conftest import Locked, Open, Widget
from tests.e2e.widget.host_pages import strict_policy
from tests.e2e.widget.host_site import HostSite
from tests.e2e.widget.recipes import ARTICLES, KEY, SERVICE, Recipe, recipe_of, run, write

QUESTION = {"en": "When do I get my money back?", "zh": "信用卡退款要多久？"}
ANSWER = {"en": "5 to 7 working days", "zh": "5 至 7 个工作日"}
LAUNCHER = {"en": "Ask a question", "zh": "提问"}
LANGUAGES = ["en", "zh"]


def ask_through_button(widget: Widget, lang: str) -> None:
    assert widget.part("launcher").inner_text().strip() == LAUNCHER[lang]
    widget.open()
    widget.ask(QUESTION[lang])
    assert ANSWER[lang] in widget.within("answer").inner_text()


def ask_inline(widget: Widget, lang: str) -> None:
    inline = widget.page.locator("kb-ask[mode=inline]")
    inline.locator("[part~=input]").fill(QUESTION[lang])
    inline.locator("[part~=input]").press("Enter")
    inline.locator("[part~=turn][data-outcome=answered]").wait_for()
    assert ANSWER[lang] in inline.locator("[part~=answer]").inner_text()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_plain_html(visit: Open, locked: Locked, host: HostSite, tmp_path: Path, lang: str) -> None:
    recipe = recipe_of(f"{lang}/service/widget-on-a-page")
    write(recipe, tmp_path, locked.service.url, locked.key)
    host.put_folder(f"/html-{lang}", tmp_path)
    page = visit(f"{host.origin}/html-{lang}/", also=(locked.service.url,))
    ask_through_button(Widget(page), lang)
    page.goto(f"{host.origin}/html-{lang}/support.html")
    ask_inline(Widget(page), lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_policy_of_the_article_is_enough(
    visit: Open, locked: Locked, host: HostSite, tmp_path: Path, lang: str
) -> None:
    article = f"{lang}/service/widget-on-a-page"
    recipe = recipe_of(article)
    write(recipe, tmp_path, locked.service.url, locked.key)
    said = re.search(r"^Content-Security-Policy: (.+)$", (ARTICLES / f"{article}.md").read_text("utf-8"), re.MULTILINE)
    assert said is not None
    policy = {"Content-Security-Policy": said[1].replace(SERVICE, locked.service.url)}
    url = host.put(f"/policy-{lang}", (tmp_path / "index.html").read_text("utf-8"), headers=policy)
    ask_through_button(Widget(visit(url, also=(locked.service.url,))), lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_files_of_its_own_as_the_article_says(
    visit: Open, locked: Locked, host: HostSite, tmp_path: Path, lang: str
) -> None:
    article = (ARTICLES / f"{lang}/service/widget-on-a-page.md").read_text("utf-8")
    tag = re.search(r'`(<script src="/kb/[^`]+</script>)`', article)
    assert tag is not None
    command = re.search(r"`(kb widget export site/kb)`", article)
    assert command is not None
    run(command[1], tmp_path)
    host.put_folder("/kb", tmp_path / "site" / "kb")
    filled = tag[1].replace(SERVICE, locked.service.url).replace(KEY, locked.key)
    html = recipe_of(f"{lang}/service/widget-on-a-page").files["index.html"]
    html = re.sub(r"<script .*</script>", filled, html)
    url = host.put(f"/own-{lang}", html, headers=strict_policy(locked.service.url))
    ask_through_button(Widget(visit(url, also=(locked.service.url,))), lang)


@pytest.mark.skipif(importlib.util.find_spec("mkdocs") is None, reason="mkdocs is missing: pip install mkdocs")
@pytest.mark.parametrize("lang", LANGUAGES)
def test_mkdocs(visit: Open, locked: Locked, host: HostSite, tmp_path: Path, lang: str) -> None:
    recipe = recipe_of(f"{lang}/service/widget-mkdocs")
    write(recipe, tmp_path, locked.service.url, locked.key)
    for command in recipe.commands:
        run(command, tmp_path)
    host.put_folder("", tmp_path / "site")
    # The theme fetches a highlighter from elsewhere; what the widget calls is checked on other pages.
    page = visit(f"{host.origin}/", also=(locked.service.url, "https://"), tolerated=("net::ERR", "hljs"))
    ask_through_button(Widget(page), lang)
    page.goto(f"{host.origin}/questions/")
    ask_inline(Widget(page), lang)


@pytest.mark.recipes
@pytest.mark.parametrize("lang", LANGUAGES)
def test_docusaurus(visit: Open, locked: Locked, host: HostSite, lang: str) -> None:
    recipe = recipe_of(f"{lang}/service/widget-docusaurus")
    site = npm_folder(recipe)
    for made in ("docs", "build", ".docusaurus"):
        shutil.rmtree(site / made, ignore_errors=True)
    write(recipe, site, locked.service.url, locked.key)
    for command in recipe.commands:
        if command != "npm install":
            run(command, site)
    host.put_folder("", site / "build")
    page = visit(f"{host.origin}/", also=(locked.service.url,))
    ask_through_button(Widget(page), lang)
    page.keyboard.press("Escape")
    # From page to page without loading: the launcher stays, the element in the page is drawn.
    page.evaluate("window.same = true")
    page.locator("main a[href*=questions]").first.click()
    ask_inline(Widget(page), lang)
    assert page.evaluate("window.same") is True
    assert page.evaluate("document.querySelectorAll('kb-ask').length") <= 2


def npm_folder(recipe: Recipe) -> Path:
    """A folder with the packages of ``recipe``, kept between runs; skips where there can be none."""
    if not os.environ.get("KB_RECIPES"):
        pytest.skip("builds a site with npm, which takes minutes: KB_RECIPES=1 turns it on")
    if shutil.which("npm") is None:
        pytest.skip("npm is missing: install Node.js 20 or newer")
    name = hashlib.sha256(recipe.files["package.json"].encode()).hexdigest()[:12]
    folder = Path.home() / ".cache" / "kb-recipes" / name
    if not (folder / "installed").exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text(recipe.files["package.json"], encoding="utf-8")
        try:
            run("npm install --no-audit --no-fund --no-package-lock --ignore-scripts", folder)
        except AssertionError as error:
            pytest.skip(f"the packages could not be installed: {str(error)[-300:]}")
        (folder / "installed").touch()
    return folder


@pytest.mark.parametrize("name", ["widget-on-a-page", "widget-mkdocs", "widget-docusaurus"])
def test_both_languages_build_the_same_files(name: str) -> None:
    english, chinese = (recipe_of(f"{lang}/service/{name}") for lang in LANGUAGES)
    assert set(english.files) == set(chinese.files)
    assert english.commands == chinese.commands
    assert len(english.files) >= 2
    assert sum(SERVICE in body and KEY in body for body in english.files.values()) >= 1
