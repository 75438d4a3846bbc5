"""Fine-tuning on a GPU: seconds, tokens and memory as a script measured them, or that none did."""

from __future__ import annotations

import streamlit as st

from core.models.language.precision import gigabytes
from dashboard.components.models.figures import NOTHING
from dashboard.components.models.table import Cell, Table, lead, show_table
from dashboard.components.training.words import number, when
from dashboard.language import translate as _
from dashboard.services.training_runs_gpu import COMMAND, GpuRow, OnGpu, measured_on_gpu


def show() -> None:
    """The table of the file that the script wrote; else a sentence and the command."""
    found = measured_on_gpu()
    if found is None:
        lead(_("Fine-tuning was not measured on a GPU: no figures of one are shipped."))
        st.caption(_("On a machine with a GPU this command measures it, and writes the file:"))
        st.code(COMMAND, language=None)
        return
    lead(
        _("Fine-tuning on {gpu}, measured {when} under the recipe {recipe}.").format(
            gpu=found.gpu, when=when(found.made), recipe=found.recipe
        )
    )
    show_table(gpu_table(found))
    st.caption(
        _(
            "Weights are random, of the published shapes, in 4 bits; films are noise: pace and "
            "memory are those of the real models, losses are not and are left out. Seconds and "
            "tokens are medians of the steps after warm-up."
        )
    )
    st.code(found.command, language=None)


def gpu_table(found: OnGpu) -> Table:
    """Return one line a model and library."""
    heads = [
        _("model"),
        _("library"),
        _("steps"),
        _("s a step"),
        _("tokens/s"),
        _("peak memory of torch"),
        _("taken of the card"),
        _("fits 12 GB"),
    ]
    return Table(_("Fine-tuning on a GPU"), heads, [_cells(row) for row in found.rows])


def _cells(row: GpuRow) -> list[Cell | str]:
    if row.error:
        return [row.model, Cell(row.backend, row.error, tone="prose"), *[NOTHING] * 6]
    fits = {True: _("yes"), False: _("no"), None: NOTHING}[row.fits_12_gb]
    return [
        row.model,
        row.backend,
        str(row.steps),
        NOTHING if row.seconds_per_step is None else number(row.seconds_per_step),
        NOTHING if row.tokens_per_second is None else number(row.tokens_per_second, 0),
        gigabytes(row.torch_bytes) if row.torch_bytes else NOTHING,
        gigabytes(row.card_bytes) if row.card_bytes else NOTHING,
        Cell(fits, tone="warn" if row.fits_12_gb is False else ""),
    ]
