"""What requests may hold. Everything is checked here, so that behind the doors values are known to be good."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, WithJsonSchema
from pydantic_core import PydanticCustomError

from kb.records.rows import DOWN_REASONS, MAX_COMMENT, UP_REASONS
from kb.types import Audience

MAX_QUESTION = 1000  # code points after trimming
_WHITE = frozenset("\t\n\r")
# ECMA 262 has no class for control characters; this is Cc without tab, line feed and carriage return.
_CONTROL = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f"
_TEXT_PATTERN = f"^[^{_CONTROL}]*$"
_FILLED_PATTERN = rf"^[^{_CONTROL}]*[^{_CONTROL}\s][^{_CONTROL}]*$"
# White space that is no control character, spelled out: `\s` is not the same set in every language.
_SPACE = r" \t\n\r\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"

MAX_REPLY = 4000  # code points of what a person answers to a visitor
LangChoice = Literal["auto", "en", "zh"]
# The names of ``api.channels``, which is not imported before a message is wanted; a test compares them.
RenderChannel = Literal["slack", "teams", "wecom", "feishu", "dingtalk", "telegram", "text"]


def _printable(value: str) -> str:
    for at, char in enumerate(value):
        if char in _WHITE or char.isprintable():
            continue
        category = unicodedata.category(char)
        if category in {"Cc", "Cs"}:
            kind = "a lone surrogate" if category == "Cs" else "a control character"
            raise PydanticCustomError(
                "unprintable",
                "Has {kind} (U+{code}) at position {at}.",
                {"kind": kind, "code": f"{ord(char):04X}", "at": at},
            )
    return value


def _filled(value: str) -> str:
    trimmed = value.strip()
    if not trimmed:
        raise PydanticCustomError("blank", "Must not be blank.")
    return trimmed


def _at_most(limit: int) -> AfterValidator:
    def check(value: str) -> str:
        if len(value) > limit:
            raise PydanticCustomError("too_long", "Must have at most {limit} characters.", {"limit": limit})
        return value

    return AfterValidator(check)


def _text_schema(limit: int, *, filled: bool) -> WithJsonSchema:
    schema: dict[str, Any] = {
        "type": "string",
        "maxLength": limit,
        "pattern": _FILLED_PATTERN if filled else _TEXT_PATTERN,
    }
    return WithJsonSchema({**schema, "minLength": 1} if filled else schema)


def _trimmed_schema(limit: int) -> WithJsonSchema:
    """Counted after trimming, which `maxLength` cannot say: white space around it is not limited by the schema."""
    ink = f"[^{_CONTROL}{_SPACE}]"
    pattern = f"^[{_SPACE}]*{ink}(?:[^{_CONTROL}]{{0,{limit - 2}}}{ink})?[{_SPACE}]*$"
    return WithJsonSchema({"type": "string", "minLength": 1, "pattern": pattern})


def _whole(value: object) -> object:
    """JSON has one kind of number: 4.0 is an integer (JSON Schema, 6.1.1)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]
