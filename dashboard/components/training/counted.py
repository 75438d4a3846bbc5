"""How many parameters train, counted from shapes, beside what the original project stated."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from core.domain.errors import OverreadError
from dashboard.components import messages
from dashboard.components.models.figures import NOTHING, decimal
from dashboard.components.models.table import Cell, Table, lead, show_table
from dashboard.language import translate as _
from dashboard.services.training_runs_counts import (
    COMMAND,
    Claimed,
    claims_and_counts,
    count_shapes,
)


def show() -> None:
    """The claims at once, our counts beside them once somebody asks for them."""
    lead(_("How many numbers does the original recipe train, and what did its project state?"))
    known: Sequence[Claimed] = claims_and_counts()
    if any(each.counted is None for each in known):
        known = _asked(known)
    show_table(counted_table(known))
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


def _asked(known: Sequence[Claimed]) -> Sequence[Claimed]:
    """Counting loads large libraries in another process: not before a person wants it."""
    if not st.button(_("Count here"), type="primary", key="training_count"):
        return known
    try:
        with st.spinner(_("Counting from the shapes of the three models"), show_time=True):
            count_shapes()
    except OverreadError as error:
        messages.error(error)
    return claims_and_counts()


def counted_table(known: Sequence[Claimed]) -> Table:
    """Return one line a model: ours, then the claims, then our count over the claimed total."""
    heads = [
        _("model"),
        _("adapted layers"),
        *[_("trained"), _("total"), _("share")] * 2,
        _("our trained over the claimed total"),
    ]
    groups = [("", 2), (_("counted here"), 3), (_("claimed by the original project"), 3), ("", 1)]
    return Table(_("Trained parameters"), heads, [_row(each) for each in known], groups)


def _row(known: Claimed) -> list[Cell | str]:
    shape, found = known.shape, known.counted
    claims = [
        f"{shape.claimed_trained / 1e6:.1f} M",
        f"{shape.claimed_total / 1e9:.0f} B",
        _percent(shape.claimed_share),
    ]
    layers, over, ours = NOTHING, NOTHING, [NOTHING] * 3
    if found is not None:
        trained, total = found.parameters.trained, found.parameters.total
        layers, over = str(found.layers), _percent(found.share_as_claimed, 4)
        ours = [f"{trained:,}", f"{total:,}", _percent(found.parameters.share, 4)]
    muted = [Cell(claim, tone="muted") for claim in claims]
    return [Cell(shape.title, shape.source), layers, *ours, *muted, over]


def _percent(share: float, digits: int = 2) -> str:
    return f"{decimal(100 * share, digits=digits)} %"
