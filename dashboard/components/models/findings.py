"""The figures of each finding: a chart, the table, and its export."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import streamlit as st

from core.evaluation.scored import LEAST_FOR_MEAN
from core.training.card import SOURCES
from dashboard.components.models.charts import intervals, show_chart
from dashboard.components.models.figures import (
    NOTHING,
    Document,
    called_findings,
    decimal,
    few_positives,
    figure,
    films_known,
    part,
)
from dashboard.components.models.table import Cell, Table, counted, measured, show_table
from dashboard.language import translate as _
from dashboard.services.spreadsheet import safe_cell

ROC = "roc.png"
CERTAINTIES = ("present", "uncertain", "absent")
_CSV_FIGURES: dict[str, tuple[str, ...]] = {
    "auroc": ("auroc",),
    "auprc": ("auprc",),
    "cross_validation_auroc": ("cross_validation", "auroc"),
    "cross_validation_auprc": ("cross_validation", "auprc"),
    "sensitivity": ("sensitivity",),
    "specificity": ("specificity",),
    "sensitivity_uncertain": ("sensitivity_uncertain",),
    "specificity_uncertain": ("specificity_uncertain",),
    "calibration_error": ("reliability", "val", "error"),
    "side_accuracy": ("side_accuracy",),
}


def show_findings(document: Document, folder: Path | None) -> None:
    """The whole section."""
    st.caption(
        _(
            "Figures are of unseen NIH patients; cross-validation is of train patients, each read "
            "by a member that never saw them. Intervals are 95 %, resampled by patient. With few "
            "positives the interval is the figure; below {least} it says little, and is not drawn."
        ).format(least=LEAST_FOR_MEAN)
    )
    with st.container(horizontal=True, gap="medium"):
        rows = auroc_rows(document)
        if rows:
            spec = intervals(rows, _("AUROC, 95 % interval by patient"), mark=0.5)
            with st.container(width="content"):
                show_chart(spec, _("AUROC of each finding with its interval"))
        picture = folder / ROC if folder else None
        if picture is not None and picture.is_file():
            with st.container(width=440):
                st.image(str(picture), width=420)
    show_table(findings_table(document))
    st.download_button(
        _("Export {format}").format(format="CSV"),
        findings_csv(document).encode("utf-8"),
        file_name=f"{document.get('name', 'model')}-findings.csv",
        mime="text/csv",
        on_click="ignore",
    )


def auroc_rows(document: Document) -> list[dict[str, Any]]:
    """Return the dots of the chart: on unseen patients and in cross-validation, best first."""
    series = {(): _("unseen patients"), ("cross_validation",): _("cross-validation")}
    entries = called_findings(document).items()

    def rank(entry: Document) -> float:
        best = figure(entry, "cross_validation", "auroc") or figure(entry, "auroc")
        return best["value"] if best else 0.0

    return [
        {"label": _(name), "series": words, **found}
        for name, entry in sorted(entries, key=lambda item: -rank(item[1]))
        for path, words in series.items()
        if (found := figure(entry, *path, "auroc")) is not None and found["cases"] >= LEAST_FOR_MEAN
    ]


def findings_table(document: Document) -> Table:
    """Return one line a finding: how it is ranked, called and stated."""
    heads: list[Cell | str] = [
        _("finding"),
        Cell(_("positives"), title=_("films with the finding, of those where somebody looked")),
        _("AUROC"),
        _("cross-validation"),
        Cell(_("AUPRC"), title=_("equals the share of positives for scores that say nothing")),
        Cell(_("point"), title=_("operating point: from here on a finding is called present")),
        _("sensitivity"),
        _("specificity"),
        _("present"),
        _("uncertain"),
        _("absent"),
        Cell(_("error"), title=_("expected calibration error; above zero even where perfect")),
        _("shown as"),
    ]
    groups = [
        ("", 2),
        (_("ranking"), 3),
        (_("at the operating point"), 3),
        (_("had it, of the films called"), 3),
        (_("the number"), 2),
    ]
    rows = [_row(name, entry) for name, entry in called_findings(document).items()]
    return Table(_("Figures of each finding on unseen NIH patients"), heads, rows, groups)


def _row(name: str, entry: Document) -> list[Cell | str]:
    said = part(entry, "certainties", "val")
    calls = [
        counted(one.get("had", 0), one.get("films", 0), figure(one, "share"))
        for one in (part(said, certainty) for certainty in CERTAINTIES)
    ]
    point = entry.get("operating_point")
    return [
        _(name),
        _positives(entry),
        measured(figure(entry, "auroc")),
        measured(figure(entry, "cross_validation", "auroc")),
        measured(figure(entry, "auprc")),
        NOTHING if point is None else decimal(point),
        measured(figure(entry, "sensitivity")),
        measured(figure(entry, "specificity")),
        *calls,
        measured(figure(entry, "reliability", "val", "error")),
        _shown_as(entry),
    ]


def _positives(entry: Document) -> Cell:
    films = films_known(entry)
    count = _("{hits} of {films}").format(hits=entry.get("positives", 0), films=films)
    return Cell(count, _("too few to judge") if films and few_positives(entry) else "")


def _shown_as(entry: Document) -> Cell:
    place = _("location") if entry.get("localised") else _("attention, not location")
    note = _("map: {what}").format(what=place)
    if not entry.get("calibrated"):
        return Cell(_("score, not calibrated"), note, tone="prose")
    prevalence = decimal(entry.get("prevalence", 0.0))
    words = _("probability at {prevalence}").format(prevalence=prevalence)
    return Cell(words, note, _("the prevalence that it was calibrated at"), "prose")


def findings_csv(document: Document) -> str:
    """Return every figure of every finding, one line each; empty where nothing was measured."""
    out = io.StringIO()
    plain = ("positives", "negatives", "prevalence", "operating_point", "uncertain_point")
    ends = ("value", "low", "high", "cases")
    calls = [f"{called}_{count}" for called in CERTAINTIES for count in ("had", "films")]
    heads = [f"{key}_{end}" for key in _CSV_FIGURES for end in ends]
    sheet = csv.writer(out, lineterminator="\n")
    sheet.writerow(["finding", *plain, "calibrated", "localised", *heads, *calls])
    for name, entry in called_findings(document).items():
        found = [figure(entry, *path) or {} for path in _CSV_FIGURES.values()]
        said = part(entry, "certainties", "val")
        sheet.writerow(
            [
                safe_cell(name),
                *(entry.get(key, "") for key in plain),
                *(str(bool(entry.get(key))).lower() for key in ("calibrated", "localised")),
                *(one.get(end, "") for one in found for end in ends),
                *(part(said, c).get(k, "") for c in CERTAINTIES for k in ("had", "films")),
            ]
        )
    return out.getvalue()


def show_sources(document: Document) -> None:
    """Figures by where the films come from, and how many there are."""
    st.caption(
        _(
            "A finding that is told well in one source alone may be told by the source. Only "
            "sources that looked for a finding stand here; a dash: one kind of film alone."
        )
    )
    rows: list[list[Cell | str]] = []
    for name, entry in called_findings(document).items():
        for source, found in part(entry, "sources").items():
            rows.append(
                [
                    _(name),
                    Cell(source, title=_source(source).note),
                    _("{hits} of {films}").format(
                        hits=found.get("positives", 0), films=films_known(found)
                    ),
                    *(
                        measured(figure(found, key))
                        for key in ("auroc", "auprc", "sensitivity", "specificity")
                    ),
                ]
            )
    heads = [
        _("finding"), _("source"), _("positives"), _("AUROC"), _("AUPRC"),
        _("sensitivity"), _("specificity"),
    ]  # fmt: skip
    show_table(split_table(document))
    show_table(Table(_("Figures of each finding by source"), heads, rows))


def _source(key: str) -> Cell:
    """The key of a source in the manifest above the name that it goes by."""
    return Cell(key, SOURCES[key][0] if key in SOURCES else "")


def split_table(document: Document) -> Table:
    """Return films and patients of each source, those learned from and those unseen."""
    train, val = part(document, "split", "train"), part(document, "split", "val")
    rows: list[list[Cell | str]] = []
    for source in dict.fromkeys([*train, *val]):
        counts = [part(side, source) for side in (train, val)]
        rows.append(
            [
                _source(source),
                *(str(one.get(key, 0)) for one in counts for key in ("films", "patients")),
            ]
        )
    heads = [_("source"), _("films"), _("patients"), _("films"), _("patients")]
    groups = [("", 1), (_("learned from"), 2), (_("unseen"), 2)]
    return Table(_("Films by source"), heads, rows, groups)
