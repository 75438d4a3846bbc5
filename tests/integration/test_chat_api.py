"""The chat over HTTP: text as it comes, then one line of JSON; history, stop, maps."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from fastapi.testclient import TestClient

from core.domain.reader import Reader
from dashboard.workspace import Workspace
from tests.integration.conversing import WRITER, Writer, answer_next
from tests.integration.test_report_life_cycle import write_and_sign


def chat(client: TestClient, study: int, **body: object) -> tuple[str, dict[str, Any]]:
    """Ask; the text, and the line after it."""
    answer = client.post(f"/studies/{study}/chat", json=body)
    assert answer.status_code == 200, answer.text
    text, _, line = answer.text.rstrip("\n").rpartition("\n")
    return text, json.loads(line)


def test_an_answer_is_text_and_then_one_line(client: TestClient, study: int) -> None:
    text, ending = chat(client, study, message="What do you see?")
    assert text.startswith("The model calls") and ending["text"] == text
    assert ending["state"] == "answered" and ending["message_id"] and ending["error"] is None
    maps = [item for item in ending["evidence"] if item["ground"] == "map"]
    assert maps and all(item["choose"] == item["reference"] for item in maps)
    assert client.get(maps[0]["map"].removeprefix("/api/v1")).headers["content-type"] == "image/png"
    [kept] = client.get(f"/studies/{study}/chat").json()["items"]
    assert kept == ending
    assert client.get(f"/studies/{study}/chat?query=nowhere").json()["items"] == []


def test_a_glossary_answer_names_its_source(client: TestClient, study: int) -> None:
    _text, ending = chat(client, study, message="What is the silhouette sign?")
    [entry] = ending["evidence"]
    assert entry["label"] == "Glossary: Silhouette sign" and "Fleischner" in entry["source"]
    assert entry["choose"] is None


def test_a_language_is_chosen_for_each_question(client: TestClient, study: int) -> None:
    text, ending = chat(client, study, message="நிமோனியா என்றால் என்ன?", language="ta")
    assert text.startswith("நிமோனியா (pneumonia):") and ending["language"] == "ta"


def test_a_model_s_text_streams_and_is_kept(
    client: TestClient, study: int, place: Workspace
) -> None:
    def work() -> None:
        for _ in range(100):
            with place.look() as look:
                if look.jobs.waiting():
                    break
            threading.Event().wait(0.05)
        answer_next(place, Writer("one\ntwo {three}"))

    worker = threading.Thread(target=work)
    worker.start()
    text, ending = chat(client, study, message="Where?", model=WRITER)
    worker.join()
    assert text == "one\ntwo {three}" and ending["model"]["name"] == "double"


def test_a_question_is_stopped(client: TestClient, study: int, place: Workspace) -> None:
    from dashboard.services.converse import Asked, ask

    asked = ask(place, study, Asked("Where?", model=WRITER), reader=place.reader())
    refused = client.post(f"/studies/{study}/chat", json={"message": "Why?", "model": WRITER})
    assert refused.status_code == 409 and refused.json()["error"]["code"] == "answer_pending"
    stopped = client.post(f"/questions/{asked.question.id}/stop")
    assert stopped.status_code == 202 and stopped.json()["state"] == "stopped"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"message": " "}, 422, "invalid_question"),
        ({"message": "x" * 2001}, 422, "invalid_question"),
        ({"message": "x" * 5000}, 422, "invalid_request"),
        ({"message": "Why?", "language": "xx"}, 422, "unknown_language"),
        ({"message": "Why?", "audience": "patient"}, 409, "not_signed_for_patient"),
        ({"message": "Why?", "audience": "friend"}, 422, "invalid_request"),
        ({"message": "Why?", "study_id": 2}, 422, "invalid_request"),
        ({"whole_report": True}, 409, "not_signed_for_patient"),
        ({"message": "Why?", "model": "no-such-model"}, 503, "model_unavailable"),
    ],
)
def test_a_refusal_says_why_and_keeps_nothing(
    client: TestClient, study: int, body: dict[str, object], status: int, code: str
) -> None:
    answer = client.post(f"/studies/{study}/chat", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert client.get(f"/studies/{study}/chat").json()["items"] == []


def test_what_is_not_there(client: TestClient, place: Workspace) -> None:
    for call in ("/studies/99/chat", "/answers/maps/99.png"):
        assert client.get(call).status_code == 404
    assert client.post("/studies/99/chat", json={"message": "Why?"}).status_code == 404
    assert client.post("/questions/99/stop").status_code == 404


def test_the_signed_report_in_plain_words(
    client: TestClient, study: int, place: Workspace, reader: Reader
) -> None:
    write_and_sign(place, study, reader)
    text, ending = chat(client, study, whole_report=True, language="ta")
    assert "அறிக்கையின் பகுதி அல்ல" in text
    assert ending["audience"] == "patient" and ending["whole_report"]


def test_a_foreign_page_cannot_ask(client: TestClient, study: int) -> None:
    headers = {"Origin": "http://evil.example"}
    answer = client.post(f"/studies/{study}/chat", json={"message": "Why?"}, headers=headers)
    assert answer.status_code == 403
