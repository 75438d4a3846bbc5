"""Evaluations joined with the runs that trained their systems, their sheets and their texts."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from core.domain.training_errors import EvaluationError
from core.evaluation.drafts.claims import claims
from core.evaluation.drafts.measured import MEASURED, TEXTS, evaluations
from core.models.base import Interval
from core.models.language.digests import FolderDigest
from dashboard.services import scoreboard, scoreboard_sheet, scoreboard_texts
from dashboard.services.scoreboard import Board, boards, turned
from dashboard.workspace import Workspace
from tests.evaluation_folders import (
    DIGEST,
    MODEL,
    NEIGHBOUR,
    NORMAL,
    OTHER,
    system,
    write_evaluation,
    write_run,
)
from tests.test_architecture import imported_by

SHIPPED = scoreboard.SHIPPED


@pytest.fixture(autouse=True)
def nothing_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "shipped"
    monkeypatch.setattr(scoreboard, "SHIPPED", folder)
    scoreboard._shipped_runs.cache_clear()
    return folder


@pytest.fixture
def board(place: Workspace) -> Board:
    write_evaluation(place.settings.evaluations / "first")
    write_run(place.settings.runs / "taught")
    [board] = boards(place).found
    return board


def rows(sheet: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(sheet.decode("utf-8"))))


def test_a_system_is_joined_with_the_run_whose_weights_wrote(board: Board) -> None:
    assert board.trained[MODEL].name == "taught"
    assert set(board.trained) == {MODEL} and board.others == ()


def test_an_adapter_of_the_shelf_is_told_by_its_files_on_those_of_its_base(
    place: Workspace,
) -> None:
    files = FolderDigest({"adapter_model.safetensors": "12" * 32})
    systems = (system(MODEL, 0.4, digest=files.joined("34" * 32)),)
    write_evaluation(place.settings.evaluations / "first", systems)
    write_run(place.settings.runs / "taught", files.digest, base="34" * 32)
    [board] = boards(place).found
    assert board.trained[MODEL].name == "taught" and board.others == ()


def test_a_finished_run_that_was_not_evaluated_is_named_apart(
    board: Board, place: Workspace
) -> None:
    write_run(place.settings.runs / "later", digest="ef" * 32)
    [board] = boards(place).found
    assert [run.name for run in board.others] == ["later"]


def test_systems_without_a_digest_are_not_joined_with_a_run_without_one(place: Workspace) -> None:
    write_evaluation(place.settings.evaluations / "first")
    write_run(place.settings.runs / "unfinished", digest="")
    [board] = boards(place).found
    assert board.trained == {}


def test_baselines_stand_after_the_models(place: Workspace) -> None:
    systems = (system(NORMAL, 0.1), system(MODEL, 0.4), system(NEIGHBOUR, 0.2))
    write_evaluation(place.settings.evaluations / "first", systems)
    [board] = boards(place).found
    assert [each.name for each in board.systems] == [MODEL, NORMAL, NEIGHBOUR]


def test_a_difference_is_turned_when_it_is_asked_the_other_way(board: Board) -> None:
    ours, theirs = (
        board.between(MODEL, NEIGHBOUR, "macro_f1"),
        board.between(NEIGHBOUR, MODEL, "macro_f1"),
    )
    assert ours is not None and theirs is not None
    assert (theirs.value, theirs.low, theirs.high) == (-ours.value, -ours.high, -ours.low)
    assert board.between(MODEL, NORMAL, "side_accuracy") is None


def test_a_zero_that_is_turned_has_no_sign() -> None:
    assert str(turned(Interval(0.1, 0.0, 0.2, 9)).high) == "0.0"


def test_the_newest_evaluation_is_first_and_a_damaged_one_is_named(place: Workspace) -> None:
    folder = place.settings.evaluations
    write_evaluation(folder / "older", made="2026-11-01T10:00:00+00:00")
    write_evaluation(folder / "newer")
    (folder / "broken").mkdir()
    (folder / "broken" / MEASURED).write_text("{", encoding="utf-8")
    (folder / "running").mkdir()
    found = boards(place)
    assert [board.key for board in found.found] == ["newer", "older"]
    [unread] = found.unread
    assert unread.name == "broken" and "damaged" in str(unread.error)


def test_what_is_shipped_stands_beside_ones_own_with_its_runs(
    place: Workspace, nothing_shipped: Path
) -> None:
    write_evaluation(place.settings.evaluations / "first")
    write_evaluation(nothing_shipped / "first", made="2026-11-01T10:00:00+00:00")
    write_run(nothing_shipped / "first" / scoreboard.RUNS / "taught")
    found = boards(place).found
    assert [board.key for board in found] == ["first", "shipped-first"]
    assert found[1].trained[MODEL].weights_sha256 == DIGEST


def test_the_claims_are_three_with_their_source() -> None:
    stated = claims()
    assert len(stated.models) == 3 and stated.source and stated.steps == 100
    assert [claim.accuracy for claim in stated.models] == [0.94, 0.74, 0.90]


def test_a_figure_that_was_not_measured_is_an_empty_cell_with_its_reason(board: Board) -> None:
    lines = rows(scoreboard_sheet.figures_csv(board))
    told = {(line["system"], line["figure"]): line for line in lines}
    absent = told[MODEL, "semantic_similarity"]
    assert absent["value"] == "" and "encoder" in absent["not_measured"]
    assert told[NORMAL, "side_accuracy"]["value"] == ""
    assert float(told[MODEL, "macro_f1"]["low"]) == pytest.approx(0.37)


def test_the_other_sheets_hold_runs_findings_and_differences(board: Board) -> None:
    first, second = rows(scoreboard_sheet.training_csv(board))[:2]
    assert first["trained_parameters"] == "1200000" and first["last_loss"] == "1.3"
    assert second["run"] == "" and second["first_loss"] == ""
    told = rows(scoreboard_sheet.findings_csv(board))
    assert {line["value"] for line in told if line["finding"] == "hernia"} == {""}
    told = rows(scoreboard_sheet.differences_csv(board))
    pair = next(
        line
        for line in told
        if (line["system"], line["against"], line["figure"]) == (MODEL, OTHER, "macro_f1")
    )
    assert pair["significant"] == "false"


def test_a_title_that_a_spreadsheet_would_run_is_text(place: Workspace) -> None:
    write_evaluation(place.settings.evaluations / "first", (system(MODEL, 0.4, "=1+1"),))
    [board] = boards(place).found
    assert b"'=1+1" in scoreboard_sheet.figures_csv(board)


def test_a_sample_is_read_with_the_text_of_every_system(board: Board) -> None:
    folder = board.measured.folder
    assert scoreboard_texts.samples(folder) == 3
    second = scoreboard_texts.sample_texts(folder, 1)
    assert second.reference.startswith("Reference 1")
    assert second.written[MODEL].failed == "out_of_memory"
    assert second.written[OTHER].text.startswith("template wrote 1")


def test_a_last_line_that_was_cut_short_is_left_out(board: Board) -> None:
    path = board.measured.folder / TEXTS
    path.write_bytes(path.read_bytes()[:-9])
    assert NORMAL not in scoreboard_texts.sample_texts(path.parent, 2).written


def test_a_damaged_file_of_texts_is_said_in_a_sentence(board: Board) -> None:
    path = board.measured.folder / TEXTS
    path.write_text("nothing\n", encoding="utf-8")
    with pytest.raises(EvaluationError, match="damaged"):
        scoreboard_texts.samples(path.parent)
    path.unlink()
    assert scoreboard_texts.samples(path.parent) == 0


def test_every_evaluation_that_is_shipped_can_be_read() -> None:
    _found, damaged = evaluations(SHIPPED)
    assert damaged == ()


def test_the_page_opens_without_torch_and_without_a_plotting_library() -> None:
    modules = imported_by("import dashboard.components.scoreboard.view")
    assert not modules & {"torch", "transformers", "matplotlib", "spacy"}
