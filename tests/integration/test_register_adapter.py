"""A finished run becomes an entry of the shelf, and is taken back."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from core.domain.model_errors import CheckpointRefusedError
from core.domain.reader import Reader
from core.domain.training_errors import RunError
from core.models import versions
from core.models.language.catalogue import read_catalogue
from core.models.language.precision import Memory
from core.models.language.shelf import Shelf
from core.models.language.standing import State
from dashboard.services.fetch_model import name_folder, shelf
from dashboard.services.register_adapter import register_run, registered_as, take_back
from dashboard.services.training_runs import training_run
from dashboard.workspace import Workspace
from tests.checkpoints import write_checkpoint
from tests.run_folders import write_adapter_of, write_run

PLENTY = Memory(64 * 10**9)


@pytest.fixture
def base(place: Workspace) -> Path:
    return write_checkpoint(place.settings.models / "qwen2-vl-2b")


@pytest.fixture
def finished(place: Workspace, base: Path) -> Path:
    folder = write_run(place.settings.runs / "first")
    write_adapter_of(folder, base)
    return folder


def registered(place: Workspace, name: str) -> str:
    run = training_run(place, name).run
    return registered_as(place, run) if run is not None else ""


def test_a_finished_adapter_can_draft_at_once_and_is_taken_back(
    place: Workspace, finished: Path, reader: Reader
) -> None:
    assert registered(place, "first") == ""
    name = register_run(place, "first", reader=reader)
    assert name == registered(place, "first") == "first"
    assert register_run(place, "first", reader=reader) == name
    models = shelf(place)
    standing = models.standing(models.source(name), PLENTY)
    assert standing.state is State.READY and standing.source.adapter_of == "qwen2-vl-2b"
    assert models.open(name).adapter is not None
    take_back(place, "first", reader=reader)
    assert registered(place, "first") == ""
    assert (finished / "adapter" / "adapter_model.safetensors").is_file()
    take_back(place, "first", reader=reader)


def test_the_entry_moves_with_the_home_folder(
    place: Workspace, finished: Path, reader: Reader, tmp_path: Path
) -> None:
    name = register_run(place, "first", reader=reader)
    moved = place.settings.home.rename(tmp_path / "moved")
    models = Shelf(moved / "models")
    assert models.folder_of(models.source(name)).resolve() == moved / "runs" / "first" / "adapter"


def test_a_name_that_is_taken_gets_a_number(place: Workspace, base: Path, reader: Reader) -> None:
    write_adapter_of(write_run(place.settings.runs / "qwen2-vl-2b"), base)
    assert register_run(place, "qwen2-vl-2b", reader=reader) == "qwen2-vl-2b-2"


@pytest.mark.parametrize("name", ['quo"te\\back', "Ünïcode கட்டி", "del\x7fete", "[model]", "e 1 #"])
def test_any_name_of_a_folder_makes_one_entry(
    place: Workspace, base: Path, reader: Reader, name: str
) -> None:
    write_adapter_of(write_run(place.settings.runs / name), base)
    if not name.isprintable():
        with pytest.raises(RunError, match="cannot be written down"):
            register_run(place, name, reader=reader)
        return
    model = register_run(place, name, reader=reader)
    found = read_catalogue(place.settings.models)
    assert not found.problems
    document = tomllib.loads((place.settings.models / f"{model}.toml").read_text("utf-8"))
    assert len(document["model"]) == 1
    assert registered(place, name) == model


def test_a_base_by_its_folder_is_found_on_the_shelf(
    place: Workspace, reader: Reader, tmp_path: Path
) -> None:
    elsewhere = write_checkpoint(tmp_path / "elsewhere")
    folder = write_run(place.settings.runs / "first", model="elsewhere")
    write_adapter_of(folder, elsewhere)
    with pytest.raises(RunError, match="elsewhere, is not on the shelf"):
        register_run(place, "first", reader=reader)
    name_folder(place, "qwen2-vl-2b", str(elsewhere), reader=reader)
    register_run(place, "first", reader=reader)
    assert shelf(place).source("first").adapter_of == "qwen2-vl-2b"


def test_what_is_not_finished_or_not_whole_is_refused(
    place: Workspace, base: Path, reader: Reader
) -> None:
    write_run(place.settings.runs / "failed", "failed")
    with pytest.raises(RunError, match="only a finished run"):
        register_run(place, "failed", reader=reader)
    write_run(place.settings.runs / "bare")
    with pytest.raises(CheckpointRefusedError):
        register_run(place, "bare", reader=reader)
    with pytest.raises(RunError, match="no run of this name"):
        register_run(place, "../models", reader=reader)
    assert not list(place.settings.models.glob("*.toml"))


def test_a_whole_model_is_registered_by_its_architecture(place: Workspace, reader: Reader) -> None:
    folder = write_run(place.settings.runs / "writer", recipe={"method": "full"})
    write_checkpoint(folder / "model", "VisionEncoderDecoderModel")
    register_run(place, "writer", reader=reader)
    assert shelf(place).source("writer").kind == "encoder_decoder"
    other = write_run(place.settings.runs / "other", recipe={"method": "full"})
    write_checkpoint(other / "model", "SomethingElse")
    with pytest.raises(RunError, match="no adapter of this program serves"):
        register_run(place, "other", reader=reader)


def test_a_persons_own_file_is_not_taken_away(
    place: Workspace, finished: Path, reader: Reader
) -> None:
    entry = (
        '[[model]]\nname = "mine"\ntitle = "Mine"\nkind = "chat"\nadapter_of = "qwen2-vl-2b"\n'
        'folder = "../runs/first/adapter"\n'
    )
    own = place.settings.models / "mine.toml"
    own.write_text(entry, encoding="utf-8")
    assert registered(place, "first") == "mine"
    with pytest.raises(RunError, match="a person wrote"):
        take_back(place, "first", reader=reader)
    assert own.is_file()


def test_a_version_that_is_active_or_on_the_way_back_is_not_taken_back(
    place: Workspace, finished: Path, reader: Reader
) -> None:
    register_run(place, "first", reader=reader)
    pinned = f"first@{shelf(place).open('first').digest}"
    state = versions.State({}).promoted("qwen2-vl-2b", pinned)
    for kept in (state, state.promoted("qwen2-vl-2b", "")):
        versions.write_state(place.settings.models, kept)
        with pytest.raises(RunError, match="active version of qwen2-vl-2b, or on its way back"):
            take_back(place, "first", reader=reader)
        assert registered(place, "first") == "first"
    versions.write_state(place.settings.models, state.rolled_back("qwen2-vl-2b"))
    take_back(place, "first", reader=reader)
    assert registered(place, "first") == ""
