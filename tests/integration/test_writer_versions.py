"""Versions of a model that writes: by the same rule as the classifier's, on real files."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import pytest

from core.domain.model_errors import VersionRefusedError
from core.domain.reader import Reader
from core.evaluation.promotion.decision import of_writer
from core.models import registry, versions
from core.models.language.checkpoint import Checkpoint
from core.models.language.precision import Memory
from dashboard.services import writer_versions, writers
from dashboard.services.fetch_model import shelf
from dashboard.services.version_acts import to_itself
from dashboard.services.version_history import history
from dashboard.services.writer_versions import make_active, roll_back, versions_of
from dashboard.versions import main
from dashboard.workspace import Workspace
from tests.checkpoints import change_json
from tests.judged_writers import BASE, FEW, adapter, base, forgetful, judge


@pytest.fixture
def folders(place: Workspace, reader: Reader) -> dict[str, Path]:
    """A model with two adapters."""
    return {"base": base(place)} | {
        name: adapter(place, name, reader) for name in ("first", "second")
    }


def writes(place: Workspace) -> tuple[str, str]:
    """The name of what writes now, and why another one does not."""
    found = versions_of(place, BASE)
    return found.in_force.rpartition("@")[0], found.fallen


def against(place: Workspace, name: str) -> str:
    """Why a version cannot be made active."""
    kept = versions_of(place, BASE).kept
    return next(each.against for each in kept if each.version.name == name)


def chain(place: Workspace, reader: Reader, tmp_path: Path) -> None:
    """The model itself, then the first adapter, then the second."""
    for number, (old, new) in enumerate([(BASE, "first"), ("first", "second")]):
        assert judge(place, tmp_path / str(number), old, new) == 0
        make_active(place, new, reader=reader)


def test_what_was_accepted_writes_and_one_step_leads_back(
    place: Workspace, reader: Reader, folders: dict[str, Path], tmp_path: Path
) -> None:
    before, asked = writers.loaded_from(place, BASE), writers.written_by(place, BASE)
    assert judge(place, tmp_path / "evaluation", BASE, "first") == 0
    make_active(place, "first", reader=reader)
    digest = shelf(place).open("first").digest
    assert writes(place) == ("first", "") and versions_of(place, BASE).digest == digest
    assert writers.loaded_from(place, BASE) != before, "the worker must load it"
    assert writers.written_by(place, BASE) != asked, "what was drafted is drafted anew"
    [act] = history(place)
    assert (act.reader, act.act, act.model) == (reader.name, "promote", BASE)
    assert (act.before, act.after, act.tries) == ("", f"first@{digest}", 1)
    assert len(act.decision) == 64
    roll_back(place, BASE, reader=reader)
    assert writes(place) == ("", "") and writers.loaded_from(place, BASE) == before
    assert [each.act for each in history(place)] == ["roll_back", "promote"]
    with pytest.raises(VersionRefusedError, match="the model itself is active"):
        roll_back(place, BASE, reader=reader)


def test_only_an_accepting_decision_of_these_very_two_makes_active(
    place: Workspace, reader: Reader, folders: dict[str, Path], tmp_path: Path
) -> None:
    # The digest of the model is read by whoever loads it first; until then nothing is judged.
    assert "not read yet" in against(place, "first")
    shelf(place).open(BASE)
    assert against(place, "first") == "it was not compared with the active version"
    assert judge(place, tmp_path / "few", BASE, "first", samples=FEW) == 1
    with pytest.raises(VersionRefusedError, match="frozen patients do not exclude"):
        make_active(place, "first", reader=reader)
    assert judge(place, tmp_path / "worse", BASE, "first", forgetful) == 1
    with pytest.raises(VersionRefusedError, match="lost on a critical finding"):
        make_active(place, "first", reader=reader)
    assert judge(place, tmp_path / "other", "second", "first") == 0
    with pytest.raises(VersionRefusedError, match="another version than the active one"):
        make_active(place, "first", reader=reader)
    assert judge(place, tmp_path / "fair", BASE, "first") == 0
    make_active(place, "first", reader=reader)
    assert history(place)[0].tries == 4, "every try stays"
    for name, why in (("nobody", "no adapter of this name"), (BASE, "no adapter of this name")):
        with pytest.raises(VersionRefusedError, match=why):
            make_active(place, name, reader=reader)


def test_a_version_that_is_gone_gives_way_to_the_one_before_it(
    place: Workspace, reader: Reader, folders: dict[str, Path], tmp_path: Path
) -> None:
    chain(place, reader, tmp_path)
    before = writers.loaded_from(place, BASE)
    shutil.rmtree(folders["second"])
    assert writes(place) == ("first", "its folder is missing")
    assert against(place, "second") == "its folder is missing"
    decided = {each.version.name: each.decision for each in versions_of(place, BASE).kept}
    assert decided["second"] is not None, "what was decided of it stays"
    assert writers.loaded_from(place, BASE) != before, "the worker must load the one before"
    roll_back(place, BASE, reader=reader)
    assert writes(place) == ("first", "") and history(place)[0].after.startswith("first@")


def test_changed_files_are_another_version(
    place: Workspace, reader: Reader, folders: dict[str, Path], tmp_path: Path
) -> None:
    chain(place, reader, tmp_path)
    change_json(folders["first"] / "adapter_config.json", note="changed")
    change_json(folders["second"] / "adapter_config.json", note="changed")
    assert writes(place) == ("second", ""), "believed until somebody reads it"
    for name in ("first", "second"):
        shelf(place).open(name)
    assert writes(place) == ("", "its files are not the ones that were judged")
    roll_back(place, BASE, reader=reader)
    assert writes(place) == ("", ""), "what cannot write is passed over"
    with pytest.raises(VersionRefusedError, match="was not compared"):
        make_active(place, "second", reader=reader)


def test_another_model_beneath_is_another_version(
    place: Workspace, reader: Reader, folders: dict[str, Path], tmp_path: Path
) -> None:
    chain(place, reader, tmp_path)
    change_json(folders["base"] / "config.json", other=True)
    assert writes(place) == ("second", ""), "believed until somebody reads it"
    shelf(place).open(BASE)
    assert writes(place) == ("", "its files are not the ones that were judged")


def test_a_version_that_is_registered_no_more_is_still_told(
    place: Workspace, reader: Reader, folders: dict[str, Path], tmp_path: Path
) -> None:
    chain(place, reader, tmp_path)
    (place.settings.models / "second.toml").unlink()
    found = versions_of(place, BASE)
    assert [(each.version.name, each.active) for each in found.kept] == [
        ("first", False),
        ("second", True),
    ]
    assert writes(place) == ("first", "it is not registered any more")


def test_a_damaged_state_lets_the_model_itself_write(
    place: Workspace, reader: Reader, folders: dict[str, Path], tmp_path: Path
) -> None:
    chain(place, reader, tmp_path)
    (place.settings.models / versions.VERSIONS / versions.ACTIVE).write_text("{", encoding="utf-8")
    assert writes(place) == ("", versions.DAMAGED_STATE)
    to_itself(place, BASE, reader=reader)
    assert writes(place) == ("", "") and history(place)[0].act == "to_itself"


def test_decisions_are_kept_with_the_versions(
    place: Workspace, reader: Reader, folders: dict[str, Path], tmp_path: Path
) -> None:
    assert judge(place, tmp_path / "evaluation", BASE, "first") == 0
    lies = of_writer(place.settings.models, shelf(place).open("first").digest)
    assert [each.name for each in lies.iterdir()] == ["decision-1.json"]
    assert versions.versions(place.settings.models) == (), "none of them is a classifier"
    (lies / "decision-1.json").write_text("{", encoding="utf-8")
    with pytest.raises(VersionRefusedError, match="decision is damaged"):
        make_active(place, "first", reader=reader)


def test_an_adapter_is_asked_what_its_model_is_asked(
    place: Workspace, folders: dict[str, Path]
) -> None:
    assert writers.asked_words(place, "first") == writers.asked_words(place, BASE) != ""


def test_the_worker_finds_files_that_changed_since_they_were_read(
    place: Workspace,
    reader: Reader,
    folders: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chain(place, reader, tmp_path)
    opened: list[tuple[str, Path | None, str]] = []

    def load(checkpoint: Checkpoint, *_how: object) -> str:
        where = checkpoint.adapter and checkpoint.adapter.resolve()
        opened.append((checkpoint.source.name, where, checkpoint.digest))
        return "a writer"

    monkeypatch.setattr("core.models.language.loading.load_drafter", load)
    monkeypatch.setattr(writers, "memory_at_hand", lambda: Memory(64 * 10**9))
    writers.load_writer(place, BASE)
    change_json(folders["base"] / "config.json", other=True)
    writers.load_writer(place, BASE)
    assert [(name, where) for name, where, _digest in opened] == [
        (BASE, folders["second"].resolve()),
        (BASE, None),
    ]
    assert opened[0][2] == history(place)[0].after.rpartition("@")[2]


def test_the_same_steps_from_a_shell(
    place: Workspace,
    reader: Reader,
    folders: dict[str, Path],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    assert main(["promote", "first"]) == 1 and "not compared" in caplog.text
    assert judge(place, tmp_path / "evaluation", BASE, "first") == 0
    assert main(["promote", "first", "--model", "llava-1.6-vicuna-13b"]) == 1
    assert main(["promote", "first"]) == 0 and f"{BASE}: first writes" in caplog.text
    assert writes(place) == ("first", "")
    assert main(["roll-back", "--model", BASE]) == 0 and writes(place) == ("", "")
    assert main(["shipped", "--model", BASE]) == 0 and main(["list"]) == 0
    assert main(["roll-back", "--model", "nobody"]) == 1
    assert "no model of this name has versions" in caplog.text
    assert main(["promote", "first", "--model", registry.EMBEDDED]) == 1
    assert "no version of this name" in caplog.text


def test_no_act_of_a_writer_touches_the_classifier(
    place: Workspace, reader: Reader, folders: dict[str, Path], tmp_path: Path
) -> None:
    before = versions.State({"overread-embedded-3": "ward-1"}, frozenset({"overread-embedded-3"}))
    versions.write_state(place.settings.models, before)
    chain(place, reader, tmp_path)
    roll_back(place, BASE, reader=reader)
    now = versions.read_state(place.settings.models)
    assert now.active["overread-embedded-3"] == "ward-1" and now.calibrated == before.calibrated
    assert writer_versions.writers_with_versions(place) == (BASE,)


def test_a_model_on_a_server_or_without_adapters_has_no_versions(
    place: Workspace, reader: Reader
) -> None:
    base(place)
    (place.settings.models / "served.toml").write_text(
        '[[model]]\nname = "served"\ntitle = "Served"\nkind = "remote"\n', encoding="utf-8"
    )
    assert shelf(place).source("served").kind == "remote"
    assert writer_versions.writers_with_versions(place) == ()
    for name in ("served", BASE, "first"):
        with pytest.raises(VersionRefusedError, match="there is no adapter of this name"):
            make_active(place, name, reader=reader)
        assert main(["roll-back", "--model", name]) == 1
