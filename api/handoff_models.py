"""What a request for a person may hold."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from api.models import (
    Channel,
    Identifier,
    LangChoice,
    Message,
    PageUrl,
    PersonName,
    Question,
    ReplyText,
    StrictBody,
    Token,
    Visitor,
)

MAX_LINES = 50
MAX_TRANSCRIPT = 20_000  # code points of all lines
MAX_EMAIL = 254  # RFC 5321, 4.5.3.1.3, without the angle brackets


def _email(value: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    try:
        # No look-up: whether the domain takes mail is not for a visitor to wait for, nor for strangers to have us ask.
        return validate_email(value.strip(), check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise PydanticCustomError("email", "Is no e-mail address: {why}", {"why": str(error)}) from None


def _phone(value: str) -> str:
    import phonenumbers

    for region in ("CN", "US"):  # for numbers without a country; one with "+" is read the same in both
        try:
            number = phonenumbers.parse(value.strip(), region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    raise PydanticCustomError("phone", "Is no telephone number; write it with its country, such as +44 20 7946 0958.")


Email = Annotated[
    str,
    Field(min_length=3, max_length=MAX_EMAIL),
    AfterValidator(_email),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": MAX_EMAIL}),
]
Phone = Annotated[
    str,
    Field(min_length=3, max_length=40),
    AfterValidator(_phone),
    WithJsonSchema({"type": "string", "maxLength": 40, "description": "With its country: +44 20 7946 0958."}),
]


class ContactRequest(StrictBody):
    """How to reach the visitor. Taken only together with the visitor's consent; encrypted where it is kept."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["email"]}, {"required": ["phone"]}]})

    name: PersonName = ""
    email: Email | None = None
    phone: Phone | None = Field(default=None, description="Without a country it is read as Chinese, else American.")
    consent: Literal[True] = Field(description="The visitor agreed that this is kept and used to answer.")

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.email is None and self.phone is None:
            raise PydanticCustomError("contact", "Needs an e-mail address or a telephone number.")
        return self


class TranscriptLine(StrictBody):
    """One line of the conversation as the caller saw it."""

    role: Literal["visitor", "assistant", "agent"]
    text: Message


class HandoffRequest(StrictBody):
    """A visitor wants a person. One of conversation, answer, question, message and transcript has to say what about."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "conversation_id": "cnv_01KB3V9QJ2V5H0D6N8R4T9WXYZ",
                    "message": "I still cannot log in.",
                    "contact": {"name": "Ada", "email": "ada@example.com", "consent": True},
                    "lang": "en",
                    "channel": "widget",
                    "page_url": "https://shop.example.com/cart",
                }
            ]
        }
    )

    conversation_id: Identifier | None = Field(
        default=None, description="Of the answers; everything asked and shown in it goes along."
    )
    answer_id: Identifier | None = Field(
        default=None,
        description="The answer under which a person was asked for. With its `token` the conversation goes along.",
    )
    token: Token | None = Field(default=None, description="The `feedback_token` of `answer_id`.")
    question: Question | None = Field(default=None, description="What the visitor wants to know.")
    message: Message = Field(
        default="", description="What the visitor adds for the person. Personal data in it is masked."
    )
    contact: ContactRequest | None = None
    transcript: list[TranscriptLine] = Field(
        default=[],
        max_length=MAX_LINES,
        description="Used where the server knows nothing of the conversation; of a secret key always kept. "
        f"At most {MAX_TRANSCRIPT} characters together.",
    )
    lang: LangChoice = "auto"
    channel: Channel = Field(default="api", description="Left out, it is that of the conversation which goes along.")
    page_url: PageUrl | None = Field(default=None, description="Page that the visitor was on; its query is not kept.")
    visitor: Visitor | None = Field(
        default=None, description="Your own name of the person, kept as a daily hash; heeded with a secret key only."
    )
    person_ref: Visitor | None = Field(
        default=None,
        description="Your own name of the person in every channel, as in `context.person_ref` of a question: without a "
        "`conversation_id` or `answer_id` their latest conversation goes along. With a secret key only; 403 otherwise.",
    )

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if sum(len(line.text) for line in self.transcript) > MAX_TRANSCRIPT:
            raise PydanticCustomError(
                "transcript", "The transcript has more than {n} characters.", {"n": MAX_TRANSCRIPT}
            )
        if self.token is not None and self.answer_id is None:
            raise PydanticCustomError("token", "A token needs the answer_id that it belongs to.")
        return self


class HandoffReplyRequest(StrictBody):
    """What a person answers; the visitor reads it with the receipt of the request."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"text": "Your parcel left our warehouse today.", "agent": "Grace"},
                {"text": "您的包裹今天已经发出。", "lang": "zh"},
            ]
        }
    )

    text: ReplyText = Field(
        description="Shown to the visitor. E-mail addresses and numbers of people in it are masked."
    )
    agent: PersonName = Field(default="", description="Who answers; for owners only. Empty: the name of the key.")
    lang: LangChoice = "auto"
