"""Versions of the models that write: which adapter writes, what was decided of it, the way back."""

from __future__ import annotations

import streamlit as st

from core.models.writers_in_force import WriterVersion, name_of
from dashboard.components import messages
from dashboard.components.models.table import lead, show_table
from dashboard.components.models.version_parts import at_work, button, judged, muted
from dashboard.components.models.version_words import named
from dashboard.components.models.writer_version_words import adapters_table
from dashboard.language import translate as _
from dashboard.services import writer_versions
from dashboard.services.version_rule import Kept, Shelf
from dashboard.workspace import Workspace

TRAIN = """python -m core.training corpus import ledger EXPORT
python -m core.training lora --model {model} --corpus {corpus}"""
COMPARE = """python -m core.evaluation drafts --models {old},{new} --corpus {corpus}
python -m core.evaluation promotion --evaluation EVALUATION --old {old} --new {new}"""


def show(place: Workspace) -> None:
    """A part for each model that has adapters, or how one comes about."""
    lead(_("Which adapter of a model that writes makes its drafts, and what was shown of others?"))
    models = writer_versions.writers_with_versions(place)
    for model in models:
        _model(place, model)
    if models:
        muted(
            _(
                "An adapter whose files are gone or changed does not write: the version that was "
                "active before it does, at last the model itself. Drafts that are there stay as "
                "they are, and name the weights that wrote them."
            )
        )
    else:
        _nothing_yet()


def _nothing_yet() -> None:
    muted(
        _(
            "No adapter is registered here yet. Train one from an export of signed reports, "
            "register it on Training runs, and let old and new write about the frozen patients:"
        )
    )
    train = TRAIN.format(model="MODEL", corpus="CORPUS")
    compare = COMPARE.format(old="MODEL", new="RUN", corpus="CORPUS")
    st.code(f"{train}\n{compare}", language=None)


def _model(place: Workspace, model: str) -> None:
    shelf = writer_versions.versions_of(place, model)
    _standing(place, shelf)
    _settings(place, shelf)
    if shelf.kept:
        show_table(adapters_table(shelf))
        _one(place, shelf)


def _standing(place: Workspace, shelf: Shelf[WriterVersion]) -> None:
    """What writes now, and the way back to what wrote before."""
    if shelf.fallen:
        st.error(messages.plain(_fallen(shelf)))
    key = f"writer_versions_now_{shelf.model}"
    with st.container(horizontal=True, vertical_alignment="center", key=key):
        label = _("Drafts of {model} are written by").format(model=shelf.model)
        at_work(label, named(shelf.in_force, shelf.model), shelf.digest)
        if shelf.back_to is not None:
            before = named(shelf.back_to, shelf.model)
            button(
                _("Roll back to {version}").format(version=before),
                writer_versions.roll_back, place, shelf.model,
                key=f"writer_versions_roll_back_{shelf.model}",
            )  # fmt: skip
        elif shelf.fallen:
            button(
                _("Keep the model itself"), writer_versions.to_itself, place, shelf.model,
                key=f"writer_versions_to_itself_{shelf.model}",
            )  # fmt: skip


def _fallen(shelf: Shelf[WriterVersion]) -> str:
    # The state itself may be damaged, and then names no version.
    what = name_of(shelf.active) or _("The version that was made active")
    named_reason = _(shelf.fallen)
    if shelf.in_force:
        sentence = _(
            "{version} does not write: {reason}. {before} writes, which was active before it."
        )
        before = name_of(shelf.in_force)
        return sentence.format(version=what, reason=named_reason, before=before)
    sentence = _("{version} does not write: {reason}. The model itself writes.")
    return sentence.format(version=what, reason=named_reason)


def _settings(place: Workspace, shelf: Shelf[WriterVersion]) -> None:
    """Whose drafts come without being asked for, where that is not this model."""
    drafts = place.settings.model
    if drafts in {kept.version.name for kept in shelf.kept}:
        sentence = _(
            "OVERREAD_MODEL names {adapter}: where no model is chosen it drafts, whatever is "
            "active here."
        )
        muted(sentence.format(adapter=drafts))
    elif drafts != shelf.model:
        sentence = _("Where no model is chosen, {drafts} drafts; {model} does where it is chosen.")
        muted(sentence.format(drafts=drafts, model=shelf.model))


def _one(place: Workspace, shelf: Shelf[WriterVersion]) -> None:
    """The figures of one decision, and the step that it allows."""
    by_name = {kept.version.name: kept for kept in shelf.kept}
    key = f"writer_versions_one_{shelf.model}"
    with st.container(horizontal=True, vertical_alignment="bottom", key=key):
        chosen = st.selectbox(
            _("Version"), list(by_name), key=f"writer_versions_chosen_{shelf.model}", width=280
        )
        kept = by_name[chosen]
        button(
            _("Make active"), writer_versions.make_active, place, chosen, shelf.model,
            key=f"writer_versions_make_active_{shelf.model}", primary=True,
            disabled=bool(kept.against),
        )  # fmt: skip
    judged(kept)
    _how(shelf, kept)


def _how(shelf: Shelf[WriterVersion], kept: Kept[WriterVersion]) -> None:
    """Without a decision, how one comes about."""
    if kept.decision is not None or kept.version.reason:
        return
    run = writer_versions.run_of(kept.version)
    corpus = str(run.corpus.get("name", "")) if run else ""
    old = name_of(shelf.in_force) or shelf.model
    words = COMPARE.format(old=old, new=kept.version.name, corpus=corpus or "CORPUS")
    st.code(words, language=None)
