"""The two other parts of the Training runs page: counted parameters, and figures of a GPU."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.training.finetuning.parameters import Counted, shapes
from core.training.finetuning.runs import Parameters
from dashboard.components.training import counted, on_gpu
from dashboard.services import training_runs_counts
from dashboard.services.training_runs_gpu import OnGpu, measured_on_gpu
from tests.ui.conftest import words

ROW: dict[str, Any] = {
    "model": "made-up-model",
    "backend": "peft",
    "error": "",
    "steps": 10,
    "seconds_per_step": 2.5,
    "tokens_per_second": 812.4,
    "peak_memory_bytes": 9_000_000_000,
    "card_bytes": 13_000_000_000,
    "fits_12_gb": False,
}


def opened(app: AppTest, part: str) -> AppTest:
    app.run()
    app.query_params["part"] = part
    app.switch_page("../pages/training_runs.py")
    app.run()
    assert not app.exception
    return app


def written(path: Path, gpu: str = "A made-up card", **changed: Any) -> Path:
    document = {
        "made": "2026-11-20T09:00:00+00:00",
        "command": "python -m benchmarks.lora_gpu",
        "tiny": False,
        "machine": {"gpu": gpu},
        "recipe": {"name": "original"},
        "rows": [ROW, {"model": "b", "backend": "unsloth", "error": "<b>memory ran out"}],
    }
    path.write_text(json.dumps(document | changed), encoding="utf-8")
    return path


def test_no_figure_of_a_gpu_is_made_up(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_gpu, "measured_on_gpu", lambda: None)
    app = opened(app, "gpu")
    assert "was not measured on a GPU" in words(app)
    assert "benchmarks.lora_gpu" in app.code[0].value


def test_figures_of_a_gpu_say_on_what_they_were_measured(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = measured_on_gpu(written(tmp_path / "gpu.json"))
    monkeypatch.setattr(on_gpu, "measured_on_gpu", lambda: found)
    said = words(opened(app, "gpu"))
    for part in ("A made-up card", "2.50", "812", "9.0 GB", "13.0 GB", "&lt;b&gt;memory ran out"):
        assert part in said, part
    assert "<b>memory" not in said


@pytest.mark.parametrize("changed", [{"tiny": True}, {"machine": {"gpu": ""}}, {"rows": [{}]}])
def test_a_file_of_no_gpu_is_none(tmp_path: Path, changed: dict[str, Any]) -> None:
    assert isinstance(measured_on_gpu(written(tmp_path / "whole.json")), OnGpu)
    assert measured_on_gpu(written(tmp_path / "gpu.json", **changed)) is None
    assert measured_on_gpu(tmp_path / "absent.json") is None
    (tmp_path / "broken.json").write_text("[" * 100_000, encoding="utf-8")
    assert measured_on_gpu(tmp_path / "broken.json") is None


def test_counts_stand_beside_what_was_claimed(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def count() -> None:
        made[:] = [
            Counted(shape, Parameters(50_000_000, 10_000_000_000), 9_950_000_000, 280)
            for shape in shapes()
        ]

    made: list[Counted] = []
    monkeypatch.setattr(training_runs_counts, "_counted", made)
    monkeypatch.setattr(counted, "count_shapes", count)
    app = opened(app, "parameters")
    before = words(app)
    assert "52.4 M" in before and "0.48 %" in before and "50,000,000" not in before
    app.button(key="training_count").click().run()
    said = words(app)
    for part in ("50,000,000", "0.5000 %", "52.4 M", "0.48 %", "0.4545 %", "claims"):
        assert part in said, part


@pytest.mark.slow
def test_the_three_models_are_counted_in_a_process_of_their_own() -> None:
    training_runs_counts.count_shapes()
    found = [each.counted for each in training_runs_counts.claims_and_counts()]
    assert len(found) == 3
    assert all(each is not None and 0 < each.parameters.share < 0.02 for each in found)
