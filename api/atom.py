"""Gaps as an Atom feed (RFC 4287). Pure: entries in, bytes out."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from kb.documents import timestamp
from kb.text.plural import fill

if TYPE_CHECKING:
    from kb.records.feed import FeedEntry

MEDIA_TYPE = "application/atom+xml"
_ATOM = "http://www.w3.org/2005/Atom"
_XML = "http://www.w3.org/XML/1998/namespace"
# What no XML 1.0 document may hold, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class FeedHead:
    """What a feed says of itself. ``path``: its own path and query; ``site_url``: base address without a slash.

    ``namespace``: makes ids that no other installation makes; ``updated``: of a feed without entries.
    """

    title: str
    author: str
    site_url: str
    path: str
    namespace: uuid.UUID
    updated: datetime


def feed_namespace(secret: bytes) -> uuid.UUID:
    """The namespace of this data folder's ids: the same as long as its secret is, whatever its address is."""
    return uuid.UUID(bytes=hashlib.sha256(b"kb.atom.v1\0" + secret).digest()[:16])


def atom_feed(head: FeedHead, entries: Sequence[FeedEntry]) -> bytes:
    """The document in UTF-8. The id of an entry never changes; ``updated`` is the last line of the gap's history."""
    ET.register_namespace("", _ATOM)
    feed = ET.Element(f"{{{_ATOM}}}feed")
    _text(feed, "id", uuid.uuid5(head.namespace, head.path).urn)
    _text(feed, "title", head.title)
    _text(feed, "updated", timestamp(max((entry.changed_at for entry in entries), default=head.updated)))
    _text(ET.SubElement(feed, f"{{{_ATOM}}}author"), "name", head.author)
    _link(feed, "self", f"{head.site_url}{head.path}", MEDIA_TYPE)
    _link(feed, "alternate", f"{head.site_url}/owner", "text/html")
    for entry in entries:
        _entry(feed, head, entry)
    return bytes(ET.tostring(feed, encoding="utf-8", xml_declaration=True))


def _entry(feed: ET.Element, head: FeedHead, entry: FeedEntry) -> None:
    gap = entry.gap
    element = ET.SubElement(feed, f"{{{_ATOM}}}entry", {f"{{{_XML}}}lang": gap.lang})
    _text(element, "id", uuid.uuid5(head.namespace, gap.id).urn)
    _text(element, "title", " ".join(gap.label.split()) or gap.id)
    _text(element, "published", timestamp(gap.created_at))
    _text(element, "updated", timestamp(entry.changed_at))
    _link(element, "alternate", f"{head.site_url}/owner/gaps/{gap.id}", "text/html")
    for scheme, term in (("status", gap.status.value), ("cause", gap.cause.value)):
        ET.SubElement(element, f"{{{_ATOM}}}category", {"term": term, "label": f"{scheme}: {term}"})
    values = {
        "status": gap.status.value,
        "cause": gap.cause.value,
        "people": gap.people,
        "owner": gap.owner or "nobody yet",
    }
    summary = fill("{status}, {cause}, {people} {people:person|people} in 28 days, owner: {owner}", values)
    if gap.assignee:
        summary += f", writer: {gap.assignee}"
    _text(element, "summary", summary).set(f"{{{_XML}}}lang", "en")


def _text(parent: ET.Element, name: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, f"{{{_ATOM}}}{name}")
    element.text = _NOT_XML.sub("\ufffd", text)
    return element


def _link(parent: ET.Element, rel: str, href: str, kind: str) -> None:
    ET.SubElement(parent, f"{{{_ATOM}}}link", {"rel": rel, "href": _NOT_XML.sub("", href), "type": kind})
