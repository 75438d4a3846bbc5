"""The head of a model: what it is, how good, and what it must not be used for."""

from __future__ import annotations

from html import escape
from statistics import median

import streamlit as st

from core.findings.vocabulary import LUNG_OPACITY
from core.models.registry import Entry
from dashboard.components.messages import plain
from dashboard.components.models.card import LIMITS, USE, card_section
from dashboard.components.models.figures import (
    NOTHING,
    Document,
    Figure,
    called_findings,
    decimal,
    figure,
    inline,
    part,
    span,
)
from dashboard.components.models.location import MEAN_BOX
from dashboard.language import translate as _

Big = tuple[str, str, str]
"""A number, its interval or range, and what it is."""


def show_head(entry: Entry, document: Document, card: str) -> None:
    """Name, state, figures, and the use that the card forbids."""
    st.html(_identity(entry, document))
    if entry.fallen:
        sentence = _("What was made active does not read films: {reason}.")
        st.error(plain(sentence.format(reason=_(entry.fallen))))
    cells = "".join(
        f"<div><b>{escape(number)}</b><i>{escape(interval)}</i><span>{escape(what)}</span></div>"
        for number, interval, what in big_figures(document)
    )
    if cells:
        st.html(f'<div class="figures measured">{cells}</div>')
    use, limits = card_section(card, USE), card_section(card, LIMITS)
    if use:
        with st.container(horizontal=True, vertical_alignment="center", key="model_use"):
            st.markdown(use)
            if limits:
                with st.popover(_("Limits"), width="content"):
                    st.markdown(limits)


def _identity(entry: Entry, document: Document) -> str:
    ready, missing = _("ready"), _("not available: {reason}").format(reason=_(entry.reason))
    facts = [
        ready if entry.state == "ready" else missing,
        _("licence {name}").format(name=entry.licence),
    ]
    if entry.version:
        facts.append(_("version {name}").format(name=entry.version))
    if entry.calibration:
        facts.append(_("calibrated to this site"))
    if document.get("parameters"):
        millions = f"{document['parameters'] / 1e6:.1f}"
        facts.append(_("{millions} million parameters").format(millions=millions))
    if document.get("input_size"):
        facts.append(_("input {size} pixels").format(size=document["input_size"]))
    digest = f'<span title="{escape(entry.digest)}">SHA-256 {escape(entry.digest[:12])}</span>'
    words = " · ".join(escape(fact) for fact in facts)
    return (
        f'<div class="signature model"><b>{escape(entry.name)}</b> {words}'
        f"{' · ' + digest if entry.digest else ''}</div>"
    )


def big_figures(document: Document) -> list[Big]:
    """Return the figures at the head, without those that the file does not hold."""
    found = (_on_val(document), _across(document), _calibration(document), _pointing(document))
    return [big for big in found if big is not None]


def _ends(found: Figure) -> str:
    return _("95 % interval {ends}").format(ends=span(found))


def _on_val(document: Document) -> Big | None:
    mean = figure(document, "mean_nih_auroc")
    if mean is None:
        return None
    over = len(document.get("mean_nih_auroc_over", ()))
    what = _("mean AUROC of {findings} findings on {films} films of unseen NIH patients")
    return decimal(mean["value"]), _ends(mean), what.format(findings=over, films=mean["cases"])


def _across(document: Document) -> Big | None:
    across = part(document, "cross_validation")
    mean = figure(across, "mean_nih_auroc")
    if mean is None:
        return None
    what = _("the same in cross-validation: {films} films, {folds} folds of patients").format(
        films=across.get("films", mean["cases"]), folds=across.get("folds", NOTHING)
    )
    return decimal(mean["value"]), _ends(mean), what


def _calibration(document: Document) -> Big | None:
    """The median finding with the range over all: there is no one calibration of a model."""
    errors = sorted(
        found["value"]
        for entry in called_findings(document).values()
        if (found := figure(entry, "reliability", "val", "error")) is not None
    )
    if not errors:
        return None
    what = _("expected calibration error, the median of {count} calibrated findings")
    ends = _("range {low} to {high}").format(low=decimal(errors[0]), high=decimal(errors[-1]))
    return decimal(median(errors)), ends, what.format(count=len(errors))


def _pointing(document: Document) -> Big | None:
    located = part(document, "localisation")
    methods = part(located, "findings", LUNG_OPACITY, "pooled", "methods")
    own = figure(methods, str(located.get("default")), "pointing")
    if own is None:
        return None
    what = _(
        "share of {films} maps of lung opacity that point into a box; {mean} for the mean box"
    ).format(films=own["cases"], mean=inline(figure(methods, MEAN_BOX, "pointing")))
    return decimal(own["value"]), _ends(own), what
