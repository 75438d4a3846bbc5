"""Versions of a model: which one is active, the way back, and what happens to damaged files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.domain.draft import ModelIdentity
from core.domain.errors import ModelUnavailableError
from core.models import registry, versions
from core.models.measured import MEASURED, WEIGHTS, read_measured
from core.models.network import Network
from core.models.registry import Source
from core.models.versions import ACTIVE, State, read_state, standing, write_state
from core.training.run import save_weights
from tests.unit.models.conftest import SHAPE

MODEL = "tiny"


@pytest.fixture
def models(home: Path) -> Path:
    return home / "models"


@pytest.fixture
def kept(models: Path, weights_folder: Path) -> Path:
    """A version of other weights than the shipped ones."""
    folder = models / "versions" / "ward-1"
    folder.mkdir(parents=True)
    digest = save_weights(Network(SHAPE), folder / WEIGHTS)
    document = json.loads((weights_folder / MEASURED).read_text(encoding="utf-8"))
    (folder / MEASURED).write_text(json.dumps({**document, "weights_sha256": digest}))
    return folder


@pytest.fixture
def sources(weights_folder: Path) -> Iterator[tuple[Source, ...]]:
    yield (Source(MODEL, "embedded", weights_folder, "Apache-2.0"),)


def test_without_a_promotion_the_shipped_model_reads(
    models: Path, kept: Path, weights_folder: Path
) -> None:
    stands = standing(models, MODEL, weights_folder)
    assert (stands.folder, stands.version, stands.fallen) == (weights_folder, "", "")
    assert [each.name for each in versions.versions(models)] == [kept.name]


def test_the_active_version_reads(models: Path, kept: Path, sources: tuple[Source, ...]) -> None:
    grey = np.random.default_rng(0).random((90, 70)).astype(np.float32)
    shipped, before = registry.load(MODEL, sources), registry.loaded_from(MODEL, sources)
    write_state(models, State({}).promoted(MODEL, kept.name))
    entry, now = registry.entry(MODEL, sources), registry.load(MODEL, sources)
    assert entry.version == kept.name and entry.digest == now.identity.digest
    assert now.identity.digest != shipped.identity.digest
    assert now.versions == {"model_version": kept.name} and not shipped.versions
    assert registry.loaded_from(MODEL, sources) != before
    assert now.read(grey).scores != shipped.read(grey).scores


def test_a_draft_of_former_weights_finds_their_figures(
    models: Path, kept: Path, sources: tuple[Source, ...], weights_folder: Path
) -> None:
    write_state(models, State({MODEL: kept.name}))
    for folder in (weights_folder, kept):
        digest = read_measured(folder).weights_sha256
        found = registry.measured_of(ModelIdentity(MODEL, digest), sources)
        assert found is not None and found.weights_sha256 == digest
    assert registry.measured_of(ModelIdentity(MODEL, "ab" * 32), sources) is None


def stating(**changes: Any) -> Callable[[Path], object]:
    """A damage of the figures file: other values than it had."""

    def damage(folder: Path) -> None:
        path = folder / MEASURED
        document = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**document, **changes}), encoding="utf-8")

    return damage


def damage_weights(folder: Path) -> None:
    content = bytearray((folder / WEIGHTS).read_bytes())
    content[-1] ^= 1
    (folder / WEIGHTS).write_bytes(bytes(content))


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (damage_weights, "not the ones that were measured"),
        (lambda folder: (folder / WEIGHTS).unlink(), "weights file is missing"),
        (lambda folder: (folder / MEASURED).write_text("{"), "figures file is damaged"),
        (lambda folder: (folder / MEASURED).write_bytes(b"\xff\xfe"), "figures file is damaged"),
        (lambda folder: (folder / MEASURED).write_text("[" * 100_000), "figures file is damaged"),
        (stating(findings=[]), "figures file is damaged"),
        (stating(name=["tiny"]), "figures file is damaged"),
        (stating(weights_sha256=7), "figures file is damaged"),
        (stating(findings={"nodule": []}), "figures file is damaged"),
        (stating(made=["today"]), "figures file is damaged"),
        (stating(relearned="yes"), "figures file is damaged"),
        (stating(split={"train": {"ledger": 3}}), "figures file is damaged"),
        (stating(localisation=[]), "figures file is damaged"),
        (shutil.rmtree, "folder is missing"),
    ],
)
def test_a_damaged_version_gives_way_and_says_so(
    damage, reason: str, models: Path, kept: Path, sources: tuple[Source, ...]
) -> None:
    write_state(models, State({MODEL: kept.name}))
    damage(kept)
    entry = registry.entry(MODEL, sources)
    assert reason in entry.fallen and entry.version == "" and entry.state == "ready"
    assert registry.load(MODEL, sources).identity.digest == entry.digest
    assert not registry.load(MODEL, sources).versions


@pytest.mark.parametrize("content", ["{", "[]", '{"schema": 9}', '{"schema": 1, "active": 3}'])
def test_a_damaged_state_gives_way_and_says_so(
    content: str, models: Path, kept: Path, sources: tuple[Source, ...]
) -> None:
    (kept.parent / ACTIVE).write_text(content, encoding="utf-8")
    with pytest.raises(ModelUnavailableError):
        read_state(models)
    assert "active is damaged" in registry.entry(MODEL, sources).fallen


@pytest.mark.parametrize("name", ["../tiny", "..", "/etc", "A", ""])
def test_a_name_leads_nowhere_else(
    name: str, models: Path, kept: Path, weights_folder: Path
) -> None:
    write_state(models, State({MODEL: name}))
    assert standing(models, MODEL, weights_folder).folder == weights_folder


def test_the_way_back_is_the_way_there() -> None:
    state = State({}).promoted(MODEL, "ward-1").promoted(MODEL, "ward-2")
    assert state.active[MODEL] == "ward-2"
    back = state.rolled_back(MODEL)
    assert back.active[MODEL] == "ward-1"
    assert back.rolled_back(MODEL).active[MODEL] == ""
    assert back.rolled_back(MODEL).rolled_back(MODEL).active[MODEL] == ""


def test_the_state_is_read_back(models: Path) -> None:
    state = State({MODEL: "a"}, frozenset({MODEL}), {MODEL: ("", "b")})
    write_state(models, state)
    assert read_state(models) == state
