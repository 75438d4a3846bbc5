"""Fine-tuning on a GPU: seconds, tokens and memory as a script measured them, or that none did."""

from __future__ import annotations

import streamlit as st

from dashboard.components.models.table import lead
from dashboard.language import translate as _
from dashboard.services.training_runs_gpu import COMMAND, measured_on_gpu


def show() -> None:
    """The table of the file that the script wrote; else a sentence and the command."""
    document = measured_on_gpu()
    if document is None:
        lead(_("Fine-tuning was not measured on a GPU: no figures of one are shipped."))
        st.caption(_("On a machine with a GPU this command measures it, and writes the file:"))
        st.code(COMMAND, language=None)
        return
