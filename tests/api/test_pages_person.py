"""The page for asking for a person, as a form that any browser sends: what is stored, refused and shown again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from parsed_page import HTML, parse, read, submit
from starlette.testclient import TestClient
from stored_answers import state, stored

if TYPE_CHECKING:
    from httpx import Response

FILLED = {"message": "The parcel is wet.", "email": "ada@example.com", "name": "Ada", "consent": "1"}


def send(client: TestClient, path: str, **values: str) -> Response:
    return submit(client, path, "/person", {**FILLED, **values})


def handoff_of(client: TestClient, response: Response) -> Any:
    assert response.status_code == 303, response.text
    found = parse_qs(urlsplit(response.headers["location"]).query)["request_id"][0]
    return state(client).opened.records.handoffs.get(found)


def test_the_answer_that_a_person_is_asked_about_goes_along(client: TestClient) -> None:
    page = read(client, "/ask?q=Do penguins pay customs duty?&lang=en")
    form = page.form("/person")
    response = client.post(
        "/person",
        data={**form.values, **FILLED},
        headers={**HTML, "Sec-Fetch-Site": "same-origin"},
        follow_redirects=False,
    )
    taken = handoff_of(client, response)
    assert taken.question == "Do penguins pay customs duty?"
    assert taken.channel == "help_page"
    assert taken.lang == "en"
    assert taken.packet["message"] == "The parcel is wet."
    assert [turn["question"] for turn in taken.packet["turns"]] == ["Do penguins pay customs duty?"]
    assert b"ada@" not in taken.contact
    status = read(client, response.headers["location"])
    assert "Your message has reached us" in status.text
    assert taken.id in status.text


def test_a_shared_link_gives_its_answer_and_not_the_conversation(client: TestClient) -> None:
    first = read(client, "/ask?q=When do I get my money back?&lang=en")
    conversation = next(form.values["conversation"] for form in first.forms if "conversation" in form.values)
    second = read(client, f"/ask?q=and by gift card?&conversation={conversation}&lang=en")
    link = next(link for link, text in second.links.items() if text == "Link to this answer")
    page = read(client, link)
    assert conversation not in page.html
    assert page.form("/person").values["token"] == ""
    taken = handoff_of(client, send(client, link))
    assert [turn["question"] for turn in taken.packet["turns"]] == ["and by gift card?"]
    token = next(form.values["token"] for form in second.forms if "token" in form.values)
    answer_id = urlsplit(link).path.rpartition("/")[2]
    assert conversation in read(client, f"/answers/{answer_id}/vote?token={token}").html
    forged = client.get(f"/answers/{answer_id}/vote?token=forged", headers=HTML, follow_redirects=False)
    assert forged.status_code == 303
    assert forged.headers["location"] == f"/a/{answer_id}"


def test_sending_the_same_form_twice_makes_one_request_and_other_words_another(client: TestClient) -> None:
    form = read(client, "/person?lang=en").form("/person").values
    headers = {**HTML, "Sec-Fetch-Site": "same-origin"}
    sent = [
        client.post("/person", data={**form, **FILLED, "message": words}, headers=headers, follow_redirects=False)
        for words in ("Wet.", "Wet.", "Still wet.")
    ]
    ids = [handoff_of(client, response).id for response in sent]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"email": ""}, "Please give an e-mail address or a telephone number."),
        ({"email": "ada@"}, "This is no e-mail address."),
        ({"phone": "12"}, "This is no telephone number."),
        ({"consent": ""}, "Without this we may not keep your contact."),
        ({"message": " "}, "Please write what it is about."),
        ({"message": "x" * 2001}, "At most 2000 characters are possible."),
        ({"name": "A" * 101}, "This name cannot be read."),
        ({"answer": "<script>"}, "This has not been sent."),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_lost(
    client: TestClient, values: dict[str, str], said: str
) -> None:
    response = send(client, "/person?lang=en", **values)
    page = parse(response.status_code, dict(response.headers), response.text)
    assert page.status == 422
    assert said in page.text
    assert page.form("/person").values["email"] == values.get("email", "ada@example.com")
    assert ("Please open the page again" in page.text) is ("answer" in values)


def test_a_form_of_another_site_is_refused(client: TestClient) -> None:
    response = client.post("/person", data=FILLED, headers={**HTML, "Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 403


def test_a_link_without_its_receipt_says_nothing_of_the_request(client: TestClient) -> None:
    taken = handoff_of(client, send(client, "/person?lang=en"))
    page = read(client, f"/person?request_id={taken.id}&token=forged&lang=en")
    assert page.status == 422
    assert "There is no such message" in page.text


def test_somebody_who_took_over_is_seen_by_the_visitor(client: TestClient) -> None:
    response = send(client, "/person?lang=en")
    state(client).opened.records.handoffs.acknowledge(handoff_of(client, response).id, "kim")
    page = read(client, response.headers["location"])
    assert "Somebody is taking care of it" in page.text
    assert "kim" not in page.text


def test_the_page_speaks_of_the_question_it_was_opened_from(client: TestClient) -> None:
    path = stored(client, "no_answer")
    page = read(client, f"/person?answer={urlsplit(path).path.rpartition('/')[2]}&lang=zh")
    assert "关于您的问题：" in page.text
    assert page.links[f"{path}?lang=zh"] == "How long?"


def test_where_nobody_would_read_it_no_form_is_shown(serve: Any) -> None:
    client = serve(host="0.0.0.0")
    page = read(client, "/person?lang=en")
    assert not [form for form in page.forms if form.action == "/person"]
    assert "No contact has been set up here." in page.text
