"""What is done with versions: nothing that cannot be read is written over, and no other model's."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from core.domain.errors import StorageUnavailableError
from core.domain.model_errors import VersionRefusedError
from core.domain.reader import Reader
from core.models import registry, versions
from core.models.versions import ACTIVE, State, folder_of, read_state, write_state
from dashboard.services import model_versions, writer_versions
from dashboard.services.model_versions import kept_versions, set_calibration
from dashboard.services.version_acts import CALIBRATE, to_itself
from dashboard.services.version_history import history
from dashboard.versions import main
from dashboard.workspace import Workspace
from tests.judged_writers import BASE, adapter, base, judge
from tests.ui.test_versions import keep
from tests.unit.evaluation.promotion.test_decision import decision

MODEL = registry.EMBEDDED
LATER = json.dumps({"schema": 2, "active": {MODEL: "ward-1"}, "calibrated": [MODEL], "former": {}})


@pytest.fixture
def active(place: Workspace) -> Path:
    """The file that says what is active: a version of the classifier is."""
    write_state(place.settings.models, State({MODEL: "ward-1"}))
    return place.settings.models / versions.VERSIONS / ACTIVE


ACTS: list[Callable[[Workspace, Reader], object]] = [
    lambda place, reader: writer_versions.make_active(place, "first", reader=reader),
    lambda place, reader: writer_versions.roll_back(place, BASE, reader=reader),
    lambda place, reader: model_versions.make_active(place, "ward-2", reader=reader),
    lambda place, reader: model_versions.roll_back(place, reader=reader),
    lambda place, reader: set_calibration(place, on=True, reader=reader),
]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("content", ["{", LATER])
def test_a_state_that_cannot_be_read_is_not_written_over(
    act: Callable[[Workspace, Reader], object],
    content: str,
    place: Workspace,
    reader: Reader,
    active: Path,
    tmp_path: Path,
) -> None:
    base(place)
    adapter(place, "first", reader)
    assert judge(place, tmp_path / "evaluation", BASE, "first") == 0
    keep("ward-2", decision())
    active.write_text(content, encoding="utf-8")
    with pytest.raises(VersionRefusedError, match="damaged, or of a later program"):
        act(place, reader)
    assert active.read_text(encoding="utf-8") == content and history(place) == ()


@pytest.mark.parametrize("model", [MODEL, BASE])
def test_going_back_to_the_model_itself_keeps_the_file_that_could_not_be_read(
    model: str, place: Workspace, reader: Reader, active: Path
) -> None:
    for number in (1, 2):
        active.write_text(LATER, encoding="utf-8")
        to_itself(place, model, reader=reader)
        assert active.with_name(f"{ACTIVE}.{number}").read_text(encoding="utf-8") == LATER
    assert read_state(place.settings.models) == State({}), "there is no way back to nothing"
    assert [act.act for act in history(place)] == ["to_itself", "to_itself"]


def test_going_back_from_a_file_that_is_whole_leaves_the_others(
    place: Workspace, reader: Reader, active: Path
) -> None:
    to_itself(place, BASE, reader=reader)
    assert read_state(place.settings.models) == State({MODEL: "ward-1"})
    to_itself(place, MODEL, reader=reader)
    assert read_state(place.settings.models) == State({MODEL: "ward-1"}).promoted(MODEL, "")
    assert not active.with_name(f"{ACTIVE}.1").exists()


def test_what_cannot_even_be_copied_stays(place: Workspace, reader: Reader, active: Path) -> None:
    active.unlink()
    active.mkdir()
    with pytest.raises(StorageUnavailableError):
        to_itself(place, MODEL, reader=reader)
    assert active.is_dir() and history(place) == ()


def test_a_note_needs_no_state(place: Workspace, reader: Reader, active: Path) -> None:
    active.write_text("{", encoding="utf-8")
    model_versions.note(place, MODEL, CALIBRATE, reader=reader)
    assert history(place)[0].act == CALIBRATE and active.read_text(encoding="utf-8") == "{"


def test_the_classifier_rolls_back_over_what_cannot_read_any_more(
    place: Workspace, reader: Reader
) -> None:
    state = State({})
    for name in ("ward-1", "ward-2", "ward-3"):
        keep(name, None)
        state = state.promoted(MODEL, name)
    write_state(place.settings.models, state)
    for name in ("ward-2", "ward-3"):
        shutil.rmtree(folder_of(place.settings.models, name))
    assert kept_versions(place).back_to == "ward-1" and kept_versions(place).fallen
    model_versions.roll_back(place, reader=reader)
    assert registry.entry(MODEL).version == "ward-1"
    model_versions.roll_back(place, reader=reader)
    with pytest.raises(VersionRefusedError, match="the model itself is active"):
        model_versions.roll_back(place, reader=reader)


@pytest.mark.parametrize("step", [["roll-back"], ["shipped"], ["promote", "ward-1"]])
def test_a_model_without_versions_is_not_taken_for_another(
    step: list[str], place: Workspace, active: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    keep("ward-1", decision())
    before = active.read_text(encoding="utf-8")
    for model in (registry.FAKE, "nobody"):
        assert main([*step, "--model", model]) == 1
        assert "no model of this name has versions" in caplog.text
    assert active.read_text(encoding="utf-8") == before
    assert main(["roll-back", "--model", MODEL]) == 0
    assert read_state(place.settings.models).active == {MODEL: ""}
