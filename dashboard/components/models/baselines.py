"""The model beside what it has to beat."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.models.measured import WENT_ON
from dashboard.components.models.charts import intervals, show_chart
from dashboard.components.models.figures import (
    NOTHING,
    Document,
    Figure,
    figure,
    on_films,
    part,
)
from dashboard.components.models.table import Cell, Table, lead, measured, show_table
from dashboard.language import translate as _

_MODEL = {"val": ("mean_nih_auroc",), "cross_fit": ("cross_validation", "mean_nih_auroc")}


def show_baselines(document: Document) -> None:
    """Mean AUROC of model and baselines, and the difference of the two."""
    lead(_verdict(document))
    rows = baseline_rows(document)
    axis = _("mean AUROC over NIH findings, 95 % interval by patient")
    show_chart(
        intervals(rows, axis, mark=0.5),
        _("Mean AUROC of the model and of each baseline with intervals"),
    )
    if unlike := on_other_films(document):
        st.caption(unlike)
    show_table(baseline_table(document))
    if document.get(WENT_ON):
        st.caption(
            _(
                "The network without pretraining is of the run that these weights went on from: "
                "its readout was not fitted anew."
            )
        )
    st.caption(
        _(
            "The difference is the model minus the baseline on the same resampled patients. Beaten "
            "means that its whole interval lies above zero. Prevalence alone gives every film the "
            "same score: 0.5 by definition."
        )
    )


def _parts() -> dict[str, str]:
    return {"val": _("unseen patients"), "cross_fit": _("cross-validation")}


def _names(document: Document) -> list[str]:
    found = (part(document, "baselines", key) for key in _parts())
    return list(dict.fromkeys(name for one in found for name in one))


def _verdict(document: Document) -> str:
    beaten = [
        one.get("beaten") is True
        for key in _parts()
        for one in part(document, "baselines", key).values()
    ]
    if beaten and all(beaten):
        return _("The model beats every baseline, on unseen patients and in cross-validation.")
    return _("The model beats {count} of {all} comparisons with a baseline.").format(
        count=sum(beaten), all=len(beaten)
    )


def _auroc(document: Document, name: str, key: str) -> Figure:
    """The mean AUROC of a baseline, or of the model where there is no name."""
    return figure(document, *(("baselines", key, name, "auroc") if name else _MODEL[key]))


def _of_the_same_films(document: Document, name: str, key: str) -> bool:
    model, other = _auroc(document, "", key), _auroc(document, name, key)
    return model is None or other is None or model.get("cases") == other.get("cases")


def baseline_rows(document: Document) -> list[dict[str, Any]]:
    """Return the dots of the chart, the model first; none of other films than the model's."""
    rows = []
    for name in ("", *_names(document)):
        for key, words in _parts().items():
            found = _auroc(document, name, key)
            if found and _of_the_same_films(document, name, key):
                label = _(name) if name else _("the model")
                rows.append({"label": label, "series": on_films(words, found), **found})
    return rows


def on_other_films(document: Document) -> str:
    """Say which baselines were measured on other films than the model; empty where none was."""
    found = [
        f"{_(name)} ({on_films(words, auroc)})"
        for name in _names(document)
        for key, words in _parts().items()
        if (auroc := _auroc(document, name, key)) and not _of_the_same_films(document, name, key)
    ]
    if not found:
        return ""
    return _(
        "Not drawn, since the model's own dot is of other films: {baselines}. The difference in "
        "the table is of those films."
    ).format(baselines="; ".join(found))


def baseline_table(document: Document) -> Table:
    """Return one line a baseline: its mean, its films, the paired difference, verdict; twice."""
    heads = [
        _("baseline"),
        *[_("mean AUROC"), _("films"), _("model minus it"), _("beaten")] * 2,
    ]
    groups = [("", 1), *((words, 4) for words in _parts().values())]
    rows: list[list[Cell | str]] = []
    for name in _names(document):
        row: list[Cell | str] = [_(name)]
        for key in _parts():
            one = part(document, "baselines", key, name)
            auroc, beaten = figure(one, "auroc"), one.get("beaten") is True
            # What was never compared is neither beaten nor lost.
            verdict = Cell(_("yes") if beaten else _("no"), tone="" if beaten else "warn")
            row += [
                measured(auroc),
                str(auroc.get("cases", NOTHING)) if auroc else NOTHING,
                measured(figure(one, "difference"), signed=True),
                verdict if "beaten" in one else NOTHING,
            ]
        rows.append(row)
    return Table(_("The model against its baselines"), heads, rows, groups)
