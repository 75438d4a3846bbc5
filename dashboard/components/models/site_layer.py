"""Calibration to this site: the layer that lies over the weights' own, on or off, and its worth."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.domain.errors import ModelUnavailableError, OverreadError
from core.models import registry
from core.models.site_calibration import SiteCalibration, SiteCurve, read_layer
from dashboard.components import messages
from dashboard.components.models.figures import NOTHING
from dashboard.components.models.table import Cell, Table, lead, show_table
from dashboard.components.models.version_words import calibration_error
from dashboard.components.training.words import when
from dashboard.language import translate as _
from dashboard.services import model_versions
from dashboard.services.version_acts import state_of
from dashboard.workspace import Workspace

_ERROR, _ON = "site_layer_error", "site_layer_on"


def show(place: Workspace, model: str) -> None:
    """The section: a sentence, a switch, the figures of each finding."""
    lead(_("Calibration to this site"))
    sentence = _(
        "A curve over the model's own probabilities, fitted to reports signed here. It changes "
        "what number is stated, not what is called, and can be taken off again."
    )
    st.html(f'<p class="muted">{escape(sentence)}</p>')
    if failure := st.session_state.pop(_ERROR, None):
        messages.error(failure)
    # A state that cannot be read is told above, where the way out is.
    on = model in state_of(place).calibrated
    try:
        layer = read_layer(place.settings.models, model)
    except ModelUnavailableError as error:
        messages.error(error)
        layer, on = None, False
    fits = layer is not None and layer.weights_sha256 == registry.entry(model).digest
    _steps(place, model, layer, on=on)
    if layer is not None:
        _about(layer, fits=fits)
        show_table(layer_table(layer))


def _steps(place: Workspace, model: str, layer: SiteCalibration | None, *, on: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="site_layer"):
        fit = st.button(_("Fit to signed reports"), key="site_layer_fit")
        if layer is not None or on:
            # The switch shows what holds, whoever turned it: on this page, another, or a command.
            st.session_state[_ON] = on
            st.toggle(_("On"), key=_ON, on_change=_turn, args=(place, model))
    if fit:
        _fit(place, model)
        st.rerun()


def _fit(place: Workspace, model: str) -> None:
    # Fitting takes libraries that the page does not need otherwise.
    from dashboard.services.site_calibration import calibrate

    bar = st.progress(0.0, text=_("looking for signed studies"))

    def progress(done: int, of: int) -> None:
        words = _("{done} of {all} signed studies").format(done=done, all=of)
        bar.progress(done / of if of else 1.0, text=words)

    try:
        calibrate(place, reader=place.reader(), model=model, progress=progress)
    except OverreadError as error:
        st.session_state[_ERROR] = error


def _turn(place: Workspace, model: str) -> None:
    on = bool(st.session_state[_ON])
    try:
        model_versions.set_calibration(place, on=on, reader=place.reader(), model=model)
    except OverreadError as error:
        st.session_state[_ERROR] = error


def _about(layer: SiteCalibration, *, fits: bool) -> None:
    said = _(
        "Fitted {when} by {reader} to {films} signed studies of {patients} patients; "
        "{alone} were read before the draft was seen."
    ).format(
        when=when(layer.made),
        reader=layer.by,
        films=layer.films,
        patients=layer.patients,
        alone=layer.before_reveal,
    )
    st.html(f'<p class="muted">{escape(said)}</p>')
    if not fits:
        st.warning(_("It was fitted to other weights than those that read now, and is left aside."))


def layer_table(layer: SiteCalibration) -> Table:
    """Return a line for each finding: what stood behind its curve, and the error with and without.

    Errors are of patients that the curve was not fitted to.
    """
    heads: list[Cell | str] = [
        _("finding"),
        Cell(_("positives"), title=_("signed films with the finding, of those that state it")),
        _("prevalence here"),
        Cell(_("error before"), title=_("expected calibration error of the model's own numbers")),
        Cell(_("error after"), title=_("on patients that the curve was not fitted to")),
    ]
    rows = [_curve(name, curve) for name, curve in layer.curves.items()]
    rows += [
        [
            _(name),
            _("{positives} of {films}").format(positives=positives, films=films),
            NOTHING,
            Cell(_("left as it is"), tone="muted"),
            Cell(NOTHING, tone="muted"),
        ]
        for name, (positives, films) in layer.left.items()
    ]
    return Table(_("Calibration of each finding to this site"), heads, rows)


def _curve(name: str, curve: SiteCurve) -> list[Cell | str]:
    counts = _("{positives} of {films}").format(positives=curve.positives, films=curve.films)
    share = f"{curve.positives / curve.films:.2f}"
    before = calibration_error(curve.before) if curve.before else _("score, not calibrated")
    return [_(name), counts, share, before, calibration_error(curve.after)]
