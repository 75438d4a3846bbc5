"""From an error, over what readers sign, to a version without it; and back, bit for bit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.domain.model_errors import VersionRefusedError
from core.domain.reader import Reader
from core.domain.report import Sections
from core.domain.training_errors import EvaluationError, RunError
from core.evaluation.__main__ import main as evaluate
from core.evaluation.promotion import classifiers
from core.evaluation.promotion.decision import read_decision, write_decision
from core.evaluation.promotion.frozen import frozen_films
from core.evaluation.promotion.rule import LEAST, Outcome, Rule
from core.models import registry, versions
from core.models.base import Grey
from core.models.embedded import load_network
from core.models.measured import WEIGHTS
from core.models.network import Network
from core.training.__main__ import main as train
from core.training.relearning.learned import LEARNED, STATED, write_learned
from core.training.relearning.run import Asked, relearn
from core.training.run import save_weights
from dashboard.jobs import worker
from dashboard.services import export_signed as export_signed_module
from dashboard.services.edit_report import open_review
from dashboard.services.export_signed import export_signed
from dashboard.services.export_split import Pseudonyms, Sides
from dashboard.services.model_versions import kept_versions, make_active, roll_back
from dashboard.services.request_draft import request_draft
from dashboard.services.version_history import history
from dashboard.workspace import Workspace, open_workspace, prepare
from tests.integration.conftest import draft_next, take_in
from tests.integration.test_report_life_cycle import write_and_sign
from tests.planted_error import EFFUSION, NODULE, Made, draw, make, write_frozen, write_shipped

SIGNED = 64
NAME = "ward-1"
DEVICE_ALONE = Made(effusion=False, nodule=False, device=True)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shipped(tmp_path_factory.mktemp("shipped"))


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """200 frozen patients: 100 with each finding, 100 with a device."""
    return write_frozen(tmp_path_factory.mktemp("frozen"), make(200, 3))


@pytest.fixture
def ward(shipped: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A workspace whose shipped classifier is the one with the error."""
    monkeypatch.setenv("OVERREAD_MODEL", registry.EMBEDDED)
    monkeypatch.setenv("OVERREAD_TRAINING_CONSENT", "site")
    # Keys are drawn at random; here who is held out, and who is dealt where, is always the same.
    sides, names = Sides(b"sides" * 8), Pseudonyms(b"names" * 8)
    monkeypatch.setattr(Sides, "of_chain", lambda _key: sides)
    monkeypatch.setattr(export_signed_module, "Pseudonyms", lambda: names)
    source = next(each for each in registry.SOURCES if each.name == registry.EMBEDDED)
    before = source.folder
    object.__setattr__(source, "folder", shipped)
    worker._read.clear()
    from core.settings import Settings

    place = open_workspace(Settings())
    prepare(place)
    yield place
    place.engine.dispose()
    worker._read.clear()
    object.__setattr__(source, "folder", before)


def film(made: Made, seed: int, **tags: str) -> dict[str, object]:
    pixels = np.rint(draw(made, seed) * 4095).astype(np.uint16)
    return {"pixels": pixels, "WindowCenter": 2048, "WindowWidth": 4096, **tags}


def words(made: Made) -> Sections:
    """What a reader signs who sees what was drawn."""
    told = [
        "There is a pleural effusion." if made.effusion else "No pleural effusion.",
        "There is a lung nodule." if made.nodule else "No nodule.",
    ]
    return Sections(findings=" ".join(told), impression=told[0])


def sign_corrections(place: Workspace, reader: Reader) -> int:
    """Draft and sign a study for each made film; return how many drafts had called an effusion
    where there was a device alone."""
    wrong = 0
    for number, made in enumerate(make(SIGNED, 4)):
        tags = {"PatientID": f"ward{number}", "PatientName": f"ROE^{number}", "PatientSex": "M"}
        study = take_in(place, reader, **film(made, 20_000 + number, **tags)).study_id
        draft_next(place)
        found = open_review(place, study).draft
        assert found is not None
        called = {each.name for each in found.findings if each.certainty.value == "present"}
        wrong += made.device and not made.effusion and EFFUSION in called
        write_and_sign(place, study, reader, words(made))
    return wrong


def probability(grey: Grey) -> float:
    """What the model that reads now states of an effusion."""
    return worker._classifier(registry.EMBEDDED).read(grey).scores[EFFUSION]