Question = Annotated[
    str,
    AfterValidator(_printable),
    AfterValidator(_filled),
    _at_most(MAX_QUESTION),
    _trimmed_schema(MAX_QUESTION),
]
Name = Annotated[str, AfterValidator(_printable), AfterValidator(_filled), _at_most(200), _trimmed_schema(200)]
ArticleId = Annotated[str, AfterValidator(_printable), AfterValidator(_filled), _at_most(500), _trimmed_schema(500)]
OptionId = Annotated[str, AfterValidator(_printable), AfterValidator(_filled), _at_most(1200), _trimmed_schema(1200)]
Comment = Annotated[str, AfterValidator(_printable), _at_most(MAX_COMMENT), _text_schema(MAX_COMMENT, filled=False)]
Quote = Annotated[
    str,
    AfterValidator(_printable),
    AfterValidator(lambda v: v if v.strip() else _filled(v)),
    _at_most(20_000),
    _text_schema(20_000, filled=True),
]
Markdown = Annotated[
    str,
    AfterValidator(_printable),
    AfterValidator(lambda v: v if v.strip() else _filled(v)),
    _at_most(1_000_000),
    _text_schema(1_000_000, filled=True),
]
Owner = Annotated[str, AfterValidator(_printable), _at_most(200), _text_schema(200, filled=False)]
PageUrl = Annotated[str, AfterValidator(_printable), _at_most(2048), _text_schema(2048, filled=False)]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9_\-]{1,64}$")]
Channel = Annotated[str, Field(pattern=r"^[a-z0-9_\-]{1,40}$")]
Visitor = Annotated[str, AfterValidator(_printable), AfterValidator(_filled), _at_most(200), _trimmed_schema(200)]
Message = Annotated[str, AfterValidator(_printable), _at_most(4000), _text_schema(4000, filled=False)]
ReplyText = Annotated[
    str,
    AfterValidator(_printable),
    AfterValidator(_filled),
    _at_most(MAX_REPLY),
    _trimmed_schema(MAX_REPLY),
]
PersonName = Annotated[str, AfterValidator(_printable), _at_most(100), _text_schema(100, filled=False)]
Token = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[A-Za-z0-9_.\-]+$")]
Hash = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]


class StrictBody(BaseModel):
    """A JSON object of known fields, each of its own type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


class ClickRequest(StrictBody):
    """A button that was pressed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"value": "u:ans_01KB3VA2M7Q2V5H0D6N8R4T9WX:5b1d3f0a9c7e2468"}]}
    )

    value: Annotated[str, Field(min_length=1, max_length=100)] = Field(
        description="What the platform sent back: `callback_data` of Telegram, the key of a WeCom button."
    )


class FiltersRequest(StrictBody):
    """What may be searched; an empty list means no restriction."""

    category: list[Name] = Field(default=[], max_length=20, description="Categories; an article in any of them counts.")
    tags: list[Name] = Field(default=[], max_length=20, description="Tags; an article with any of them counts.")
    audience: list[Audience] = Field(
        default=["public"],
        min_length=1,
        max_length=3,
        description="Whose articles. Without a secret key it is `public` whatever is asked.",
    )


class ContextRequest(StrictBody):
    """Where the question was asked."""

    page_url: PageUrl | None = Field(default=None, description="Page that the visitor was on.")
    channel: Channel = Field(default="api", description="Name of the channel, for reports: `widget`, `wecom`, ...")
    visitor: Visitor | None = Field(
        default=None,
        description="Your own name of the person who asks, so that a bot's users are counted as people. Kept as a hash that "
        "changes every day; heeded with a secret key only.",
    )
    person_ref: Visitor | None = Field(
        default=None,
        description="Your own name of the person who asks, so that whoever changes the channel is not asked again: without a "
        "`conversation_id` their latest conversation goes on. Kept as a keyed hash, erased by `POST /v1/persons/erase`. With a "
        "secret key only; 403 otherwise.",
    )


class RenderOptions(StrictBody):
    """How the messages are made."""

    channel: RenderChannel
    limit: Whole | None = Field(
        default=None,
        ge=160,
        le=100_000,
        description="Most characters (UTF-16 units) of `text`, like 480 for three SMS.",
    )
    links: bool = Field(default=True, description="Of `text`: addresses of sources and pages; false for telephones.")


def _form(value: object) -> str:
    return "options" if isinstance(value, dict | RenderOptions) else "name"


# Which form was meant decides which errors are told.
RenderRequest = Annotated[
    Annotated[RenderChannel, Tag("name")] | Annotated[RenderOptions, Tag("options")], Discriminator(_form)
]


