"""A run as a whole: what is written, what is null, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from core.domain.training_errors import CorpusError, RunError
from core.models.measured import CARD, WEIGHTS, check_weights, read_measured
from core.models.network import Network
from core.training.__main__ import main
from core.training.relearning.learned import read_learned
from core.training.relearning.recipe import HEAD, WHOLE, Relearning
from core.training.relearning.run import Asked, relearn
from tests.planted_error import FINDINGS, SHAPE, make, write_frozen, write_model
from tests.unit.training.relearning.test_labels import HEAD as COLUMNS
from tests.unit.training.relearning.test_labels import film, write


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(3)
    return write_model(tmp_path_factory.mktemp("base") / "model", Network(SHAPE).eval())


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """44 films to learn from and 12 frozen ones; of few it is stated whether there is a nodule."""
    folder = tmp_path_factory.mktemp("export")
    lines = []
    for number in range(56):
        side = "holdout" if number >= 44 else "train"
        nodule = str(number % 2) if number < 8 else ""
        lines.append(
            f"{film(folder, number)},p{number},{side},{number % 3 % 2},{number % 2},{nodule},"
        )
    return write(folder, *lines, head=COLUMNS)


def run(base: Path, export: Path, out: Path, **changes: Any) -> dict[str, Any]:
    recipe = Relearning(epochs=2, parts=changes.pop("parts", HEAD))
    return relearn(Asked(labels=export, base=base, out=out, recipe=recipe, **changes))


def test_what_is_written_says_where_it_came_from(base: Path, export: Path, tmp_path: Path) -> None:
    document = run(base, export, tmp_path / "ward-1", command="python -m core.training relearn")
    measured = read_measured(tmp_path / "ward-1")
    check_weights(tmp_path / "ward-1", measured)
    assert len(read_learned(tmp_path / "ward-1", measured)) == 44
    assert measured.document == json.loads(json.dumps(document))
    from_ = document["relearned"]
    assert from_["parent_sha256"] == read_measured(base).weights_sha256
    assert len(from_["labels_sha256"]) == 64 and from_["labels_before_reveal"] == 19
    assert from_["rehearsal_sha256"] is None and from_["recipe"]["epochs"] == 2
    assert document["split"]["train"] == {"ledger": {"films": 44, "patients": 44}}
    assert document["split"]["val"] == {"ledger": {"films": 12, "patients": 12}}
    card = (tmp_path / "ward-1" / CARD).read_text(encoding="utf-8")
    assert from_["parent_sha256"] in card and "no side is drafted" in card
    assert not list(tmp_path.glob(".*"))


def test_what_was_not_measured_again_is_not_stated(
    base: Path, export: Path, tmp_path: Path
) -> None:
    document = run(base, export, tmp_path / "ward-1")
    effusion, nodule = (document["findings"][name] for name in FINDINGS)
    assert effusion["points"] == "chosen" and effusion["cross_fit"]["films"] == 44
    assert effusion["positives"] == 6 and effusion["negatives"] == 6
    assert nodule["points"] == "kept" and not nodule["calibrated"], "eight films choose nothing"
    assert nodule["auroc"] is None and nodule["sensitivity"] is None, "no frozen film states it"
    for entry in (effusion, nodule):
        assert entry["side_accuracy"] is None and entry["localised"] is False
    assert document["mean_nih_auroc"] is None
    assert document["localisation"] == {"default": "trained map"}


def test_maps_that_stay_keep_what_was_measured_of_them(
    base: Path, export: Path, tmp_path: Path
) -> None:
    document = json.loads((base / "measured.json").read_text(encoding="utf-8"))
    document["findings"]["nodule"] |= {"localised": True}
    copy = tmp_path / "base"
    copy.mkdir()
    (copy / WEIGHTS).write_bytes((base / WEIGHTS).read_bytes())
    (copy / "measured.json").write_text(json.dumps(document), encoding="utf-8")
    kept = run(copy, export, tmp_path / "whole", parts=WHOLE)
    assert kept["findings"]["nodule"]["localised"]
    assert kept["localisation"]["of_weights"] == document["weights_sha256"]


def test_films_are_rehearsed_by_their_weight_and_val_is_frozen(
    base: Path, export: Path, tmp_path: Path
) -> None:
    folder = write_frozen(tmp_path / "data", make(16, 1))
    manifest = folder / "manifest.csv"
    lines = manifest.read_text(encoding="utf-8").splitlines()
    lines[1:9] = [each.replace(",val", ",train") for each in lines[1:9]]
    manifest.write_text("\n".join(lines) + "\n", encoding="utf-8")
    document = run(base, export, tmp_path / "ward-1", rehearsal=folder)
    assert document["split"]["train"]["nih_cxr14"]["films"] == 8
    assert document["split"]["val"]["nih_cxr14"]["films"] == 8
    assert len(document["relearned"]["rehearsal_sha256"]) == 64
    frozen = make(16, 1)[8:]
    assert document["findings"]["nodule"]["positives"] == sum(one.nodule for one in frozen)


def test_what_is_there_is_not_written_over(base: Path, export: Path, tmp_path: Path) -> None:
    (tmp_path / "ward-1").mkdir()
    with pytest.raises(RunError, match="of the name ward-1 already"):
        run(base, export, tmp_path / "ward-1")


def test_without_weights_or_labels_nothing_begins(
    base: Path, export: Path, tmp_path: Path, home: Path
) -> None:
    with pytest.raises(RunError, match="cannot be used"):
        run(tmp_path / "nowhere", export, tmp_path / "out")
    with pytest.raises(CorpusError, match=r"labels\.csv is missing"):
        run(base, tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    command = ["relearn", "--labels", str(tmp_path), "--base", str(base), "--out", "ward-1"]
    assert main(command) == 1 and not (home / "models" / "versions").exists()
