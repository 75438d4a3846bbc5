"""Histories of runs as one table for a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, fields

from core.training.finetuning.runs import Run, Step
from dashboard.services.corpus_export import as_csv


def histories_csv(runs: Sequence[Run]) -> bytes:
    """Return every logged step of some runs; names are cells that no spreadsheet runs."""
    heads = ["run", "model", "corpus", *(field.name for field in fields(Step))]
    rows = [
        (run.name, str(run.model.get("name", "")), str(run.corpus.get("name", "")), *astuple(step))
        for run in runs
        for step in run.history
    ]
    return as_csv(heads, rows)
