"""Blobs from one store to another: what is there already is read before it counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.blobs import BlobStore
from storage.shelves import ChangedBlobError, copy_missing


@pytest.fixture
def stores(tmp_path: Path) -> tuple[BlobStore, BlobStore]:
    return BlobStore(tmp_path / "from"), BlobStore(tmp_path / "to")


def test_only_what_is_missing_or_changed_is_copied(stores: tuple[BlobStore, BlobStore]) -> None:
    source, target = stores
    digests = sorted(source.put(content) for content in (b"one", b"two", b"three"))
    assert copy_missing(source, target, digests) == 3
    target.path(digests[0]).write_bytes(b"xxx")
    target.path(digests[1]).unlink()
    assert copy_missing(source, target, digests) == 2
    assert all(target.sound(digest) for digest in digests)
    assert copy_missing(source, target, digests) == 0


def test_a_sound_copy_counts_though_the_source_is_gone(
    stores: tuple[BlobStore, BlobStore],
) -> None:
    source, target = stores
    digest = source.put(b"film")
    copy_missing(source, target, [digest])
    source.path(digest).unlink()
    assert copy_missing(source, target, [digest]) == 0


def test_a_changed_source_never_replaces_a_copy(stores: tuple[BlobStore, BlobStore]) -> None:
    source, target = stores
    digest = source.put(b"film")
    copy_missing(source, target, [digest])
    for store in stores:
        store.path(digest).write_bytes(b"rot.")
    with pytest.raises(ChangedBlobError):
        copy_missing(source, target, [digest])
    assert target.path(digest).read_bytes() == b"rot."
