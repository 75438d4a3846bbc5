"""The film check before every draft: what it refuses, what it lets through, how it turns films."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.domain.errors import ModelUnavailableError
from core.models.film_standing import CheckFigures, read_check_figures
from core.models.registry import FILM_CHECK_FOLDER
from dashboard.components.models.figures import (
    NOTHING,
    Document,
    decimal,
    figure,
    part,
    share,
    span,
)
from dashboard.components.models.table import Cell, Table, lead, show_table
from dashboard.language import translate as _

_ALL = "all"


def gate_figures() -> CheckFigures | None:
    """Return the figures of the film check, or nothing where they cannot be used."""
    try:
        return read_check_figures(FILM_CHECK_FOLDER)
    except ModelUnavailableError:
        return None


def show_gate(check: CheckFigures) -> None:
    """Films refused, other pictures let through, and the ways a film can lie."""
    figures = part(check.document, "figures")
    st.html(
        f'<div class="signature model"><b>{escape(check.name)}</b> '
        f'<span title="{escape(check.weights_sha256)}">SHA-256 '
        f"{escape(check.weights_sha256[:12])}</span></div>"
    )
    lead(
        _(
            "Before a draft, is this a frontal chest film, and how does it lie? A film passes from "
            "a score of {chest}, is called turned from {turn} and inverted from {inverted}."
        ).format(
            chest=f"{check.chest_point:.3g}",
            turn=decimal(check.turn_point),
            inverted=decimal(check.inverted_point),
        )
    )
    left = (rejects_table(figures), poses_table(figures), *drawn_tables(figures)[:1])
    right = (dicom_table(figures), left_out_table(figures), *drawn_tables(figures)[1:])
    if not any(table.rows for table in (*left, *right)):
        st.caption(_("Nothing was measured of this film check."))
        return
    st.caption(
        _(
            "Intervals are 95 %: of films by patient, of other pictures Wilson's with each picture "
            "a case. Turned and inverted films are the same films in several ways: no interval."
        )
    )
    for column, tables in zip(st.columns(2, gap="large"), (left, right), strict=True):
        with column:
            for table in tables:
                _titled(table)


def _titled(table: Table) -> None:
    if table.rows:
        st.markdown(f"**{table.caption}**")
        show_table(table)


def rejects_table(figures: Document) -> Table:
    """Return chest films that are refused, by source, all of them last."""
    found = part(figures, "false_rejects")
    rows: list[list[Cell | str]] = []
    for source in sorted(found, key=lambda name: name == _ALL):
        one = part(found, source)
        count = (one.get("refused", 0), one.get("films", 0))
        ends = span(figure(one, "rate")) or NOTHING
        name = _("all") if source == _ALL else source
        rows.append([name, _hits(*count), ends, str(one.get("patients", 0))])
    heads = [_("source"), _("refused"), _("95 % interval"), _("patients")]
    return Table(_("Chest films refused, unseen patients"), heads, rows)


def drawn_tables(figures: Document) -> list[Table]:
    """Return drawn pictures that pass: of kinds that no training saw, and of those it did."""
    captions = {
        "drawn_kinds_held_out": _("Drawn pictures of kinds that it never saw"),
        "drawn_kinds_learned": _("Drawn pictures of kinds that it learned"),
    }
    heads = [_("picture shows"), _("let through"), _("95 % interval")]
    return [
        Table(caption, heads, _passing(part(figures, key))) for key, caption in captions.items()
    ]


def dicom_table(figures: Document) -> Table:
    """Return what of real DICOM files passes, by what they show."""
    heads = [_("file shows"), _("let through"), _("95 % interval")]
    caption = _("Real DICOM files, by modality and part of the body")
    return Table(caption, heads, _passing(part(figures, "dicom")))


def left_out_table(figures: Document) -> Table:
    """Return why other DICOM files of the folder were not tried."""
    rows = [[_(reason), str(count)] for reason, count in part(figures, "dicom_left_out").items()]
    return Table(_("DICOM files that were not tried"), [_("reason"), _("files")], rows)


def _passing(counts: Document) -> list[list[Cell | str]]:
    """Lines of *hits of tries* with Wilson's interval, each picture a case; most first."""
    found = ((kind, part(counts, kind)) for kind in counts)
    read = [(kind, one["passed"], one["pictures"]) for kind, one in found]
    read.sort(key=lambda line: -line[1])
    return [[_(kind), _hits(hits, of), span(share(hits, of)) or NOTHING] for kind, hits, of in read]


def _hits(hits: int, of: int) -> str:
    return _("{hits} of {films}").format(hits=hits, films=of)


def poses_table(figures: Document) -> Table:
    """Return what was said of films in each way that they can lie."""
    ways = {
        "as they should": _("upright, as they should be"),
        "turned": _("turned by one to three quarters"),
        "inverted": _("inverted"),
        "all ways": _("in all eight ways"),
    }
    words = {
        "called turned": _("called turned"),
        "called inverted": _("called inverted"),
        "turned back": _("turned back"),
        "left as they are": _("left as they are"),
        "turned wrongly": _("turned wrongly"),
        "refused": _("refused"),
        "turn and scale right": _("turn and inversion right"),
    }
    rows: list[list[Cell | str]] = []
    for way, counts in part(figures, "poses").items():
        films = part(counts).get("films", 0)
        for key, hits in part(counts).items():
            if key != "films" and films:
                said = words.get(key, key)
                rows.append([ways.get(way, way), said, _hits(hits, films), _percent(hits, films)])
    heads = [_("films lie"), _("said"), _("films"), _("share")]
    return Table(_("Turned and inverted films"), heads, rows)


def _percent(hits: int, films: int) -> str:
    """A share in percent; only all is 100, only none is 0."""
    if 0 < hits < films:
        if 1000 * hits < films:
            return _("below {percent} %").format(percent="0.1")
        if 1000 * (films - hits) < films:
            return _("over {percent} %").format(percent="99.9")
    return f"{100 * hits / films:.1f} %"
