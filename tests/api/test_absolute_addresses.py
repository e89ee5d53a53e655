"""Addresses in what a bot gets: it has no page that they could be relative to."""

from __future__ import annotations

from typing import Any

from api.replies import with_absolute_urls


def test_links_and_images_of_an_answer_are_absolute_and_nothing_else_changes() -> None:
    own = '<a class="x" href="/a.html">one</a> <img src="/i.png" alt="2">'
    others = '<a href="#source-1">1</a> <a href="//b.example/">b</a>'
    html = f"<p>{own} {others}</p>"
    document: dict[str, Any] = {
        "answer": {"markdown": "[one](/a.html) ![2](/i.png) [b](//b.example/) (/c)", "html": html, "text": "one"},
        "citations": [{"url": "/a.html", "highlight_url": "/a.html#:~:text=one"}],
        "suggestions": [],
        "related": [{"url": "https://b.example/"}],
        "actions": [{"label": "Refunds", "url": "/account/refunds"}, {"label": "B", "url": "//b.example/"}],
        "handoff": {"contact_url": None},
    }
    answer = with_absolute_urls(document, "https://h.example")["answer"]
    assert answer["markdown"] == "[one](https://h.example/a.html) ![2](https://h.example/i.png) [b](//b.example/) (/c)"
    own = own.replace('"/', '"https://h.example/')
    assert answer["html"] == f"<p>{own} {others}</p>"
    assert document["citations"][0]["url"] == "https://h.example/a.html"
    assert [action["url"] for action in document["actions"]] == ["https://h.example/account/refunds", "//b.example/"]
    assert document["related"][0]["url"] == "https://b.example/"
