"""The history of versions: in order, whole after a cut-off line, and never empty for its size."""

from __future__ import annotations

import portalocker
import pytest

from core.domain.errors import StorageUnavailableError
from core.domain.reader import Reader
from core.models import registry, versions
from dashboard.services import version_acts, version_history
from dashboard.services.model_versions import note
from dashboard.services.version_acts import CALIBRATE, LOCK, to_itself
from dashboard.services.version_history import HISTORY, history
from dashboard.workspace import Workspace

MODEL = registry.EMBEDDED


def test_a_line_that_was_cut_off_takes_no_other_with_it(place: Workspace, reader: Reader) -> None:
    note(place, MODEL, CALIBRATE, reader=reader)
    path = place.settings.models / versions.VERSIONS / HISTORY
    path.write_bytes(path.read_bytes() + b'{"at": "2026-')
    to_itself(place, MODEL, reader=reader)
    assert [each.act for each in history(place)] == ["to_itself", CALIBRATE]


def test_a_long_history_shows_its_newest_acts(
    place: Workspace, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _turn in range(6):
        note(place, MODEL, CALIBRATE, reader=reader)
    to_itself(place, MODEL, reader=reader)
    monkeypatch.setattr(version_history, "MOST_HISTORY", 500)
    acts = [each.act for each in history(place)]
    assert acts[0] == "to_itself" and 1 < len(acts) < 7


def test_what_was_not_made_active_is_not_told(
    place: Workspace, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: object) -> None:
        raise OSError(28, "no space")

    monkeypatch.setattr(versions, "write_state", full)
    with pytest.raises(StorageUnavailableError):
        to_itself(place, MODEL, reader=reader)
    assert history(place) == ()


def test_another_change_is_waited_for_and_told_in_one_sentence(
    place: Workspace, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(version_acts, "LONGEST_WAIT", 0.1)
    folder = place.settings.models / versions.VERSIONS
    folder.mkdir(parents=True)
    with (
        portalocker.Lock(folder / LOCK, "ab"),
        pytest.raises(StorageUnavailableError, match="another change"),
    ):
        to_itself(place, MODEL, reader=reader)
    to_itself(place, MODEL, reader=reader)
