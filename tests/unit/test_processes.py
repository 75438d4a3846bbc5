"""The most memory that a process held."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from core import processes
from core.processes import (
    forget_peak_memory,
    peak_gpu_memory_bytes,
    peak_memory_bytes,
    without_collections,
)

MEBIBYTE = 2**20


@pytest.mark.skipif(sys.platform != "linux", reason="the system keeps no such count")
def test_a_peak_is_counted_anew() -> None:
    forget_peak_memory()
    before = peak_memory_bytes()
    held = np.ones(64 * MEBIBYTE, np.uint8)
    while_held = peak_memory_bytes()
    assert before and while_held and while_held - before >= held.nbytes // 2
    del held
    assert (peak_memory_bytes() or 0) >= while_held - MEBIBYTE
    assert forget_peak_memory()
    assert (peak_memory_bytes() or 0) < while_held - 32 * MEBIBYTE


def test_a_count_that_goes_on_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(processes, "_CLEAR", tmp_path / "none" / "clear_refs")
    assert not forget_peak_memory()


def test_memory_of_a_gpu_is_known_where_torch_can_use_one(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = [5]
    card = SimpleNamespace(
        is_available=lambda: True,
        reset_peak_memory_stats=counts.clear,
        max_memory_allocated=lambda: sum(counts) + 7,
    )
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=card))
    assert peak_gpu_memory_bytes() == 12
    forget_peak_memory()
    assert peak_gpu_memory_bytes() == 7
    monkeypatch.delitem(sys.modules, "torch")
    assert peak_gpu_memory_bytes() is None


def test_collections_rest_and_come_back_even_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), without_collections():
        assert not gc.isenabled()
        1 / 0  # noqa: B018
    assert gc.isenabled()


def test_collections_that_were_off_stay_off() -> None:
    gc.disable()
    try:
        with without_collections():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
