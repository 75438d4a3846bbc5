"""A sentence keeps the map of where its model looked, beside the maps of findings."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from core.domain.draft import (
    Draft,
    DraftSentence,
    DraftWarning,
    EvidenceMap,
    ModelIdentity,
    SentenceMap,
)
from core.domain.finding import Certainty, Finding, Laterality
from core.domain.job import JobState
from core.domain.reader import Reader
from core.domain.report import Sections
from dashboard.services import films
from dashboard.workspace import Workspace
from storage.named import named_digests
from tests.integration.conftest import take_in

WRITTEN = Draft(
    model=ModelIdentity("fake", "a" * 64),
    seconds=2.0,
    findings=(
        Finding("nodule", 0.9, 0.5, Certainty.PRESENT, drafted=True),
        Finding("mass", None, None, Certainty.PRESENT, laterality=Laterality.LEFT, drafted=True),
    ),
    sentences=(
        DraftSentence("There is a nodule.", "findings", ("nodule",)),
        DraftSentence("Left mass.", "findings", ("mass",)),
        DraftSentence("Nodule.", "impression", ("nodule",)),
        DraftSentence("Nothing else.", "impression"),
    ),
    sections=Sections(findings="There is a nodule. Left mass.", impression="Nodule. Nothing else."),
    warnings=(DraftWarning("side", "A side.", ("mass",), "left"), DraftWarning("plain", "So.")),
)


def stored(place: Workspace, reader: Reader) -> tuple[int, Draft]:
    """A draft with the map of a finding and of two sentences, and the number of its study."""
    study = take_in(place, reader).study_id
    with place.work() as work:
        job = work.jobs.claim(dt.datetime.now(dt.UTC))
        assert job is not None
        film = work.studies.get(study).instances[0].id
    of_finding = EvidenceMap("nodule", film, b"of a finding", validated=True)
    seen = (SentenceMap(1, film, b"of the mass"), SentenceMap(2, film, b"of the impression"))
    digests = [place.blobs.put(each.png) for each in (of_finding, *seen)]
    draft = replace(WRITTEN, maps=(of_finding,), attention=seen)
    with place.work() as work:
        kept = work.drafts.add(study, job.id, draft, {"nodule": digests[0]}, digests[1:])
        work.jobs.finish(job.id, JobState.DONE)
    return study, kept


def test_a_sentence_has_its_own_map_or_that_of_its_finding(
    either: Workspace, reader: Reader
) -> None:
    study, kept = stored(either, reader)
    with either.look() as look:
        read = look.drafts.latest(study)
    assert read is not None
    [of_finding] = read.maps
    mass, impression = read.attention
    assert (of_finding.finding, of_finding.validated) == ("nodule", True)
    assert (mass.sentence, impression.sentence) == (1, 2)
    assert [each.evidence for each in read.sentences] == [
        of_finding.id,
        mass.id,
        impression.id,
        None,
    ]
    assert [each.evidence for each in read.findings] == [of_finding.id, None]
    assert kept.sentences == read.sentences and kept.findings == read.findings
    assert [each.id for each in kept.attention] == [mass.id, impression.id]

    for seen, content in ((of_finding, b"of a finding"), (mass, b"of the mass")):
        assert seen.id is not None and films.evidence(either, seen.id)[1] == content
    with either.look() as look:
        named = set(named_digests(look.session))
    assert {look_up(either, each.id) for each in (of_finding, mass, impression)} <= named


def look_up(place: Workspace, evidence: int | None) -> str:
    assert evidence is not None
    return films.evidence(place, evidence)[0]


def test_what_a_text_alone_states_comes_back_without_a_number(
    either: Workspace, reader: Reader
) -> None:
    study, _ = stored(either, reader)
    with either.look() as look:
        read = look.drafts.latest(study)
    assert read is not None and read.findings[1].numbers is None
    assert read.findings[1].laterality is Laterality.LEFT
    assert read.warnings == WRITTEN.warnings


def test_every_map_needs_its_picture(either: Workspace, reader: Reader) -> None:
    study = take_in(either, reader).study_id
    with either.work() as work:
        job = work.jobs.claim(dt.datetime.now(dt.UTC))
        film = work.studies.get(study).instances[0].id
    assert job is not None
    draft = replace(WRITTEN, attention=(SentenceMap(0, film, b"a"),))
    with pytest.raises(ValueError, match="zip"), either.work() as work:
        work.drafts.add(study, job.id, draft, {})


def test_the_api_serves_the_map_of_a_sentence(
    place: Workspace, reader: Reader, client: TestClient
) -> None:
    study, kept = stored(place, reader)
    answer = client.get(f"/studies/{study}/draft").json()
    nodule, mass = answer["findings"]
    assert mass["score"] is mass["operating_point"] is mass["probability"] is None
    assert nodule["score"] == 0.9
    assert answer["warnings"][0] == {
        "code": "side",
        "message": "A side.",
        "findings": ["mass"],
        "words": "left",
    }
    path = answer["sentences"][1]["evidence"]
    assert path.endswith(f"/evidence/{kept.attention[0].id}.png")
    assert client.get(path.removeprefix("/api/v1")).content == b"of the mass"
