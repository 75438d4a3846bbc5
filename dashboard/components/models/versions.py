"""Versions: which one reads films, which one writes, what was decided of others, the way back."""

from __future__ import annotations

import streamlit as st

from core.models import registry
from core.models.versions import Version
from dashboard.components import messages
from dashboard.components.models import site_layer, writer_versions
from dashboard.components.models.table import lead, show_table
from dashboard.components.models.version_parts import at_work, button, judged, muted, show_error
from dashboard.components.models.version_words import history_table, named, versions_table
from dashboard.language import translate as _
from dashboard.services import model_versions, version_history
from dashboard.services.version_rule import Kept, Shelf
from dashboard.workspace import Workspace

MOST_ACTS = 20
COMMAND = f"python -m core.training relearn --labels EXPORT --base {registry.EMBEDDED} --out NAME"
COMPARE = "python -m core.evaluation promotion --old {old} --new {new} --on EXPORT"
_CHOSEN = "versions_chosen"


def show(place: Workspace) -> None:
    """The whole part: the classifier, then the models that write, then one history of both."""
    lead(_("Which version of the classifier reads films, and what was shown of the others?"))
    shelf = model_versions.shelf(place)
    show_error()
    _standing(place, shelf)
    if shelf.kept:
        show_table(versions_table(shelf))
        _one(place, shelf)
    else:
        muted(_("No version was trained here yet. Export signed reports, then run:"))
        st.code(COMMAND, language=None)
    site_layer.show(place, shelf.model)
    writer_versions.show(place)
    if acts := version_history.history(place)[:MOST_ACTS]:
        with st.expander(_("History")):
            show_table(history_table(acts))


def _standing(place: Workspace, shelf: Shelf[Version]) -> None:
    """What reads now, and the way back to what read before."""
    if shelf.fallen:
        # The state itself may be damaged, and then names no version.
        what = shelf.active or _("The version that was promoted")
        sentence = _("{version} does not read films: {reason}. The shipped model reads them.")
        st.error(
            messages.plain(sentence.format(version=what, reason=_(shelf.fallen))),
        )
    with st.container(horizontal=True, vertical_alignment="center", key="versions_now"):
        at_work(_("Films are read by"), named(shelf.in_force, shelf.model), shelf.digest)
        if shelf.fallen:
            keep = _("Keep the shipped model")
            button(keep, model_versions.to_shipped, place, key="versions_to_shipped")
        elif shelf.back_to is not None:
            label = _("Roll back to {version}").format(version=named(shelf.back_to, shelf.model))
            button(label, model_versions.roll_back, place, key="versions_roll_back")


def _one(place: Workspace, shelf: Shelf[Version]) -> None:
    """The figures of one decision, and the step that it allows."""
    by_name = {kept.version.name: kept for kept in shelf.kept}
    with st.container(horizontal=True, vertical_alignment="bottom", key="versions_one"):
        chosen = st.selectbox(_("Version"), list(by_name), key=_CHOSEN, width=280)
        kept = by_name[chosen]
        button(
            _("Make active"), model_versions.promote, place, chosen,
            key="versions_promote", primary=True, disabled=bool(kept.against),
        )  # fmt: skip
    judged(kept)
    _how(shelf, kept)


def _how(shelf: Shelf[Version], kept: Kept[Version]) -> None:
    """Without a decision, how one comes about."""
    if kept.decision is None and not kept.version.reason:
        old = shelf.active or shelf.model
        st.code(COMPARE.format(old=old, new=kept.version.name), language=None)
