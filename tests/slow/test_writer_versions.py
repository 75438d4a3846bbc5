"""From drafts that were corrected to an adapter that drafts, and back: every step the real one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.draft import Draft
from core.domain.job import JobState
from core.domain.model_errors import VersionRefusedError
from core.domain.reader import Reader
from core.domain.report import Sections
from core.evaluation.__main__ import main as evaluation
from core.evaluation.drafts.texts import read_texts
from core.evaluation.promotion.decision import filed, of_writer
from core.evaluation.promotion.rule import Outcome
from core.settings import load_settings
from core.training.__main__ import main as training
from core.training.corpus.sources.ledger import HOLDOUT
from core.training.finetuning.runs import read_run
from dashboard import workspace as workspaces
from dashboard.jobs import worker
from dashboard.services.consent import give_consent
from dashboard.services.edit_report import open_review
from dashboard.services.export_signed import export_signed
from dashboard.services.export_split import Sides
from dashboard.services.fetch_model import shelf
from dashboard.services.register_adapter import register_run
from dashboard.services.report_document import draft_notes
from dashboard.services.request_draft import request_draft
from dashboard.services.version_history import history
from dashboard.services.writer_versions import make_active, roll_back, versions_of
from dashboard.workspace import Workspace, prepare
from tests import tiny_models
from tests.factories import film_pixels
from tests.integration.conftest import draft_next, take_in
from tests.integration.test_report_life_cycle import write_and_sign
from tests.judged_writers import BASE, judge

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

TRAINED, HELD_OUT = 5, 2
RUN = "taught"
CORRECTED = Sections(
    findings="There is a small left pleural effusion. The heart is normal in size.",
    impression="Small left pleural effusion.",
)


@pytest.fixture
def ward(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A workspace whose classifier reads drawn films, with a tiny model that writes."""
    monkeypatch.setenv("OVERREAD_MODEL", "fake-any-film")
    monkeypatch.setenv("OVERREAD_PRECISION", "fp32")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    load_settings.cache_clear()
    place = workspaces.workspace()
    prepare(place)
    for name, value in (("_place", place), ("_held", None), ("_read", {})):
        monkeypatch.setattr(worker, name, value)
    tiny_models.save("qwen2_vl", place.settings.models / BASE)
    yield place
    place.engine.dispose()


def patients(place: Workspace) -> list[str]:
    """Patients who teach, and patients who are held out, by the key of this home folder."""
    sides = Sides.of_chain(place.seal.key())
    many = [f"P{number}" for number in range(200)]
    teach = [each for each in many if sides.of(each) != HOLDOUT][:TRAINED]
    return teach + [each for each in many if sides.of(each) == HOLDOUT][:HELD_OUT]


def corrected(place: Workspace, reader: Reader) -> list[int]:
    """Studies whose drafts were corrected and signed, and may teach."""
    studies = []
    for seed, patient in enumerate(patients(place)):
        pixels = film_pixels(220, 200 + 10 * seed, seed)
        tags = {"PatientID": patient, "PatientName": f"ROE^{patient}"}
        studies.append(take_in(place, reader, pixels=pixels, **tags).study_id)
        draft_next(place)
        write_and_sign(place, studies[-1], reader, CORRECTED)
    give_consent(place, studies, reader=reader)
    return studies


def taught(place: Workspace, folder: Path) -> None:
    """An adapter from an export of these studies, by the commands that a person types."""
    corpus, run = str(place.settings.corpora / "ledger"), str(place.settings.runs / RUN)
    imported = ["corpus", "import", "ledger", str(folder), "--out", corpus]
    assert training(imported) == 0
    recipe = ["--recipe", "small", "--steps", "3", "--warmup-steps", "1", "--accumulation", "1"]
    recipe += ["--learning-rate", "0.01", "--backend", "peft"]
    assert training(["lora", "--model", BASE, "--corpus", corpus, "--out", run, *recipe]) == 0
    assert all(each["passed"] for each in read_run(Path(run)).checks.values())


def drafted(place: Workspace, reader: Reader, seed: int) -> tuple[Draft, str]:
    """The draft of a new study, made as the worker makes it, and what the page says of it first."""
    received = take_in(place, reader, pixels=film_pixels(220, 300 + 10 * seed, seed))
    with place.work() as work:
        own = work.jobs.claim(dt.datetime.now(dt.UTC))
        assert own is not None
        work.jobs.finish(own.id, JobState.CANCELLED)
    request_draft(place, received.study_id, reader=reader, model=BASE)
    with place.work() as work:
        job = work.jobs.claim(dt.datetime.now(dt.UTC))
    assert job is not None
    worker.run(job)
    with place.look() as look:
        done, draft = look.jobs.get(job.id), look.drafts.latest(received.study_id, BASE)
    assert done.state is JobState.DONE, done.error_reason
    assert draft is not None and draft.model.name == BASE
    (said, *_others) = draft_notes(open_review(place, received.study_id))
    return draft, said


def test_corrections_teach_an_adapter_that_is_judged_made_active_and_rolled_back(
    ward: Workspace, reader: Reader, tmp_path: Path
) -> None:
    corrected(ward, reader)
    exported = export_signed(ward, tmp_path / "signed")
    assert exported.studies == TRAINED + HELD_OUT == exported.preferences
    assert exported.held_out == HELD_OUT
    taught(ward, tmp_path / "signed")
    assert register_run(ward, RUN, reader=reader) == RUN
    before, said = drafted(ward, reader, 1)
    assert said == f"Text by {BASE}, numbers by fake-any-film."

    # Old and new about the same frozen patients: two of them exclude nothing.
    out = tmp_path / "evaluation"
    asked = [
        "drafts",
        "--models",
        f"{BASE},{RUN}",
        "--corpus",
        str(ward.settings.corpora / "ledger"),
    ]
    assert evaluation([*asked, "--tokens", "8", "--precision", "fp32", "--out", str(out)]) == 0
    texts = read_texts(out)
    assert texts is not None and len(texts.samples) == HELD_OUT
    digest = shelf(ward).open(RUN).digest
    assert texts.writers[RUN].checkpoint == digest != texts.writers[RUN].digest
    promotion = ["promotion", "--evaluation", str(out), "--old", BASE, "--new", RUN]
    assert evaluation(promotion) == 1
    first = filed(of_writer(ward.settings.models, digest))
    assert first is not None and first.decision.outcome is Outcome.UNDERPOWERED
    with pytest.raises(VersionRefusedError, match="frozen patients do not exclude"):
        make_active(ward, RUN, reader=reader)
    assert history(ward) == () and versions_of(ward, BASE).in_force == ""

    # As many texts as earn it, of the same weights, judged by the same command.
    assert judge(ward, tmp_path / "enough", BASE, RUN) == 0
    make_active(ward, RUN, reader=reader)
    after, said = drafted(ward, reader, 2)
    assert after.model.digest == digest != before.model.digest
    assert after.versions["writer_version"] == RUN and "peft" in after.versions
    assert "writer_version" not in before.versions
    assert said == f"Text by {BASE} ({RUN}), numbers by fake-any-film."

    roll_back(ward, BASE, reader=reader)
    last, said = drafted(ward, reader, 3)
    assert said == f"Text by {BASE}, numbers by fake-any-film."
    assert last.model == before.model and "writer_version" not in last.versions
    assert after.id is not None
    with ward.look() as look:
        assert look.drafts.get(after.id) == after, "what was drafted stays as it was"
