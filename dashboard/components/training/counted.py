"""How many parameters train, counted from shapes, beside what the original project stated."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.domain.errors import OverreadError
from core.training.finetuning.parameters import Counted
from dashboard.components import messages
from dashboard.components.models.figures import decimal
from dashboard.components.models.table import Cell, Table, lead, show_table
from dashboard.language import translate as _
from dashboard.services.training_runs_counts import COMMAND, counted_shapes


def show() -> None:
    """Count once a server, and show both side by side."""
    lead(_("How many numbers does the original recipe train, and what did its project state?"))
    try:
        with st.spinner(_("Counting from the shapes of the three models"), show_time=True):
            found = counted_shapes()
    except OverreadError as error:
        messages.error(error)
        return
    show_table(counted_table(found))
    st.caption(
        _(
            "Counted from the published shapes with the original recipe, rank 16: queries, keys, "
            "values and outputs of attention (of Llama's cross-attention too) and the three parts "
            "of each feed-forward layer, in the layers that write. Our total has every number of "
            "the model, its image encoder and the adapter; the original divides by a rounded one, "
            "as the last column does with our count. What it states are claims that nobody here "
            "measured."
        )
    )
    st.code(COMMAND, language=None)


def counted_table(found: Sequence[Counted]) -> Table:
    """Return one line a model: ours, then the claims, then our count over the claimed total."""
    heads = [
        _("model"),
        _("adapted layers"),
        *[_("trained"), _("total"), _("share")] * 2,
        _("our trained over the claimed total"),
    ]
    groups = [("", 2), (_("counted here"), 3), (_("claimed by the original project"), 3), ("", 1)]
    return Table(_("Trained parameters"), heads, [_row(each) for each in found], groups)


def _row(found: Counted) -> list[Cell | str]:
    shape, ours = found.shape, found.parameters
    claims = [
        f"{shape.claimed_trained / 1e6:.1f} M",
        f"{shape.claimed_total / 1e9:.0f} B",
        _percent(shape.claimed_share),
    ]
    return [
        Cell(shape.title, shape.source),
        str(found.layers),
        f"{ours.trained:,}",
        f"{ours.total:,}",
        _percent(ours.share, 4),
        *(Cell(claim, tone="muted") for claim in claims),
        _percent(found.share_as_claimed, 4),
    ]


def _percent(share: float, digits: int = 2) -> str:
    return f"{decimal(100 * share, digits=digits)} %"
