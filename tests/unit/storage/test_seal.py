"""The head file between threads and processes."""

from __future__ import annotations

import multiprocessing
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from storage.seal import Head, Seal


def advance_all(folder: Path, seed: int) -> int:
    """Advance to many heads in a disorder; returns how often a head was seen to go back."""
    seal, back, newest = Seal(folder), 0, 0
    order = list(range(1, 201))
    random.Random(seed).shuffle(order)
    for sequence in order:
        seal.advance(Head(sequence, f"{sequence:064x}"))
        seen = seal.head().sequence
        back += seen < max(newest, sequence)
        newest = max(newest, seen)
    return back


def test_the_head_never_goes_back_between_threads_and_processes(tmp_path: Path) -> None:
    folder = tmp_path / "chain"
    Seal(folder).create()
    with (
        multiprocessing.get_context("spawn").Pool(2) as processes,
        ThreadPoolExecutor(2) as threads,
    ):
        others = processes.starmap_async(advance_all, [(folder, 1), (folder, 2)])
        ours = [threads.submit(advance_all, folder, seed) for seed in (3, 4)]
        assert [future.result() for future in ours] == [0, 0]
        assert others.get(60) == [0, 0]
    assert Seal(folder).head() == Head(200, f"{200:064x}")
    assert sorted(path.name for path in folder.iterdir()) == ["head.json", "key", "lock"]
