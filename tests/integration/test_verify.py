"""A check of everything beside a working server: it holds no transaction while it hashes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.domain.errors import StorageUnavailableError
from core.domain.reader import Reader
from dashboard.services import verify_chain as chains
from dashboard.services.addendum import add_addendum
from dashboard.services.verify_chain import verify_chain
from dashboard.services.verify_store import verify_store
from dashboard.workspace import Workspace
from storage.blobs import BlobStore
from tests.integration.test_report_life_cycle import write_and_sign


@pytest.fixture
def signed(either: Workspace, reader: Reader, drafted: Callable[..., int]) -> Workspace:
    """Three signed versions: a report with two addenda."""
    study_id = drafted()
    write_and_sign(either, study_id, reader)
    for note in ("First.", "Second."):
        add_addendum(either, study_id, note, reader=reader)
    return either


@pytest.mark.parametrize("verify", [verify_store, verify_chain])
def test_no_transaction_is_open_while_films_are_hashed(
    signed: Workspace, monkeypatch: pytest.MonkeyPatch, verify: Callable[[Workspace], object]
) -> None:
    sound, held = BlobStore.sound, []

    def watched(blobs: BlobStore, digest: str) -> bool:
        held.append(signed.engine.pool.checkedout())  # type: ignore[attr-defined]
        return sound(blobs, digest)

    monkeypatch.setattr(BlobStore, "sound", watched)
    verify(signed)
    assert held and not any(held)


@pytest.mark.parametrize("batch", [1, 2, 3, 4])
def test_the_chain_is_whole_in_batches_of_any_size(
    signed: Workspace, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(chains, "_BATCH", batch)
    assert verify_chain(signed) == 3


def test_a_head_that_cannot_be_read_is_said(signed: Workspace) -> None:
    head = signed.seal.folder / "head.json"
    head.unlink()
    head.mkdir()
    with pytest.raises(StorageUnavailableError, match="is a directory"):
        verify_chain(signed)