class AskRequest(StrictBody):
    """A question of 1-1000 characters, and how to look for its answer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"question": "How long does a refund take?"},
                {
                    "question": "换了手机怎么重新绑定两步验证？",
                    "lang": "auto",
                    "conversation_id": None,
                    "filters": {"category": ["security"], "tags": [], "audience": ["public"]},
                    "max_citations": 4,
                    "cross_language": True,
                    "context": {"page_url": "https://help.example.com/zh/security", "channel": "widget"},
                },
            ]
        }
    )

    question: Question = Field(description="The question, in English or Chinese; trimmed before it is counted.")
    option_id: OptionId | None = Field(
        default=None,
        description="`id` of the option that was chosen after an outcome `clarify`; `question` is then its label. That place is "
        "answered from without another search; 404 when it is gone.",
    )
    lang: LangChoice = Field(default="auto", description="Language of the question; `auto` detects it.")
    conversation_id: Identifier | None = Field(
        default=None, description="Joins follow-ups; null for a single question."
    )
    filters: FiltersRequest = Field(default_factory=FiltersRequest)
    max_citations: Whole = Field(default=4, ge=1, le=10, description="Most citations wanted.")
    render: RenderRequest | None = Field(
        default=None,
        description="Also as messages of a messenger, in `rendered`: its name, like `slack`, or an object.",
    )
    cross_language: bool = Field(default=True, description="May fall back to articles of the other language.")
    context: ContextRequest = Field(default_factory=ContextRequest)


class ExplainRequest(StrictBody):
    """Why a question gets its answer, and why not the article asked about."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"question": "How long does a refund take?", "article_id": "en/shop/refunds"}]}
    )

    question: Question
    article_id: ArticleId | None = Field(default=None, description="The article that was expected.")
    lang: LangChoice = "auto"
    filters: FiltersRequest = Field(default_factory=FiltersRequest)
    cross_language: bool = True


FeedbackReason = Literal[
    "solved",
    "clear",
    "incorrect",
    "outdated",
    "incomplete",
    "not_relevant",
    "hard_to_understand",
    "wrong_language",
    "other",
]
# The records decide what they take; the document above must say the same.
assert set(UP_REASONS + DOWN_REASONS) == set(FeedbackReason.__args__)  # type: ignore[attr-defined]


class FeedbackRequest(StrictBody):
    """A vote on one answer. The last one wins; a rating of null withdraws it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "answer_id": "ans_01KB3VA2M7Q2V5H0D6N8R4T9WX",
                    "token": "ImFuc18wMUtCM1ZBMk03Ig.u1Qx",
                    "rating": "down",
                    "reasons": ["outdated"],
                    "comment": "The button is gone.",
                    "resolved": False,
                }
            ]
        }
    )

    answer_id: Identifier
    token: Token = Field(description="The answer's `feedback_token`.")
    rating: Literal["up", "down"] | None
    reasons: list[FeedbackReason] = Field(
        default=[], max_length=10, description="With `up`: solved, clear. With `down`: the others."
    )
    comment: Comment = ""
    resolved: bool | None = Field(default=None, description="Whether the visitor's matter is settled.")


class VerifyRequest(StrictBody):
    """A citation as an answer gave it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "article_id": "zh/security/2fa",
                    "content_hash": "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                    "quote": "先用备用码登录。",
                }
            ]
        }
    )

    article_id: ArticleId
    content_hash: Hash
    quote: Quote


class ReplayRequest(StrictBody):
    """A draft to try on the questions of a gap, and on those that are answered now."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "article_markdown": "---\ntitle: Pay by invoice\n---\n\nYou can pay by invoice within 14 days.\n",
                    "article_id": "en/shop/invoices",
                    "questions": ["Can I pay by invoice?"],
                }
            ]
        }
    )

    article_markdown: Markdown = Field(description="The whole file, front matter included.")
    article_id: ArticleId | None = Field(
        default=None,
        description="Id of the article that it replaces or adds; null: `id` or `slug` of its front matter, else `draft`.",
    )
    gap_id: Identifier | None = Field(default=None, description="The gap whose questions it should answer.")
    questions: list[Question] = Field(default=[], max_length=20, description="More wordings that it should answer.")
