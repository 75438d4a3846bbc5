"""Start a run: model, corpus, recipe and steps; what contradicts is said before the start."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.domain.errors import OverreadError
from core.models.language.precision import gigabytes
from core.training.corpus.folder import TRAIN
from dashboard.components import messages
from dashboard.components.training import selection
from dashboard.language import translate as _
from dashboard.services.training_runs_start import refused_beside_another, start_run
from dashboard.services.training_runs_wish import (
    Wish,
    corpora_at_hand,
    model_of,
    recipe_names,
    recipe_of,
    refused_before_start,
    room,
    trainable_models,
)
from dashboard.workspace import Workspace

ASKED = "training_ask"
"""Session state: whether the dialog is open."""
ERROR = "training_start_error"
OWN_FOLDER = ""
"""In place of a name of the shelf."""
MOST_STEPS = 1_000_000
_RECIPE, _STEPS = "training_recipe", "training_steps"
_IMPORT = "python -m core.training corpus import rocov2 PATH"


def ask() -> None:
    """Open the dialog with the run that follows."""
    st.session_state[ASKED] = True


def show_if_asked(place: Workspace) -> None:
    if st.session_state.get(ASKED):
        st.dialog(_("Start a run"), width="medium", on_dismiss=_forget)(_content)(place)


def _forget() -> None:
    st.session_state.pop(ASKED, None)
    st.session_state.pop(ERROR, None)


def _content(place: Workspace) -> None:
    if ASKED not in st.session_state:
        # A dialog runs by itself; the whole page must run for it to close.
        st.rerun()
    wish = _wish(place)
    if error := st.session_state.pop(ERROR, None):
        messages.error(error)
    refused = wish is None
    if wish is not None:
        try:
            refused_beside_another(place)
            refused_before_start(place, wish)
            _needed(place, wish)
        except OverreadError as error:
            refused = True
            messages.error(error)
    st.button(
        _("Start this run"),
        type="primary",
        key="training_start",
        disabled=refused,
        on_click=_start,
        args=(place, wish),
    )


def _wish(place: Workspace) -> Wish | None:
    """Ask for all that a run needs; ``None`` where something is not there to be chosen."""
    corpora = {each.folder.name: each.manifest for each in corpora_at_hand(place)}
    if not corpora:
        words = _("There is no corpus yet. Import one: {command}").format(command=_IMPORT)
        st.html(f'<p class="muted">{escape(words)}</p>')
        return None
    model = _model(place)
    corpus = st.selectbox(
        _("Corpus"),
        list(corpora),
        format_func=lambda name: _("{name}, {samples} samples to train on").format(
            name=name, samples=corpora[name].samples.get(TRAIN, 0)
        ),
        key="training_corpus",
    )
    recipe = st.selectbox(_("Recipe"), recipe_names(), key=_RECIPE, on_change=_take_steps_of_recipe)
    if _STEPS not in st.session_state:
        _take_steps_of_recipe()
    steps = st.number_input(_("Steps"), 1, MOST_STEPS, key=_STEPS, width=160)
    return Wish(model, corpus, recipe, int(steps)) if model else None


def _take_steps_of_recipe() -> None:
    st.session_state[_STEPS] = recipe_of(st.session_state[_RECIPE]).steps


def _model(place: Workspace) -> str:
    titles = {each.source.name: _(each.source.title) for each in trainable_models(place)}
    titles[OWN_FOLDER] = _("a folder")
    chosen = st.selectbox(
        _("Model"), list(titles), format_func=lambda name: titles[name], key="training_model"
    )
    if chosen != OWN_FOLDER:
        return str(chosen)
    return st.text_input(_("Folder, with its whole path"), key="training_folder").strip()


def _needed(place: Workspace, wish: Wish) -> None:
    """What the weights alone take, beside what is free."""
    recipe = recipe_of(wish.recipe, wish.steps)
    found = room(place, model_of(place, wish.model), recipe)
    free = _("{free} of memory are free").format(free=gigabytes(found.memory.ram))
    if found.memory.gpu:
        free = _("{free} on {card}").format(
            free=gigabytes(found.memory.gpu), card=found.memory.gpu_name
        )
    said = [_("{free} of the disk").format(free=gigabytes(found.disk))]
    if found.weights:
        said.insert(
            0,
            _("The weights take about {need} before the first step").format(
                need=gigabytes(found.weights)
            ),
        )
    said.insert(-1, free)
    st.caption(messages.plain("; ".join(said) + "."))


def _start(place: Workspace, wish: Wish) -> None:
    try:
        name = start_run(place, wish, reader=place.reader())
    except OverreadError as error:
        st.session_state[ERROR] = error
        return
    _forget()
    selection.look_at(name)
