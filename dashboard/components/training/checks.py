"""What was tried on the finished weights of a run; see `core.training.finetuning.checks`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.domain.errors import N_
from core.training.finetuning.runs import Run
from dashboard.components.models.figures import NOTHING
from dashboard.components.models.table import Cell, Table
from dashboard.language import translate as _

NAMES = {
    "changes_output": N_("the adapter changes what the model says"),
    "reload_exact": N_("read back from its files it is the same"),
    "merged_agrees": N_("merged into the weights it says the same"),
}


def checks_table(run: Run) -> Table:
    """Return each check with its verdict and the numbers behind it."""
    rows: list[list[Cell | str]] = []
    for name in (*NAMES, *(each for each in run.checks if each not in NAMES)):
        label = _(NAMES[name]) if name in NAMES else name
        rows.append([label, *_verdict(run.checks.get(name))])
    heads = [_("check"), _("result"), _("measured")]
    return Table(_("Checks of the finished run"), heads, rows)


def _verdict(found: Any) -> list[Cell | str]:
    if not isinstance(found, Mapping):
        return [Cell(_("not tried"), tone="muted"), NOTHING]
    passed = found.get("passed") is True
    verdict = Cell(
        _("holds") if passed else _("does not hold"), tone="signed" if passed else "warn"
    )
    return [verdict, Cell(_measured(found), str(found.get("sentence", ""))[:200])]


def _measured(found: Mapping[str, Any]) -> str:
    """The largest difference that was seen, and the one that is allowed."""
    difference, tolerance = found.get("difference"), found.get("tolerance")
    if not isinstance(difference, (int, float)):
        return NOTHING
    if not isinstance(tolerance, (int, float)):
        return _("largest difference {difference}").format(difference=f"{difference:.3g}")
    words = _("largest difference {difference}, allowed {tolerance}")
    return words.format(difference=f"{difference:.3g}", tolerance=f"{tolerance:.3g}")
