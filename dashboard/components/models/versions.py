"""Versions: which one reads films, which one writes, what was decided of others, the way back."""

from __future__ import annotations

import streamlit as st

from core.models import registry
from core.models.versions import DAMAGED_STATE, Version
from dashboard.components.models import site_layer, version_steps, writer_versions
from dashboard.components.models.table import lead, show_table
from dashboard.components.models.version_steps import muted
from dashboard.components.models.version_words import history_table, versions_table
from dashboard.language import translate as _
from dashboard.services import model_versions, version_history
from dashboard.services.version_rule import Kept, KeptVersions
from dashboard.workspace import Workspace

MOST_ACTS = 20
COMMAND = f"python -m core.training relearn --labels EXPORT --base {registry.EMBEDDED} --out NAME"
COMPARE = "python -m core.evaluation promotion --old {old} --new {new} --on EXPORT"
KEY = "versions"


def show(place: Workspace) -> None:
    """The whole part: the classifier, then the models that write, then one history of both."""
    lead(_("Which version of the classifier reads films, and what was shown of the others?"))
    kept = model_versions.kept_versions(place)
    version_steps.show_error()
    label = _("Films are read by")
    version_steps.standing(place, kept, label, _fallen(kept), model_versions.roll_back, KEY)
    if kept.fallen == DAMAGED_STATE:
        muted(
            _(
                "That file stands for all models. Keeping one of them copies it aside and writes "
                "it anew: then every model works without a version, and without the calibration "
                "to this site."
            )
        )
    if kept.kept:
        show_table(versions_table(kept))
        version_steps.one(place, kept, model_versions.make_active, _command, KEY)
    else:
        muted(_("No version was trained here yet. Export signed reports, then run:"))
        st.code(COMMAND, language=None)
    site_layer.show(place, kept.model)
    writer_versions.show(place)
    if acts := version_history.history(place)[:MOST_ACTS]:
        with st.expander(_("History")):
            show_table(history_table(acts))


def _fallen(kept: KeptVersions[Version]) -> str:
    # The state itself may be damaged, and then names no version.
    what = kept.active or _("The version that was promoted")
    sentence = _("{version} does not read films: {reason}. The shipped model reads them.")
    return sentence.format(version=what, reason=_(kept.fallen))


def _command(kept: KeptVersions[Version], new: Kept[Version]) -> str:
    return COMPARE.format(old=kept.in_force or kept.model, new=new.version.name)
