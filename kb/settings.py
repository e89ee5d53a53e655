"""One table of settings: every field is an environment variable ``KB_<NAME>``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Settings with their defaults; the description of each is what the documentation prints."""

    model_config = SettingsConfigDict(env_prefix="KB_", env_ignore_empty=True, extra="ignore", frozen=True)

    data: Path = Field(default=Path("kb-data"), description="Data folder: index, database, model export, keys.")
    articles: Path | None = Field(
        default=None,
        description="Articles folder to re-read on POST /v1/index and in watch mode; default: the one last indexed.",
    )
    encoder: str = Field(
        default="bilingual-minilm",
        description="Embedding model: the packaged default, or any sentence-transformers name or path.",
    )
    reranker: str = Field(
        default="",
        description="Cross-encoder that reads the best passages again: a sentence-transformers name or folder; empty: none.",
    )
    encoder_threads: int = Field(default=2, ge=1, le=64, description="Compute threads for one question's embedding.")
    site_name: str = Field(default="Help centre", description="Name shown on pages.")
    site_url: str = Field(
        default="",
        description="Public base URL of the help centre, without a trailing slash; empty: the address of the request, and in "
        "webhooks and letters the address that `kb serve` listens on.",
    )
    edit_url: str = Field(
        default="",
        description="Where an article's file is edited, like https://git.example/edit/main/{path}; empty: no link on articles.",
    )
    watch: bool = Field(default=False, description="Re-index while serving whenever an article changes.")
    rate_limit_enabled: bool = Field(default=True, description="Limit requests by address.")
    rate_limit: str = Field(
        default="120/minute", description="Requests allowed for one address, in the notation of the limits package."
    )
    key_rate_limit: str = Field(
        default="6000/minute",
        description="Requests allowed for one key that has no limit of its own; counted beside the address; empty: any number.",
    )
    feedback_rate_limit: str = Field(default="30/minute", description="Votes allowed for one address.")
    handoff_rate_limit: str = Field(
        default="10/minute; 60/hour",
        description="Requests for a person allowed for one address; refused ones are not counted.",
    )
    trusted_proxies: str = Field(
        default="127.0.0.1,::1",
        description="Addresses or networks of proxies whose X-Forwarded-For and -Proto are believed, separated by commas.",
    )
    require_key: bool = Field(default=False, description="Ask for a key on the public calls too.")
    max_concurrency: int = Field(
        default=64, ge=1, description="Requests worked on or waiting at once before 503 is answered."
    )
    handoff_channels: tuple[str, ...] = Field(
        default=(), description="Names of the ways to reach a person, shown with every answer."
    )
    handoff_contact: str = Field(
        default="", description="Address (URL or mailto:) of a person, shown by the talk-to-a-person link."
    )
    handoff_mail: str = Field(
        default="", description="Address that requests for a person are mailed to, through KB_SMTP_URL; empty: none."
    )
    handoff_destinations: SecretStr | None = Field(
        default=None,
        description="More places that requests go to, as name=address separated by spaces: mailto:…, https://… (a webhook), "
        "zendesk+https://…, chatwoot+https://…; empty: none.",
    )
    handoff_link_hours: int = Field(
        default=168,
        ge=1,
        le=24 * 90,
        description="Hours for which the link in a letter or webhook lets an agent read and answer a request without signing in.",
    )
    contact_key: SecretStr | None = Field(
        default=None,
        description="Key that visitors' contacts are encrypted with; several, separated by commas, while changing; empty: one kept "
        "in the data folder.",
    )
    wrong_answer_budget: float = Field(
        default=0.05,
        gt=0.0,
        lt=1.0,
        description="Share of the given answers that may be wrong; the smaller it is, the more often nothing is stated.",
    )
    retention_days: int = Field(
        default=400, ge=1, description="Days that questions are kept before `kb purge` removes them."
    )
    person_window_hours: int = Field(
        default=24,
        ge=0,
        le=24 * 365,
        description="Hours in which a question with the same person_ref goes on in that person's latest conversation; 0: never.",
    )
    generator_url: str = Field(
        default="",
        description="Base address of an OpenAI-compatible model endpoint that may word answers; empty: none is asked.",
    )
    generator_model: str = Field(default="", description="Name of the model that the endpoint is asked for.")
    generator_key: SecretStr | None = Field(default=None, description="Key of the endpoint; never shown or logged.")
    generator_timeout: float = Field(
        default=15.0,
        gt=0,
        le=300,
        description="Seconds for a whole answer of the endpoint; then the quotes are served.",
    )
    generator_max_tokens: int = Field(
        default=400, ge=16, le=8192, description="Longest answer that the endpoint is asked for, in tokens."
    )
    generator_concurrency: int = Field(
        default=8, ge=1, le=256, description="Answers worded at the same time; further questions get the quotes."
    )
    webhook_urls: str = Field(
        default="",
        description="Addresses that events are sent to (gaps, votes, articles, the index), separated by commas.",
    )
    webhook_secret: SecretStr | None = Field(
        default=None,
        description="Secret that events are signed with, made by `kb events secret`; several, separated by commas, while changing.",
    )
    webhook_allow_private: bool = Field(
        default=False, description="Send events to private and loopback addresses too, and without encryption."
    )
    smtp_url: SecretStr | None = Field(
        default=None,
        description="Mail server: smtps://user:password@host:465, smtp+starttls://… or smtp://127.0.0.1:25; empty: no mail.",
    )
    mail_from: str = Field(default="", description="Sender of mail, like Help centre <help@example.com>.")
    digest_day: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = Field(
        default="monday", description="Day of the weekly mail to owners (UTC)."
    )
    digest_hour: int = Field(default=7, ge=0, le=23, description="Hour from which the weekly mail is sent (UTC).")
    inbound_secret: SecretStr | None = Field(
        default=None,
        description="What Dialogflow, Rasa or Chatwoot proves itself with at /v1/inbound/…: ?token=, X-KB-Token, bearer token or "
        "password; several, separated by commas, while changing.",
    )
    chatwoot_url: str = Field(
        default="", description="Address of the Chatwoot installation whose agent bot this server is; empty: none."
    )
    chatwoot_token: SecretStr | None = Field(default=None, description="Access token of the agent bot in Chatwoot.")
    chatwoot_secret: SecretStr | None = Field(
        default=None,
        description="Secret that Chatwoot signs what it sends to the bot with; empty: it has to send KB_INBOUND_SECRET.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Verbosity of the log on stderr."
    )
