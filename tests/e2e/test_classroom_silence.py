"""Nothing of the answer leaves the server before the commit, and nothing of the patient ever."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from core.domain.finding import Laterality
from core.domain.reader import Reader
from core.domain.report import Sections
from core.domain.teaching import Level, Pace, Reference, Region, TeachingCase, TrueFinding
from core.settings import load_settings
from dashboard import workspace as workspaces
from dashboard.services.teaching import case_film, room, sessions
from dashboard.services.teaching.case_wish import CaseWish
from dashboard.services.teaching.cases import make_case
from dashboard.services.teaching.sessions import SessionWish
from dashboard.workspace import Workspace, prepare
from tests.e2e.conftest import free_port
from tests.e2e.traffic import Relay, Traffic, coordinates
from tests.factories import film_pixels
from tests.integration.conftest import draft_next, take_in
from tests.integration.test_report_life_cycle import write_and_sign

pytestmark = pytest.mark.e2e

STUDY_UID = "1.2.826.0.1.3680043.9.7777.1"
IDENTITY = {
    "PatientName": "QUAGGA^ZEBRINA",
    "PatientID": "PX-998877",
    "AccessionNumber": "ACC-665544",
    "PatientBirthDate": "19410203",
    "StudyDate": "20261103",
    "StudyTime": "073114",
    "StudyInstanceUID": STUDY_UID,
    "SeriesInstanceUID": f"{STUDY_UID}.2",
    "SOPInstanceUID": f"{STUDY_UID}.3",
    "InstitutionName": "Moa Infirmary",
    "ReferringPhysicianName": "DODO^R",
}
OF_THE_PATIENT = [
    *(b"quagga", b"zebrina", b"px-998877", b"acc-665544", b"19410203", b"1941-02-03", b"20261103"),
    *(b"2026-11-03", b"073114", STUDY_UID.encode(), b"moa infirmary", b"dodo", b"dr. test"),
]
HIDDEN = Sections(
    findings="Numbat findingword. Right pleural effusion.",
    impression="Bilby impressionword. Right pleural effusion.",
)
WISH = CaseWish(
    title="Quokka titleword",
    level=Level.ADVANCED,
    reference=Reference.FOLLOW_UP,
    reference_note="Wombat noteword",
    findings=(
        TrueFinding("pleural effusion", True, Laterality.RIGHT),
        TrueFinding("nodule", False),
    ),
    regions=(
        Region("pleural effusion", ((7.4375, 60.3125), (31.8125, 60.3125), (31.8125, 88.6875))),
    ),
    masked=(),
    history="Echidna historyword",
    learning_points="Kowari learningword",
    report=HIDDEN,
)
NORMAL = CaseWish(
    title="Quokka normalword",
    level=Level.ADVANCED,
    reference=Reference.CT,
    reference_note="Wombat normalnote",
    findings=(TrueFinding("pleural effusion", False), TrueFinding("nodule", False)),
    regions=(),
    masked=(),
    history="",
    learning_points="Kowari normalword",
    report=Sections(findings="Clear findingword.", impression="Normal, bilby."),
)
OF_THE_ANSWER = [
    *(b"quokka", b"wombat", b"kowari", b"findingword", b"bilby", b"echidna", b"follow_up"),
    *(b"follow-up", b"true_findings", b"study_id", b"/teaching/maps/"),
    *coordinates(7.4375, 60.3125, 31.8125, 88.6875),
]  # fmt: skip


@dataclass
class Room:
    place: Workspace
    relay: Relay
    code: str
    cases: tuple[TeachingCase, ...]
    source_digests: tuple[bytes, ...]


def case_of(
    place: Workspace, reader: Reader, wish: CaseWish, seed: int, **tags: str
) -> TeachingCase:
    study = take_in(place, reader, pixels=film_pixels(seed=seed), **tags).study_id
    draft_next(place)
    write_and_sign(place, study, reader, HIDDEN)
    return make_case(place, study, wish, reader=reader)


@pytest.fixture
def opened(home: object, monkeypatch: pytest.MonkeyPatch, reader: Reader) -> Iterator[Room]:
    """An open classroom with a case of a signed study and a normal one, without histories."""
    monkeypatch.setattr(case_film, "find_text", lambda *_args, **_more: ())
    monkeypatch.setenv("OVERREAD_CLASSROOM_PORT", str(free_port()))
    load_settings.cache_clear()
    place = workspaces.workspace()
    prepare(place)
    ill = case_of(place, reader, WISH, 5, **IDENTITY)
    well = case_of(place, reader, NORMAL, 6, PatientID="2", PatientName="OTHER^QUAGGA")
    wish = SessionWish("Batch", "Monday", (ill.id, well.id), Pace.OWN, history_allowed=False)
    session = sessions.open_session(place, wish, reader=reader)
    with place.look() as look:
        films = [film for study in (1, 2) for film in look.studies.get(study).instances]
    digests = {film.pixel_blob_digest for film in films}
    digests |= {case.film.pixel_blob_digest for case in (ill, well)}
    room.open_door(place, reader=reader)
    relay = Relay(place.settings.classroom_port)
    yield Room(
        place,
        relay,
        session.code,
        tuple(ill if number == ill.id else well for number in session.case_ids),
        tuple(digest.encode() for digest in digests),
    )
    relay.close()
    room.end_with_server(place)
    place.engine.dispose()


def join(page: Page, room: Room, traffic: Traffic) -> None:
    page.goto(f"{room.relay.url}/?code={room.code}")
    page.get_by_label("Nickname").fill("Kea")
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("button", name="Begin")).to_be_visible()
    traffic.look()
    page.get_by_role("button", name="Begin").click()
    expect(page.locator("tr[data-finding]").first).to_be_visible()


def wait_for_film(page: Page) -> None:
    page.wait_for_function("performance.getEntriesByName('film-painted').length > 0")


def answer(page: Page) -> None:
    """Pick, mark and type as a trainee does; then everything is on the server."""
    row = page.locator('tr[data-finding="lung opacity"]')
    row.get_by_role("button", name="lung opacity: possible").click()
    page.locator(".frame").hover()
    page.keyboard.press("k")
    page.locator(".frame").click()
    expect(page.locator(".placed button")).to_have_count(1)
    page.get_by_label("Impression").fill("Opacity, perhaps.")
    expect(page.locator(".saved-state")).to_have_text("saved")


def test_the_answer_is_nowhere_before_the_commit(context: BrowserContext, opened: Room) -> None:
    page = context.new_page()
    traffic = Traffic(page, opened.relay)
    join(page, opened, traffic)
    secrets = [*OF_THE_ANSWER, *OF_THE_PATIENT, *opened.source_digests]
    keys = [item.key.encode() for case in opened.cases if case.draft for item in case.draft.maps]
    assert keys, "the drafts have maps that could leak"
    for number, case in enumerate(opened.cases, 1):
        wait_for_film(page)
        answer(page)
        traffic.look()
        page.reload()
        wait_for_film(page)
        expect(page.get_by_label("Impression")).to_have_value("Opacity, perhaps.")
        traffic.look()
        others = [other.film.key.encode() for other in opened.cases[number:]]
        assert traffic.found([*secrets, *keys, *others] if number == 1 else others) == []
        if number == 1:
            assert_same_but_for_the_film(traffic)
        page.get_by_role("button", name="Commit").click()
        expect(page.locator(".reveal tbody tr").first).to_be_visible()
        # Now it is there: the search would have found it.
        traffic.look()
        told = set(traffic.found([case.title.encode(), b"/teaching/maps/"]))
        assert {("wire", case.title.lower().encode()), ("wire", b"/teaching/maps/")} <= told
        if number < len(opened.cases):
            later = [other.title.encode() for other in opened.cases[number:]]
            assert traffic.found(later) == []
            page.evaluate("performance.clearMarks()")
            page.get_by_role("button", name="Next").click()
            expect(page.locator("tr[data-finding]").first).to_be_visible()
    assert traffic.found([*OF_THE_PATIENT, *opened.source_digests, b"study_id"]) == []
    page.close()


def assert_same_but_for_the_film(traffic: Traffic) -> None:
    """What the page is made of has no place for an answer."""
    form, viewer = traffic.components("blind_read")[-1], traffic.components("viewer")[-1]
    assert set(form) == {
        *("url", "film", "case", "session", "answer", "findings", "steps", "sides", "labels"),
        *("trainee", "version", "refusals", "marks_limit"),
    }
    assert all(set(finding) == {"name", "label", "sided"} for finding in form["findings"])
    assert viewer["maps"] == [] and set(viewer["marks"]) == {"mode", "findings"}
    assert viewer["marks"]["findings"] == [
        [item["name"], item["label"]] for item in form["findings"]
    ]
