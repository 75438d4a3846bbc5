"""Adapters whose files, or those of the model beneath, nobody has read yet."""

from __future__ import annotations

from pathlib import Path

import portalocker
import pytest

from core.domain.model_errors import VersionRefusedError
from core.domain.reader import Reader
from core.models import versions, writers_in_force
from core.models.language import digests
from core.models.language.digests import KEPT
from dashboard.services.version_acts import LOCK
from dashboard.services.version_rule import UNREAD
from dashboard.services.writer_versions import make_active, versions_of
from dashboard.workspace import Workspace
from tests.judged_writers import BASE, adapter, base, judge


@pytest.fixture
def folders(place: Workspace, reader: Reader) -> dict[str, Path]:
    """A model with an adapter."""
    return {"base": base(place), "first": adapter(place, "first", reader)}


def test_files_that_nobody_read_are_read_before_one_is_made_active(
    place: Workspace, reader: Reader, folders: dict[str, Path], tmp_path: Path
) -> None:
    assert judge(place, tmp_path / "evaluation", BASE, "first") == 0
    for folder in folders.values():
        (folder / KEPT).unlink(missing_ok=True)
    assert versions_of(place, BASE).kept[0].against == UNREAD
    make_active(place, "first", reader=reader)
    assert versions_of(place, BASE).in_force.startswith("first@")


def test_a_model_whose_folder_takes_no_file_can_have_active_versions(
    place: Workspace,
    reader: Reader,
    folders: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert judge(place, tmp_path / "evaluation", BASE, "first") == 0
    (folders["base"] / KEPT).unlink()
    monkeypatch.setattr(digests, "keep", lambda *_what: None)
    lock, read = place.settings.models / versions.VERSIONS / LOCK, writers_in_force.folder_digest

    def free(folder: Path) -> digests.FolderDigest:
        with portalocker.Lock(lock, "ab", timeout=0):
            return read(folder)

    monkeypatch.setattr(writers_in_force, "folder_digest", free)
    kept = next(each for each in versions_of(place, BASE).kept if each.version.name == "first")
    assert kept.against == UNREAD and kept.may_be_tried
    make_active(place, "first", reader=reader)
    kept = next(each for each in versions_of(place, BASE).kept if each.version.name == "first")
    assert kept.active and not kept.may_be_tried and kept.against == "it is what writes now"


def test_what_was_made_active_meanwhile_stays(
    place: Workspace,
    reader: Reader,
    folders: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert judge(place, tmp_path / "evaluation", BASE, "first") == 0
    read = writers_in_force.writing

    def meanwhile(*arguments: object, **how: bool) -> writers_in_force.Writing:
        found = read(*arguments, **how)  # type: ignore[arg-type]
        versions.write_state(place.settings.models, versions.State({BASE: "second@x"}))
        return found

    monkeypatch.setattr(writers_in_force, "writing", meanwhile)
    with pytest.raises(VersionRefusedError, match="made active meanwhile"):
        make_active(place, "first", reader=reader)
    assert versions.read_state(place.settings.models).active == {BASE: "second@x"}
