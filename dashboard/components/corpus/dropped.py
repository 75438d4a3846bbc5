"""Records that became no sample, and what was cleaned in the captions of the others."""

from __future__ import annotations

from core.training.corpus.folder import Manifest
from core.training.corpus.sample import Drop
from dashboard.components.corpus.charts import bars
from dashboard.components.corpus.exhibit import Exhibit
from dashboard.components.corpus.figures import counts
from dashboard.components.corpus.names import (
    counted,
    drop_meaning,
    drop_name,
    refusal_name,
    rule_name,
)
from dashboard.components.models.figures import Document
from dashboard.components.models.table import Cell, Table
from dashboard.language import translate as _


def drops(manifest: Manifest, document: Document) -> Exhibit:
    """Why records were dropped, in the order in which the reasons are looked for."""
    found = {**{drop.value: 0 for drop in Drop}, **manifest.drops}
    answer = _("{dropped} of {records} records were dropped.").format(
        dropped=counted(sum(found.values())), records=counted(manifest.records)
    )
    rows: list[list[Cell | str]] = [
        [drop_name(reason), Cell(counted(number), tone="number"), _meaning(reason)]
        for reason, number in found.items()
    ]
    plot = bars([drop_name(reason) for reason in found], list(found.values()), _("records"))
    order = _("The first reason that applies is counted, in this order.")
    return Exhibit(
        name="drops",
        answer=answer,
        plot=plot if any(found.values()) else None,
        alt=_("Records dropped for each reason"),
        table=Table(
            _("Why records were dropped"),
            [_("reason"), Cell(_("records"), tone="number"), _("what it means")],
            rows,
        ),
        heads=["reason", "records"],
        rows=list(found.items()),
        note=f"{order} {refused_words(document)}".strip(),
    )


def refused_words(document: Document) -> str:
    """Say how many lines of the source were no record, and why; nothing where all were."""
    found = {reason: number for reason, number in counts(document, "refused").items() if number}
    if not found:
        return ""
    reasons = ", ".join(f"{refusal_name(each)} {counted(found[each])}" for each in found)
    words = _("Lines of the source that were no record, and are not among these: {reasons}.")
    return words.format(reasons=reasons)


def _meaning(reason: str) -> Cell:
    return Cell(drop_meaning(reason), tone="prose muted")


def cleaning(document: Document) -> Exhibit:
    """How often each rule changed a caption; the original is kept beside each sample."""
    found = counts(document, "cleaning")
    used = {rule: number for rule, number in found.items() if number}
    return Exhibit(
        name="cleaning",
        answer=_("Captions are cleaned before they teach; the original stays beside each sample."),
        plot=bars([rule_name(rule) for rule in used], list(used.values()), _("captions"))
        if used
        else None,
        alt=_("Captions that each rule of cleaning changed"),
        table=Table(
            _("Captions that each rule changed"),
            [_("what was cleaned"), Cell(_("captions"), tone="number")],
            [[rule_name(rule), Cell(counted(n), tone="number")] for rule, n in found.items()],
        ),
        heads=["rule", "captions"],
        rows=list(found.items()),
    )
