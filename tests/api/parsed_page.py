"""A page as tests look at it: links, forms and words, read with the standard library's parser."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from httpx import Response
from starlette.testclient import TestClient

HTML = {"Accept": "text/html,application/xhtml+xml"}
_VOID = frozenset("area br col embed hr img input link meta source track wbr".split())


@dataclass
class Form:
    """One form: where it goes and the values it sends if nothing is changed (buttons left out)."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)


@dataclass
class Page:
    """What was found in one document; ``classes``: class name to the texts of the elements that have it."""

    status: int
    headers: dict[str, str]
    html: str
    lang: str = ""
    text: str = ""
    title: str = ""
    ids: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)  # href -> text
    forms: list[Form] = field(default_factory=list)
    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    classes: dict[str, list[str]] = field(default_factory=dict)

    def form(self, action: str) -> Form:
        return next(form for form in self.forms if form.action.partition("?")[0] == action)


class _Reader(HTMLParser):
    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page
        self.open: list[tuple[str, dict[str, str], list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        page = self.page
        page.tags.append((tag, attributes))
        if "id" in attributes:
            page.ids.append(attributes["id"])
        if tag == "html":
            page.lang = attributes.get("lang", "")
        if tag == "form":
            page.forms.append(Form(attributes.get("action", ""), attributes.get("method", "get")))
        if page.forms and "name" in attributes and tag in ("input", "select", "textarea", "button"):
            page.forms[-1].names.add(attributes["name"])
            if tag == "input" and attributes.get("type") not in ("checkbox", "radio"):
                page.forms[-1].values[attributes["name"]] = attributes.get("value", "")
        if tag not in _VOID:
            self.open.append((tag, attributes, []))

    def handle_data(self, data: str) -> None:
        for _, _, texts in self.open:
            texts.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        opened, attributes, texts = self.open.pop()
        assert opened == tag, f"<{opened}> is closed by </{tag}>"
        text = " ".join("".join(texts).split())
        if tag == "a":
            self.page.links[attributes.get("href", "")] = text
        if tag == "title":
            self.page.title = text
        if tag == "body":
            self.page.text = text
        for name in attributes.get("class", "").split():
            self.page.classes.setdefault(name, []).append(text)


def read(client: TestClient, path: str, headers: dict[str, str] | None = None) -> Page:
    """Open ``path`` as a browser would, without following redirects."""
    response = client.get(path, headers={**HTML, **(headers or {})}, follow_redirects=False)
    return parse(response.status_code, dict(response.headers), response.text)


def parse(status: int, headers: dict[str, str], html: str) -> Page:
    page = Page(status, headers, html)
    reader = _Reader(page)
    reader.feed(html)
    reader.close()
    assert not reader.open, f"<{reader.open[-1][0]}> is never closed" if reader.open else ""
    return page


def submit(
    client: TestClient, path: str, action: str, values: dict[str, str] | None = None, **headers: str
) -> Response:
    """Open the page at ``path`` and send its form for ``action`` as a browser would, with ``values`` filled in."""
    form = read(client, path).form(action)
    sent = {**HTML, "Sec-Fetch-Site": "same-origin", **headers}
    return client.post(action, data={**form.values, **(values or {})}, headers=sent, follow_redirects=False)


def csrf_of(client: TestClient, path: str = "/owner") -> str:
    """The token that forms of this session repeat, from a page that has a form."""
    return next(form.values["csrf"] for form in read(client, path).forms if "csrf" in form.values)
