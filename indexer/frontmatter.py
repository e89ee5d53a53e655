"""Front matter: from an article file to an ``Article``, or to the line that has to be corrected."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from indexer import values
from indexer.metadata import Field, Header, HeaderError, read_header
from indexer.owners import NO_OWNERS, Owners
from indexer.sources import SourceFile
from kb.text.language import detect_language
from kb.text.markdown import outline
from kb.types import Article, Heading, Lang, Problem

# Ours first, then what other generators call the same thing (Hugo, Jekyll, Docusaurus, MkDocs, VitePress, Zendesk
# exports, GitHub Docs, Microsoft Learn). The first name that is present wins; keys are compared in lower case, with
# "-" and " " read as "_".
NAMES: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "name", "meta_title", "pagetitle"),
    "short_title": ("sidebar_label", "sidebar_title", "nav_title", "shorttitle", "short_title", "linktitle"),
    "lang": ("lang", "language", "locale", "lang_code", "language_code"),
    "description": ("description", "intro", "summary", "excerpt", "subtitle", "abstract", "meta_description"),
    "category": ("category", "categories", "section", "product", "group"),
    "owner": ("owner", "owners", "maintainer", "maintainers", "team", "author", "authors"),
    "tags": ("tags", "tag", "topics", "topic", "labels", "label_names"),
    "audience": ("audience", "visibility"),
    "questions": ("questions", "question", "faq", "faqs"),
    "synonyms": ("synonyms", "synonym"),
    "keywords": ("keywords", "keyword", "search_keywords", "aliases", "alias"),
    "actions": ("actions", "action", "buttons"),
    "policy": ("policy",),
    "last_reviewed_on": (
        "last_reviewed_on",
        "last_reviewed",
        "last_reviewed_at",
        "reviewed_on",
        "reviewed_at",
        "reviewed",
        "date_reviewed",
        "review_date",
        "last_review",
        "last_verified",
        "ms.date",
    ),
    "review_in": ("review_in", "review_every", "review_interval", "review_cycle"),
    "review_due_on": ("review_due_on", "review_due", "review_by", "next_review", "next_review_on"),
    "valid_from": ("valid_from", "publishdate", "publish_date", "published_from"),
    "valid_until": ("valid_until", "valid_to", "expirydate", "expiry_date", "unpublishdate"),
    "url": ("url", "permalink", "canonical_url", "slug", "html_url"),
    "translation_of": ("translation_of", "translationof", "source_article"),
    "resolves": ("resolves", "resolves_gaps"),
    "draft": ("draft", "unpublished"),
    "published": ("published", "publish"),
}
_LANGUAGES: Mapping[str, Lang] = {
    "en": "en",
    "english": "en",
    "zh": "zh",
    "cn": "zh",
    "tw": "zh",
    "hk": "zh",
    "chinese": "zh",
    "中文": "zh",
    "简体中文": "zh",
    "繁體中文": "zh",
}
_SENT_TO_DETECTION = 20_000  # code points


@dataclass(frozen=True, slots=True)
class ReadResult:
    """``article`` is None after a fatal problem, and for a draft (problem ``draft``, not fatal)."""

    article: Article | None
    problems: tuple[Problem, ...]


def read_article(source: SourceFile, owners: Owners = NO_OWNERS, *, unpublished: bool = False) -> ReadResult:
    """Read one article file. Never raises for any content. ``unpublished``: give the article of a draft too.

    Fatal problems: ``not_utf8``, ``bad_yaml``, ``bad_date``, ``bad_type`` of the title, ``bad_value`` of ``audience``
    or ``policy`` (guessing there could show an article to the wrong people), ``no_title``. Anything else wrong in a
    field is reported and the field left out. ``draft: true`` gives no article.
    """
    text = _decode(source)
    if isinstance(text, Problem):
        return ReadResult(None, (text,))
    try:
        header = read_header(text)
    except HeaderError as error:
        return ReadResult(None, (Problem(source.path, error.line, error.code, error.message, True),))
    fields = _Fields(header, source.path)
    headings = outline(text, header.body_start).headings
    article: Article | None = owners.assign(_article(source, text, header.body_start, headings, fields))
    if any(problem.fatal for problem in fields.problems):
        article = None
    elif fields.is_draft():
        fields.problems.append(
            Problem(
                source.path,
                fields.line("draft") or fields.line("published"),
                "draft",
                "A draft is not published.",
                False,
            )
        )
        article = article if unpublished else None
    return ReadResult(article, tuple(fields.problems))


def _decode(source: SourceFile) -> str | Problem:
    try:
        return source.raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = source.raw.count(b"\n", 0, error.start) + 1
        likely = _likely_encoding(source.raw)
        hint = f" It looks like {likely}." if likely else ""
        message = f"Byte {error.start + 1} is not UTF-8.{hint} Save the file as UTF-8."
        return Problem(source.path, line, "not_utf8", message, True)


def _likely_encoding(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "UTF-16"
    if b"\0" in raw:
        return "a binary file"
    try:
        return "GB 18030" if re.search("[\u4e00-\u9fff]{2}", raw.decode("gb18030")) else ""
    except UnicodeDecodeError:
        return ""


class _Fields:
    """The fields of one header by our names; collects problems instead of raising."""

    def __init__(self, header: Header, path: str) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self._found: dict[str, Field] = {}
        self.extra: dict[str, Any] = {}
        by_key = {_canonical(key): field for key, field in header.fields.items()}
        used: set[str] = set()
        for name, keys in NAMES.items():
            present = [key for key in keys if key in by_key and not by_key[key].is_empty()]
            if present:
                self._found[name] = by_key[present[0]]
                used.add(present[0])
        for key, field in header.fields.items():
            if _canonical(key) not in used and not (field.is_empty() and _canonical(key) in _ALL_NAMES):
                self.extra[key] = field.value

    def line(self, name: str) -> int:
        return self._found[name].line if name in self._found else 0

    def get(self, name: str, read: Callable[[Field], Any], default: Any, *, fatal: bool = False) -> Any:
        """Return the field read by ``read``, or ``default`` when it is absent or wrong."""
        field = self._found.get(name)
        if field is None:
            return default
        try:
            return read(field)
        except values.FieldError as error:
            is_fatal = fatal or error.code == "bad_date"
            self.problems.append(Problem(self.path, error.line, error.code, f"{field.key}: {error.message}", is_fatal))
            return default

    def is_draft(self) -> bool:
        draft = self._found.get("draft")
        published = self._found.get("published")
        return (draft is not None and draft.value is True) or (published is not None and published.value is False)

    def keep_as_extra(self, name: str) -> None:
        field = self._found.get(name)
        if field is not None:
            self.extra[field.key] = field.value


def _canonical(key: str) -> str:
    return key.strip().lower().replace("-", "_").replace(" ", "_")


_ALL_NAMES = frozenset(key for keys in NAMES.values() for key in keys)


def _article(source: SourceFile, text: str, body_start: int, headings: tuple[Heading, ...], fields: _Fields) -> Article:
    title = _title(fields, headings)
    reviewed = fields.get("last_reviewed_on", values.read_date, None)
    due = fields.get("review_due_on", values.read_date, None)
    interval = fields.get("review_in", values.read_interval, None)
    if due is None and interval is not None and reviewed is not None:
        due = values.add_interval(reviewed, interval)
    category = fields.get("category", values.read_first, "") or _category(source.id)
    url = fields.get("url", values.read_url, None)
    if url is None:
        fields.keep_as_extra("url")
    short_title = fields.get("short_title", values.read_text, "")
    synonyms = fields.get("synonyms", values.read_words, ()) + tuple(
        word
        for word in fields.get("keywords", values.read_words, ())
        if not word.startswith(("/", "http://", "https://"))
    )
    if short_title and short_title != title:
        synonyms = (*synonyms, short_title)
    article = Article(
        id=source.id,
        path=source.path,
        title=title,
        lang=_language(fields, source.id, text[body_start:]),
        text=text,
        body_start=body_start,
        content_hash=source.content_hash,
        category=category,
        description=fields.get("description", values.read_text, ""),
        owner=fields.get("owner", values.read_names, "") or None,
        tags=fields.get("tags", values.read_words, ()),
        audience=fields.get("audience", values.read_audience, ("public",), fatal=True),
        questions=fields.get("questions", values.read_questions, ()),
        synonyms=tuple(dict.fromkeys(synonyms)),
        actions=fields.get("actions", values.read_actions, ()),
        policy=fields.get("policy", values.read_policy, "answer", fatal=True),
        last_reviewed_on=reviewed,
        review_due_on=due,
        valid_from=fields.get("valid_from", values.read_date, None),
        valid_until=fields.get("valid_until", values.read_date, None),
        url=url,
        translation_of=fields.get("translation_of", values.read_text, None),
        resolves=fields.get("resolves", values.read_words, ()),
        headings=headings,
        extra=fields.extra,
    )
    _check_dates(article, fields)
    return article


def _title(fields: _Fields, headings: tuple[Heading, ...]) -> str:
    title: str = fields.get("title", values.read_text, "", fatal=True)
    if title or fields.problems:
        return title
    title = next((heading.text for heading in headings if heading.level == 1), "")
    title = title or fields.get("short_title", values.read_text, "")
    if not title:
        message = "No title: write `title: …` between two `---` lines at the top, or a `# Heading`."
        fields.problems.append(Problem(fields.path, 1, "no_title", message, True))
    return title


def _language(fields: _Fields, article_id: str, body: str) -> Lang:
    written = fields.get("lang", values.read_text, "")
    if written:
        known = _known_language(written)
        if known:
            return known
        message = f"lang: {written!r} is neither English nor Chinese; the language of the text is detected instead."
        fields.problems.append(Problem(fields.path, fields.line("lang"), "unknown_lang", message, False))
    for folder in PurePosixPath(article_id).parts[:-1]:
        known = _folder_language(folder)
        if known:
            return known
    return detect_language(body[:_SENT_TO_DETECTION])


def _known_language(code: str) -> Lang | None:
    code = code.strip().lower()
    return _LANGUAGES.get(code) or _LANGUAGES.get(re.split(r"[-_]", code)[0])


def _folder_language(folder: str) -> Lang | None:
    """Language of a folder named ``en``, ``zh``, ``zh-TW``, ``zh_Hant``, ``en-us``."""
    match = re.fullmatch(r"(en|zh)(?:[-_][A-Za-z]{2,4}){0,2}", folder, re.IGNORECASE)
    return _LANGUAGES[match[1].lower()] if match else None


def _category(article_id: str) -> str:
    """The first folder that does not name a language."""
    folders: Iterator[str] = (f for f in PurePosixPath(article_id).parts[:-1] if _folder_language(f) is None)
    return next(folders, "")


def _check_dates(article: Article, fields: _Fields) -> None:
    if article.valid_from and article.valid_until and article.valid_until < article.valid_from:
        message = f"valid_until ({article.valid_until}) is before valid_from ({article.valid_from}): never shown."
        fields.problems.append(Problem(fields.path, fields.line("valid_until"), "bad_value", message, False))
