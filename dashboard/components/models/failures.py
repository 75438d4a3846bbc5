"""The most confident wrong calls, as thumbnails where the films are at hand."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.domain.finding import digits_apart
from dashboard.components.film_thumbnails import Thumbnail, show_thumbnails
from dashboard.components.models.figures import Document, decimal, part
from dashboard.components.models.table import Cell, Table, lead, show_table
from dashboard.language import translate as _


def show_failures(document: Document, films: Path | None) -> None:
    """Called without the finding, then missed with it."""
    lead(
        _(
            "The most confident calls that the label contradicts. NIH labels were mined from "
            "report text: some of these are the label's error."
        )
    )
    if films is None:
        st.caption(
            _("To see these films here, let {setting} name the folder they are in.").format(
                setting="OVERREAD_FILMS"
            )
        )
        show_table(failures_table(document))
        return
    for kind, title in _kinds().items():
        found = [one for one in document.get("worst", ()) if one.get("kind") == kind]
        if found:
            st.markdown(f"**{title}**")
            show_thumbnails(films, [_thumbnail(document, one) for one in found])


def _kinds() -> dict[str, str]:
    return {
        "called": _("Called, without the label"),
        "missed": _("Labelled, and given a low probability"),
    }


def _number(document: Document, one: Document) -> tuple[str, ...]:
    """The number never without its operating point."""
    point = part(document, "findings", str(one["finding"])).get("operating_point")
    kind = _("probability {value}") if one.get("calibrated") else _("score {value}")
    if point is None:
        return (kind.format(value=decimal(one["shown"])),)
    digits = digits_apart(one["shown"], point)
    value, against = (decimal(number, digits=digits) for number in (one["shown"], point))
    return kind.format(value=value), _("operating point {value}").format(value=against)


def _thumbnail(document: Document, one: Document) -> Thumbnail:
    return Thumbnail(str(one["image"]), (_(str(one["finding"])), *_number(document, one)))


def failures_table(document: Document) -> Table:
    """Return the same without pictures."""
    heads = [_("finding"), _("kind"), _("number"), _("film")]
    kinds = _kinds()
    rows: list[list[Cell | str]] = [
        [
            _(str(one["finding"])),
            kinds.get(str(one.get("kind")), ""),
            Cell(*_number(document, one)),
            Cell(str(one["image"]), tone="file"),
        ]
        for one in document.get("worst", ())
    ]
    return Table(_("The most confident wrong calls"), heads, rows)
