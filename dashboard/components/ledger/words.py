"""How the ledger is told: natures, reasons, versions of models, figures with their intervals."""

from __future__ import annotations

from dataclasses import asdict

from core.domain.errors import N_
from core.domain.reading import Nature, Reason
from core.models.base import Interval
from dashboard.components.models.figures import NOTHING, decimal
from dashboard.components.models.table import Cell
from dashboard.language import translate as _
from dashboard.services.ledger_figures import UNTOLD

NATURES = {
    Nature.MISSED.value: N_("missed"),
    Nature.FALSE.value: N_("false"),
    Nature.SIDE.value: N_("side"),
    Nature.ZONE.value: N_("zone"),
    Nature.SEVERITY.value: N_("severity"),
    Nature.CERTAINTY.value: N_("certainty"),
    Nature.STYLE.value: N_("wording alone"),
    UNTOLD: N_("nature not kept"),
}
REASONS = {
    Reason.SEEN: N_("Seen on the film"),
    Reason.OTHER_STUDY: N_("Another study"),
    Reason.CLINICAL: N_("Clinical information"),
    Reason.WORDING: N_("Wording alone"),
    Reason.FILM: N_("Quality of the film"),
    Reason.OTHER: N_("Another reason"),
}
DIGITS = 8
"""Letters of a model's digest that tell its versions apart on the page."""


def nature(name: str) -> str:
    return _(NATURES[name]) if name in NATURES else name


def reason(value: Reason) -> str:
    return _(REASONS[value]) if value in REASONS else ""


def version(model: str, digest: str) -> str:
    """A model and its version, ``embedded · 3f9a01bc``."""
    return (
        f"{model} · {digest[:DIGITS]}"
        if digest
        else _("{model}, version not kept").format(model=model)
    )


def percent(value: float) -> str:
    return f"{decimal(100 * value, digits=1)} %"


def ends(found: Interval | None, *, share: bool = True) -> str:
    """The interval of a figure, ``12.1 to 14.0``; empty of one study, which has none."""
    if found is None or found.low == found.high:
        return ""
    scale = 100 if share else 1
    low, high = (decimal(scale * end, digits=1 if share else 0) for end in (found.low, found.high))
    return _("{low} to {high}").format(low=low, high=high)


def share_cell(found: Interval | None) -> Cell:
    """A share in percent above its interval."""
    return _cell(found, percent(found.value) if found else NOTHING, share=True)


def seconds_cell(found: Interval | None) -> Cell:
    """A median in seconds above its interval."""
    return _cell(found, decimal(found.value, digits=0) if found else NOTHING, share=False)


def _cell(found: Interval | None, text: str, *, share: bool) -> Cell:
    if found is None:
        return Cell(NOTHING, title=_("not known"), tone="muted")
    cases = _("{count} studies").format(count=asdict(found)["cases"])
    return Cell(text, ends(found, share=share), cases, "number")


def chance(p: float) -> str:
    """A p value; none reads as zero."""
    return f"p = {decimal(p, digits=3)}" if p >= 0.001 else "p < 0.001"


def time_axis(step: int) -> str:
    """What one point of a chart over time stands for."""
    if step == 1:
        return _("week, from its Monday")
    return _("{count} weeks, from their first Monday").format(count=step)
