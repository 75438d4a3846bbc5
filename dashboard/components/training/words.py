"""How a run is told: its state as a word with a shape, its numbers with units."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from statistics import median
from typing import Any

from core.domain.errors import N_
from core.models.language.precision import gigabytes
from core.training.finetuning.runs import Parameters, Run, Step
from dashboard.components.models.figures import NOTHING, decimal
from dashboard.language import filled
from dashboard.language import translate as _
from dashboard.services.training_runs import Stage, TrainingRun

STAGES = {
    Stage.STARTING: N_("starting"),
    Stage.RUNNING: N_("running"),
    Stage.STOPPING: N_("stops after this step"),
    Stage.DONE: N_("finished"),
    Stage.CANCELLED: N_("cancelled"),
    Stage.FAILED: N_("failed"),
    Stage.INTERRUPTED: N_("interrupted"),
    Stage.NOT_BEGUN: N_("did not begin"),
}
SHAPES = {
    Stage.STARTING: "○",
    Stage.RUNNING: "●",
    Stage.STOPPING: "◐",
    Stage.DONE: "■",
    Stage.CANCELLED: "□",
    Stage.FAILED: "▲",
    Stage.INTERRUPTED: "△",
    Stage.NOT_BEGUN: "▽",
}
"""Beside the word: states are told apart without seeing colour."""
TONES = {
    Stage.STARTING: "live",
    Stage.RUNNING: "live",
    Stage.STOPPING: "warn",
    Stage.DONE: "signed",
    Stage.CANCELLED: "muted",
    Stage.FAILED: "failed",
    Stage.INTERRUPTED: "warn",
    Stage.NOT_BEGUN: "failed",
}
METHODS = {"lora": N_("LoRA"), "full": N_("whole model")}


def stage_words(stage: Stage) -> str:
    return f"{SHAPES[stage]} {_(STAGES[stage])}"


def when(moment: str) -> str:
    """Return a time of the files as this machine's clock has it; as it stands where it is none."""
    try:
        return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return moment[:16] or NOTHING


def number(value: float, digits: int = 2) -> str:
    return decimal(value, digits=digits) if math.isfinite(value) else NOTHING


def loss_words(history: tuple[Step, ...]) -> str:
    """The loss of the first and of the last logged step."""
    if not history:
        return NOTHING
    if len(history) == 1:
        return number(history[0].loss)
    return f"{number(history[0].loss)} → {number(history[-1].loss)}"


def middle(values: Iterable[float | None], digits: int = 1) -> str:
    """The median of what was logged."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    return number(median(known), digits) if known else NOTHING


def peak(history: tuple[Step, ...]) -> str:
    known = [step.memory_bytes for step in history if step.memory_bytes]
    return gigabytes(max(known)) if known else NOTHING


def count(value: int) -> str:
    """A number of parameters: ``18.46 M``, ``10.67 B``, or as it is below a million."""
    if value >= 1_000_000_000:
        return f"{value / 1e9:.2f} B"
    return f"{value / 1e6:.2f} M" if value >= 1_000_000 else f"{value:,}"


def percent(parameters: Parameters) -> str:
    return f"{decimal(100 * parameters.share)} %"


def method_words(run: Run) -> str:
    """Method, recipe and backend of a run in one line."""
    method = str(run.recipe.get("method", "lora"))
    said = [_(METHODS[method]) if method in METHODS else method[:40]]
    if recipe := str(run.recipe.get("name", "")):
        said.append(_("recipe {name}").format(name=recipe[:60]))
    return " · ".join([*said, run.backend[:40]])


def error_words(error: Mapping[str, Any]) -> str:
    """Return how a run ended, in the language of the page; in that of its file where it must be.

    Parameters
    ----------
    error : mapping
        See `core.training.finetuning.runs.Run`; its file may come from elsewhere.
    """
    sentence, remedy = (str(error.get(part, "")) for part in ("message", "remedy"))
    try:
        facts = dict(error["facts"])
        if "template" in facts:
            facts["reason"] = _filled(facts["template"], facts["named"], facts["reason"])
        first, second = error["templates"]
        sentence, remedy = _filled(first, facts, sentence), _filled(second, facts, remedy)
    except (KeyError, ValueError, TypeError, IndexError, AttributeError):
        pass  # as the file says it
    return " ".join(each for each in (sentence, remedy) if each)


def _filled(template: Any, facts: Mapping[str, Any], otherwise: str) -> str:
    """Fill a template of a file; one that the catalogue does not know is not taken for one."""
    known = isinstance(template, str) and _(template) != template
    return filled(template, facts) if known else otherwise


def model_name(row: TrainingRun) -> str:
    """Return what a run trains, by name; of a folder its last part."""
    if row.run is not None:
        return str(row.run.model.get("name", "")) or NOTHING
    asked = row.request.model if row.request else ""
    return asked.replace("\\", "/").rstrip("/").rpartition("/")[2] or NOTHING


def corpus_name(row: TrainingRun) -> str:
    if row.run is not None:
        return str(row.run.corpus.get("name", "")) or NOTHING
    asked = row.request.corpus if row.request else ""
    return asked.replace("\\", "/").rstrip("/").rpartition("/")[2] or NOTHING
