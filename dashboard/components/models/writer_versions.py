"""Versions of the models that write: which adapter writes, what was decided of it, the way back."""

from __future__ import annotations

import streamlit as st

from core.models.writers_in_force import WriterVersion, name_of
from dashboard.components.models import version_steps
from dashboard.components.models.table import lead, show_table
from dashboard.components.models.version_steps import muted
from dashboard.components.models.writer_version_words import adapters_table
from dashboard.language import translate as _
from dashboard.services import writer_versions
from dashboard.services.version_rule import Kept, KeptVersions
from dashboard.workspace import Workspace

TRAIN = """python -m core.training corpus import ledger EXPORT
python -m core.training lora --model {model} --corpus {corpus}"""
COMPARE = """python -m core.evaluation drafts --models {old},{new} --corpus {corpus}
python -m core.evaluation promotion --evaluation EVALUATION --old {old} --new {new}"""


def show(place: Workspace) -> None:
    """A part for each model that has adapters, or how one comes about."""
    lead(
        _(
            "Which adapter, a version trained here, writes the drafts of a model, and what was "
            "shown of the others?"
        )
    )
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
    kept, key = writer_versions.versions_of(place, model), f"writer_versions_{model}"
    label = _("Drafts of {model} are written by").format(model=model)
    version_steps.standing(place, kept, label, _fallen(kept), writer_versions.roll_back, key)
    _settings(place, kept)
    if kept.kept:
        show_table(adapters_table(kept))
        version_steps.one(place, kept, writer_versions.make_active, _command, key)


def _fallen(kept: KeptVersions[WriterVersion]) -> str:
    # The state itself may be damaged, and then names no version.
    what = name_of(kept.active) or _("The version that was made active")
    named_reason = _(kept.fallen)
    if kept.in_force:
        sentence = _(
            "{version} does not write: {reason}. {before} writes, which was active before it."
        )
        before = name_of(kept.in_force)
        return sentence.format(version=what, reason=named_reason, before=before)
    sentence = _("{version} does not write: {reason}. The model itself writes.")
    return sentence.format(version=what, reason=named_reason)


def _settings(place: Workspace, kept: KeptVersions[WriterVersion]) -> None:
    """Whose drafts come without being asked for, where that is not this model."""
    drafts = place.settings.model
    if drafts in {each.version.name for each in kept.kept}:
        sentence = _(
            "Unless a reader chooses a model, drafts are made by {drafts}, whatever is active here."
        )
        muted(sentence.format(drafts=drafts))
    elif drafts != kept.model:
        sentence = _("Unless a reader chooses a model, drafts are made by {drafts}.")
        muted(sentence.format(drafts=drafts))


def _command(kept: KeptVersions[WriterVersion], new: Kept[WriterVersion]) -> str:
    run = writer_versions.run_of(new.version)
    corpus = str(run.corpus.get("name", "")) if run else ""
    old = name_of(kept.in_force) or kept.model
    return COMPARE.format(old=old, new=new.version.name, corpus=corpus or "CORPUS")
