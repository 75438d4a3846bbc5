"""The figures that are shipped: of the very weights that the shipped runs made, and of nobody."""

from __future__ import annotations

import re
from pathlib import Path

from core.evaluation.drafts import shipped
from core.evaluation.drafts.measured import Role, read_measured
from core.training.finetuning.runs import RunState, runs

FOLDER = Path(str(shipped.__file__)).parent / "writer"


def test_the_writer_of_the_figures_is_that_of_a_shipped_run() -> None:
    measured = read_measured(FOLDER)
    found, damaged = runs(FOLDER / "runs")
    assert not damaged and {run.state for run in found} == {RunState.DONE}
    writer = measured.systems[0]
    assert writer.role is Role.MODEL
    taught = next(run for run in found if run.weights_sha256 == writer.digest)
    assert taught.corpus["digest"] == measured.corpus["digest"]
    assert len(taught.history) == taught.steps
    assert all(entry["passed"] for entry in taught.checks.values())


def test_baselines_and_the_classifier_stand_beside_it() -> None:
    measured = read_measured(FOLDER)
    assert [system.name for system in measured.systems][1:] == [
        "overread-embedded-2",
        "nearest-neighbour",
        "most-frequent-normal",
    ]
    assert measured.corpus["split"] == "validation"


def test_no_text_no_film_and_no_place_of_a_machine_is_shipped() -> None:
    files = [path for path in FOLDER.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} <= {".json", ".jsonl", ".md"}
    assert not [path for path in files if path.name == "texts.jsonl"]
    for path in files:
        assert not re.search(r"(^|[\s\"])/\w+/|\.jpg|\.png|nih_", path.read_text("utf-8")), path
