"""The classroom's way in, its films, and what its door turns away."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from core.domain.reader import Reader
from core.domain.teaching import Answer, AnsweredFinding, Trainee
from dashboard.api.application import api
from dashboard.classroom.join_route import COOKIE
from dashboard.services.teaching import reading
from dashboard.workspace import Workspace
from tests.integration.classroom_client import HOST, classroom_client, join, opened, trainee
from tests.teaching_cases import EFFUSION, made_case, normal_case

Typed = dict[str, object]
ANSWER: dict[str, Any] = {
    "findings": [{"name": EFFUSION, "certainty": 0.8, "laterality": "right"}],
    "marks": [{"finding": EFFUSION, "x": 40.0, "y": 180.0, "width": 0, "height": 0}],
    "impression": "Right pleural effusion.",
}


def test_who_joins_gets_a_cookie_that_no_script_can_read(place: Workspace, reader: Reader) -> None:
    client = classroom_client()
    answer = join(client, opened(place, reader, made_case(place)))
    assert answer.status_code == 200 and answer.json()["return_words"]
    set_cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in set_cookie and "samesite=strict" in set_cookie
    assert client.cookies[COOKIE] not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert trainee(place, client).nickname == "Kea"
    client.post("/leave")
    assert COOKIE not in client.cookies


def test_who_comes_back_needs_the_return_words(place: Workspace, reader: Reader) -> None:
    session = opened(place, reader, made_case(place))
    first = classroom_client()
    words = join(first, session).json()["return_words"]
    other = classroom_client()
    refused = join(other, session)
    assert refused.status_code == 403 and "taken" in refused.json()["error"]["message"]
    said = {"code": session.code, "nickname": "kea", "return_words": words}
    assert other.post("/join", json=said).json()["return_words"] == ""
    assert trainee(place, other).nickname == "Kea"


@pytest.mark.parametrize(
    "body", ["", "[]", '{"code": 3}', "{" * 5000, '{"code": "' + "x" * 5000 + '"}']
)
def test_a_form_that_cannot_be_read_is_refused(place: Workspace, body: str) -> None:
    assert classroom_client().post("/join", content=body).status_code == 400


def test_whoever_guesses_codes_is_stopped(place: Workspace, reader: Reader) -> None:
    session = opened(place, reader, made_case(place))
    client = classroom_client()
    guesses = [client.post("/join", json={"code": "AAAAAAAA", "nickname": "x"}) for _ in range(21)]
    assert [answer.status_code for answer in guesses[-2:]] == [403, 429]
    assert join(client, session).status_code == 429


def test_films_go_to_those_who_were_given_the_case(place: Workspace, reader: Reader) -> None:
    case, other = made_case(place), normal_case(place)
    session = opened(place, reader, case)
    film = f"/teaching/films/{case.film.key}"
    assert classroom_client().get(film).status_code == 404
    client = classroom_client()
    join(client, session)
    answer = client.get(film)
    assert answer.status_code == 200 and len(answer.content) == 2 * case.film.rows * 200
    assert answer.headers["cache-control"] == "private, no-cache"
    assert case.film.pixel_blob_digest not in str(answer.headers)
    again = client.get(film, headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304
    assert client.get(f"/teaching/films/{other.film.key}").status_code == 404
    bare = client.get(film, headers={"accept-encoding": "identity"})
    assert bare.content == gzip.decompress(place.blobs.get(case.film.pixel_blob_digest))


def test_maps_open_with_the_commit(place: Workspace, reader: Reader) -> None:
    case = made_case(place)
    session = opened(place, reader, case)
    client = classroom_client()
    join(client, session)
    assert case.draft is not None
    address = f"/teaching/maps/{case.draft.maps[0].key}"
    assert client.get(address).status_code == 403
    me = trainee(place, client)
    reading.position(place, me, session.id)
    assert client.get(address).status_code == 403
    reading.commit(place, me, case.id, session.id, Answer((AnsweredFinding(EFFUSION, 1.0),)))
    assert client.get(address).status_code == 200
    assert classroom_client().get(address).status_code == 404


def test_an_answer_is_kept_while_it_is_typed(place: Workspace, reader: Reader) -> None:
    case = made_case(place)
    session = opened(place, reader, case)
    client = classroom_client()
    join(client, session)
    me = trainee(place, client)
    reading.position(place, me, session.id)
    said = typed(me, case.id, session.id)
    answer = client.post("/teaching/answer", json=said)
    assert (answer.status_code, answer.json()) == (200, {"version": 1})
    kept = reading.position(place, me, session.id).blind
    assert kept is not None and kept.answer.impression == ANSWER["impression"]
    assert classroom_client().post("/teaching/answer", json=said).status_code == 404
    for name in ("case", "session"):
        for number in ("1", True, 0, -1, 2**31, 10**30):
            answer = client.post("/teaching/answer", json={**said, name: number})
            assert answer.status_code == 400, (name, number)
    for wrong in ({"version": 10**30}, {"version": -1}, {"window": ""}, {"answer": "x" * 140_000}):
        assert client.post("/teaching/answer", json={**said, **wrong}).status_code == 400
    refused = {**said, "answer": {"findings": [{"name": "gout", "certainty": 1}]}}
    answer = client.post("/teaching/answer", json=refused)
    assert answer.status_code == 409 and "is not kept" in answer.json()["error"]["message"]
    reading.commit(place, me, case.id, session.id, kept.answer)
    answer = client.post("/teaching/answer", json=said)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "committed_before")


def typed(trainee: Trainee, case_id: int, session_id: int | None, **other: object) -> Typed:
    said = {"trainee": trainee.id, "case": case_id, "session": session_id, "answer": ANSWER}
    return {**said, "version": 0, "window": "first", **other}


def test_a_page_of_one_trainee_does_not_write_into_the_read_of_another(
    place: Workspace, reader: Reader
) -> None:
    case = made_case(place)
    session = opened(place, reader, case)
    client = classroom_client()
    join(client, session, "Ana")
    ana = trainee(place, client)
    join(client, session, "Ben")
    ben = trainee(place, client)
    for one in (ana, ben):
        reading.position(place, one, session.id)
    answer = client.post("/teaching/answer", json=typed(ana, case.id, session.id))
    assert answer.status_code == 409 and "Somebody else" in answer.json()["error"]["message"]
    said = typed(ana, case.id, session.id)
    del said["trainee"]
    assert client.post("/teaching/answer", json=said).status_code == 409
    for one in (ana, ben):
        shown = reading.position(place, one, session.id).blind
        assert shown is not None and shown.answer == Answer()


def test_one_window_does_not_write_over_what_another_kept(place: Workspace, reader: Reader) -> None:
    case = made_case(place)
    session = opened(place, reader, case)
    client = classroom_client()
    join(client, session)
    me = trainee(place, client)
    reading.position(place, me, session.id)

    def post(**other: object) -> Any:
        said = typed(me, case.id, session.id, **other)
        return client.post("/teaching/answer", json=said)

    assert post().json() == {"version": 1}
    # What the server kept, but whose receipt was lost, is no change by somebody else.
    again = {**ANSWER, "impression": "Effusion."}
    assert post(answer=again).json() == {"version": 2}
    stale = post(window="second", answer={})
    assert stale.status_code == 409 and stale.json()["error"]["code"] == "changed_elsewhere"
    assert stale.json()["answer"] == again | {
        "marks": [{**ANSWER["marks"][0], "width": 0.0, "height": 0.0}]
    }
    assert stale.json()["version"] == 2
    assert post(window="second", answer=again).json() == {"version": 2}
    assert post(window="second", version=2, answer={}).json() == {"version": 3}
    assert post(version=2).status_code == 409


def test_a_case_that_was_never_given_tells_nothing(place: Workspace, reader: Reader) -> None:
    case, other = made_case(place), normal_case(place)
    session = opened(place, reader, case)
    client = classroom_client()
    join(client, session)
    me = trainee(place, client)
    far = {"findings": [], "marks": [{"finding": EFFUSION, "x": 1e6, "y": 1e6}]}
    for session_id in (session.id, None):
        for answer in (ANSWER, far):
            said = typed(me, other.id, session_id, answer=answer)
            assert client.post("/teaching/answer", json=said).status_code == 404


def test_nothing_of_the_dashboard_is_behind_this_door(place: Workspace) -> None:
    client = classroom_client()
    pages = ("worklist", "review", "compare", "teaching", "ledger", "models", "corpus")
    paths = [f"/{page}" for page in (*pages, "training_runs", "scoreboard", "pages/worklist.py")]
    paths += [f"/api/v1{route}" for route in api.openapi()["paths"]] + ["/api/v1/docs"]
    paths += ["/_stcore/metrics", "/_stcore/upload_file/a/b", "/app/static/x", "/component/x"]
    paths += ["//worklist", "/teaching/films/../../worklist", "/static/../worklist"]
    for path in paths:
        for method in ("GET", "POST", "PUT", "DELETE"):
            assert client.request(method, path).status_code == 404, (method, path)


def test_other_sites_may_ask_nothing(place: Workspace, reader: Reader) -> None:
    session = opened(place, reader, made_case(place))
    client = classroom_client()
    for headers in (
        {"origin": "http://evil.example"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "null"},
        {"host": "evil.example"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"},
    ):
        said = {"code": session.code, "nickname": "Kea"}
        assert client.post("/join", json=said, headers=headers).status_code == 403, headers
    answer = client.post("/join", json=said, headers={"origin": HOST})
    assert answer.status_code == 200 and answer.headers["x-frame-options"] == "DENY"