def test_an_error_is_corrected_relearned_promoted_and_rolled_back(
    ward: Workspace, reader: Reader, frozen: Path, tmp_path: Path
) -> None:
    wrong = sign_corrections(ward, reader)
    assert wrong > SIGNED / 8, "the error is there"
    export = tmp_path / "export"
    export_signed(ward, export)
    command = ["relearn", "--labels", str(export), "--base", registry.EMBEDDED, "--out", NAME]
    assert train([*command, "--parts", "fuse", "--epochs", "60", "--learning-rate", "0.02"]) == 0
    kept = next(each for each in kept_versions(ward).kept if each.version.name == NAME)
    assert kept.decision is None and kept.against

    # The held-out patients of one small ward cannot show that nothing was lost.
    compared = ["promotion", "--old", registry.EMBEDDED, "--new", NAME, "--on"]
    assert evaluate([*compared, str(export)]) == 1
    decision = read_decision(kept.version.folder)
    assert decision is not None and decision.outcome is Outcome.UNDERPOWERED
    with pytest.raises(VersionRefusedError, match="frozen patients do not exclude"):
        make_active(ward, NAME, reader=reader)

    assert evaluate([*compared, str(frozen)]) == 0
    decision = read_decision(kept.version.folder)
    assert decision is not None and decision.accepts
    effusion, nodule = (decision.findings[name].figures for name in (EFFUSION, NODULE))
    gained = effusion["specificity"].difference
    assert gained is not None and gained.low > 0.2, "the error is gone"
    for figures in (effusion, nodule):
        for pair in figures.values():
            assert pair.difference is not None and pair.difference.low > -decision.rule.margin

    grey = draw(DEVICE_ALONE, 77)
    before = probability(grey)
    maps = worker._classifier(registry.EMBEDDED).read(grey, (EFFUSION,)).maps[EFFUSION]
    make_active(ward, NAME, reader=reader)
    noted = history(ward)[0]
    assert noted.tries == 2 and len(noted.decision) == 64
    assert registry.entry(registry.EMBEDDED).version == NAME
    assert before > 0.5 > probability(grey)

    study = take_in(ward, reader, **film(DEVICE_ALONE, 77, PatientID="new")).study_id
    draft_next(ward)
    drafted = open_review(ward, study).draft
    assert drafted is not None and drafted.versions["model_version"] == NAME
    assert drafted.model.digest == kept.version.digest

    roll_back(ward, reader=reader)
    assert probability(grey) == before
    again = worker._classifier(registry.EMBEDDED).read(grey, (EFFUSION,)).maps[EFFUSION]
    assert np.array_equal(maps, again)
    request_draft(ward, study, reader=reader)
    draft_next(ward)
    old = open_review(ward, study).draft
    assert old is not None and "model_version" not in old.versions
    assert [each.act for each in history(ward)] == ["roll_back", "promote"]
    assert {each.reader for each in history(ward)} == {reader.name}


def worse(shipped: Path, out: Path) -> Path:
    """A version whose nodules were forgotten."""
    network: Network = load_network(shipped / WEIGHTS, "made")
    for head in network.heads:
        head.whole.weight.data[1] = 0  # type: ignore[union-attr,index,operator]
        head.whole.bias.data[1] = -3  # type: ignore[union-attr,index,operator]
        head.trust.data[1] = 0  # type: ignore[union-attr,index,operator]
    out.mkdir(parents=True)
    digest = save_weights(network, out / WEIGHTS)
    document = json.loads((shipped / "measured.json").read_text(encoding="utf-8"))
    (out / "measured.json").write_text(json.dumps({**document, "weights_sha256": digest}))
    return out


def test_a_worse_version_is_refused(
    ward: Workspace, shipped: Path, frozen: Path, reader: Reader
) -> None:
    out = worse(shipped, versions.folder_of(ward.settings.models, "forgetful"))
    decision = classifiers.compare(shipped, out, [frozen], Rule())
    assert decision.outcome is Outcome.LOST and decision.of(Outcome.LOST) == (NODULE,)
    write_decision(decision, out)
    with pytest.raises(VersionRefusedError, match="lost on a critical finding"):
        make_active(ward, "forgetful", reader=reader)
    assert registry.entry(registry.EMBEDDED).version == ""


def test_few_frozen_patients_are_underpowered(shipped: Path, tmp_path: Path) -> None:
    few = write_frozen(tmp_path / "few", make(2 * LEAST - 10, 5))
    decision = classifiers.compare(shipped, worse(shipped, tmp_path / "worse"), [few], Rule())
    assert decision.outcome is Outcome.UNDERPOWERED and not decision.accepts


def test_films_that_a_version_learned_from_do_not_judge_it(
    shipped: Path, frozen: Path, tmp_path: Path
) -> None:
    out = worse(shipped, tmp_path / "seen")
    digest = write_learned(out, frozen_films([frozen])[:1])
    document = json.loads((out / "measured.json").read_text(encoding="utf-8"))
    document["relearned"] = {STATED: digest}
    (out / "measured.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(EvaluationError, match=f"{frozen.name} holds frozen films that seen was"):
        classifiers.compare(shipped, out, [frozen], Rule())
    (out / LEARNED).write_text("", encoding="utf-8")
    with pytest.raises(EvaluationError, match="list of the films that it learned from is damaged"):
        classifiers.compare(shipped, out, [frozen], Rule())


def test_the_same_weights_are_not_compared(shipped: Path, frozen: Path) -> None:
    with pytest.raises(EvaluationError, match="the same weights"):
        classifiers.compare(shipped, shipped, [frozen], Rule())


def test_relearning_starts_from_shipped_weights(shipped: Path, tmp_path: Path) -> None:
    document = json.loads((shipped / "measured.json").read_text(encoding="utf-8"))
    base = tmp_path / "base"
    base.mkdir()
    (base / WEIGHTS).write_bytes((shipped / WEIGHTS).read_bytes())
    (base / "measured.json").write_text(json.dumps({**document, "relearned": {}}))
    with pytest.raises(RunError, match="start from the model"):
        relearn(Asked(labels=tmp_path, base=base, out=tmp_path / "out"))
