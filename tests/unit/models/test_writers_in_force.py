"""What writes under the name of a model, told from its files and the state alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.models.language.shelf import Shelf
from core.models.versions import State, write_state
from core.models.writers_in_force import name_of, version_of, writing
from tests.checkpoints import write_adapter, write_checkpoint

BASE, OTHER = "qwen2-vl-2b", "qwen2.5-vl-7b"


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A model with an adapter whose entry stands in a user's own file."""
    folder = write_checkpoint(tmp_path / BASE)
    write_adapter(tmp_path / "ours", base=str(folder))
    (tmp_path / "ours.toml").write_text(
        f'[[model]]\nname = "ours"\ntitle = "Ours"\nkind = "chat"\nadapter_of = "{BASE}"\n'
        'folder = "ours"\n',
        encoding="utf-8",
    )
    return tmp_path


def active(models: Path, *way: str) -> None:
    """Make one after the other active."""
    state = State({})
    for pinned in way:
        state = state.promoted(BASE, pinned)
    write_state(models, state)


def test_a_model_without_versions_writes_itself(models: Path) -> None:
    now = writing(models, Shelf(models), BASE)
    assert (now.entry, now.version, now.fallen, now.digest) == (BASE, "", "", "")
    assert writing(models, Shelf(models), BASE, whole=True).digest
    assert writing(models, Shelf(models), "nobody").entry == "nobody"


def test_an_adapter_of_anybodys_own_can_be_active(models: Path) -> None:
    digest = Shelf(models).open("ours").digest
    active(models, f"ours@{digest}")
    now = writing(models, Shelf(models), BASE)
    assert (now.entry, name_of(now.version), now.digest, now.fallen) == ("ours", "ours", digest, "")


@pytest.mark.parametrize("pinned", ["ours", "@", f"ours@{'a' * 64}", "../ours@x", f"{BASE}@x"])
def test_what_the_state_names_wrongly_does_not_write(models: Path, pinned: str) -> None:
    Shelf(models).open("ours")
    active(models, pinned)
    now = writing(models, Shelf(models), BASE)
    assert now.entry == BASE and not now.version and now.fallen


def test_a_version_of_another_model_does_not_write(models: Path) -> None:
    digest = Shelf(models).open("ours").digest
    found = version_of(Shelf(models), OTHER, f"ours@{digest}")
    assert found.reason == "it is a version of another model"


def test_the_model_itself_between_two_versions_is_not_passed_over(models: Path) -> None:
    digest = Shelf(models).open("ours").digest
    active(models, f"ours@{digest}", "", "gone@x")
    now = writing(models, Shelf(models), BASE)
    assert now.entry == BASE and now.fallen == "it is not registered any more"
