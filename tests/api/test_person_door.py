"""Whether a person can be asked for, before anything was asked."""

from __future__ import annotations

from collections.abc import Callable

from starlette.testclient import TestClient

Serve = Callable[..., TestClient]


def test_whether_a_person_can_be_asked_for_is_known_before_any_question(serve: Serve) -> None:
    said = serve(handoff_contact="/contact").get("/v1/person").json()
    assert said == {"object": "person", "accepts": True, "contact_url": "http://127.0.0.1:8000/contact"}
    assert serve(handoff_contact="javascript:alert(1)").get("/v1/person").json()["contact_url"] is None
    locked = serve(require_key=True)
    assert locked.get("/v1/person").status_code == 401
