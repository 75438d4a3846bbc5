"""Does the model know where a film comes from, and does it read what is written on it?"""

from __future__ import annotations

import streamlit as st

from dashboard.components.models.charts import intervals, show_chart
from dashboard.components.models.figures import Document, figure, inline, on_films, part
from dashboard.components.models.table import Cell, Table, lead, measured, show_table
from dashboard.language import translate as _


def show_shortcuts(document: Document) -> None:
    """Masked films first, then how well each source is told from the others."""
    found = part(document, "shortcuts")
    masked = part(found, "masked")
    if masked:
        lead(
            _(
                "With corners and writing masked, the mean AUROC is {auroc}; that of the films as "
                "they are, minus it: {drop}."
            ).format(
                auroc=inline(figure(masked, "auroc")),
                drop=inline(figure(masked, "drop"), signed=True),
            )
        )
        show_table(masked_table(document))
    sources = part(found, "source_auroc")
    rows = [
        {"label": on_films(source, one), "series": _("source"), **one}
        for source in sources
        if (one := figure(sources, source)) is not None
    ]
    if rows:
        st.caption(
            _(
                "How well the source of a film is told from the model's features by a plain "
                "regression: 0.5 means that they do not carry it. What can be told can be used as "
                "a shortcut in place of the finding."
            )
        )
        axis = _("AUROC of one source against all others, 95 % interval by patient")
        show_chart(
            intervals(rows, axis, mark=0.5),
            _("AUROC of telling each source from the others"),
        )


def masked_table(document: Document) -> Table:
    """Return the mean AUROC of films as they are, masked, and the paired difference."""
    masked = part(document, "shortcuts", "masked")
    row: list[Cell | str] = [
        _("mean AUROC over NIH findings"),
        measured(figure(document, "mean_nih_auroc")),
        measured(figure(masked, "auroc")),
        measured(figure(masked, "drop"), signed=True),
    ]
    heads = ["", _("as they are"), _("masked"), _("as they are minus masked")]
    return Table(_("Films with corners and writing masked"), heads, [row])
