"""How a question is to be answered, as chat programs can say it: in ``metadata``, whose values are text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from api.models import Channel, Identifier, LangChoice, Name, OptionId, PageUrl
from kb.types import Audience

MAX_METADATA = 512  # code points of one value, as OpenAI has it


def _listed(value: str) -> str:
    names = [name.strip() for name in value.split(",")]
    if not all(names) or len(names) > 20 or any(len(name) > 200 for name in names):
        raise ValueError("Must be one to twenty names with commas between them.")
    return value


Names = Annotated[str, AfterValidator(_listed)]
AudienceNames = Annotated[str, Field(pattern=r"^(public|bot|agent)( *, *(public|bot|agent)){0,2}$")]


class Metadata(BaseModel):
    """What is known here; anything else is yours and comes back where the dialect returns it."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True, defer_build=True)
    __pydantic_extra__: dict[str, Annotated[str, Field(max_length=MAX_METADATA)]]

    conversation_id: Identifier | None = Field(
        default=None, description="The conversation that goes on, as an answer named it."
    )
    option_id: OptionId | None = Field(default=None, description="The option that was chosen after `clarify`.")
    person_ref: Name | None = Field(
        default=None, description="Your name of the person who asks; heeded with a secret key."
    )
    lang: LangChoice | None = Field(default=None, description="Language of the question; by default found out.")
    category: Names | None = Field(default=None, description="Categories to search, with commas between them.")
    tags: Names | None = Field(default=None, description="Tags to search, with commas between them.")
    audience: AudienceNames | None = Field(default=None, description="Audiences to search; others need a secret key.")
    page_url: PageUrl | None = Field(default=None, description="The page on which it was asked.")
    channel: Channel | None = Field(default=None, description="Name of the channel in reports.")
    sources: Literal["list", "none"] | None = Field(
        default=None, description="Whether the text ends with a list of its sources; by default as the model has it."
    )


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """The fields of ``Query`` that a chat program may set. ``list_sources``: None as the model has it."""

    conversation_id: str | None = None
    option_id: str | None = None
    person_ref: str | None = None
    lang: LangChoice = "auto"
    category: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    audience: tuple[Audience, ...] = ("public",)
    page_url: str | None = None
    channel: str = "openai"
    list_sources: bool | None = None


def settings_of(metadata: Metadata | None, channel: str, person_ref: str | None = None) -> ChatSettings:
    """``person_ref``: where the dialect has a field of its own for it; the metadata go first."""
    given = metadata or Metadata.model_validate({})
    return ChatSettings(
        conversation_id=given.conversation_id,
        option_id=given.option_id,
        person_ref=given.person_ref or person_ref,
        lang=given.lang or "auto",
        category=_names(given.category),
        tags=_names(given.tags),
        audience=tuple(name for name in ("public", "bot", "agent") if name in _names(given.audience)) or ("public",),
        page_url=given.page_url,
        channel=given.channel or channel,
        list_sources=None if given.sources is None else given.sources == "list",
    )


def _names(value: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in value.split(",")) if value else ()
