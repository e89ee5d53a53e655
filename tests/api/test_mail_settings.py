"""Which mail servers and senders can be set, and which cannot work."""

from __future__ import annotations

from typing import Any

import pytest

from api.mail import MailOptions, mail_options
from kb.errors import InvalidInputError
from kb.settings import Settings


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtps://u:p@mail.example.com", ("mail.example.com", 465, "tls", "u", "p")),
        ("smtp+starttls://u:p@mail.example.com", ("mail.example.com", 587, "starttls", "u", "p")),
        ("smtp://mail.example.com:2525", ("mail.example.com", 2525, "plain", "", "")),
        ("smtp://u:p@localhost", ("localhost", 25, "plain", "u", "p")),
    ],
)
def test_the_address_of_the_server_says_how_it_is_spoken_to(url: str, expected: tuple[Any, ...]) -> None:
    assert mail_options(Settings(smtp_url=url, mail_from="a@b.example")) == MailOptions(*expected, sender="a@b.example")


@pytest.mark.parametrize(
    ("url", "sender"),
    [
        ("mail.example.com", "a@b.example"),
        ("http://mail.example.com", "a@b.example"),
        ("smtp://", "a@b.example"),
        ("smtp://[::1", "a@b.example"),
        ("smtp://u:p@mail.example.com", "a@b.example"),
        ("smtp://127.0.0.1", ""),
        ("smtp://127.0.0.1", "nobody"),
        ("smtp://127.0.0.1", "a@b.example\nBcc: c@d.example"),
    ],
)
def test_settings_that_cannot_work_are_refused(url: str, sender: str) -> None:
    with pytest.raises(InvalidInputError, match="KB_"):
        mail_options(Settings(smtp_url=url, mail_from=sender))
