"""The measurement of fine-tuning on a GPU goes the whole way on tiny shapes, on a CPU."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from benchmarks import lora_gpu

pytestmark = pytest.mark.slow


def test_tiny_shapes_go_the_same_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "lora_gpu.json"
    assert lora_gpu.main(["--tiny", "--steps", "4", "--out", str(out)]) == 0
    document = json.loads(out.read_text())
    (row,) = document["rows"]
    assert document["tiny"] and not row["error"] and row["steps"] == 2
    assert row["seconds_per_step"] > 0 and row["tokens_per_second"] > 0
    assert row["peak_memory_bytes"] > 0 and row["trained"] > 0
    assert "qwen2_vl" in capsys.readouterr().out


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU here")
def test_without_a_gpu_it_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "lora_gpu.json"
    assert lora_gpu.main(["--out", str(out)]) == 1
    assert "finds none here" in capsys.readouterr().err and not out.exists()
