"""Signed studies with the marks that they may train models: many at once, or one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import streamlit as st

from core.domain.errors import OverreadError
from dashboard.components import messages
from dashboard.language import translate as _
from dashboard.services.consent import (
    SignedStudy,
    give_consent,
    signed_studies,
    withdraw_consent,
)
from dashboard.workspace import Workspace

PAGE_SIZE = 50
ERROR, SAID = "consent_error", "consent_said"
_TABLE, _PAGE = "consent_table", "consent_page"


def show(place: Workspace) -> None:
    """The table of a page of studies, and two buttons for the rows that are chosen."""
    page = int(st.session_state.get(_PAGE, 1))
    found, total = signed_studies(place, page=page, size=PAGE_SIZE)
    if not total:
        words = _("No study of a patient is signed yet; phantoms are nobody's and train nothing.")
        st.html(f'<p class="muted">{escape(words)}</p>')
        return
    chosen = _chosen(found, page)
    _buttons(place, chosen)
    if total > PAGE_SIZE:
        st.pagination((total + PAGE_SIZE - 1) // PAGE_SIZE, key=_PAGE)


def _chosen(found: Sequence[SignedStudy], page: int) -> list[int]:
    """Draw the table; return the numbers of the studies whose rows are chosen."""
    columns: dict[str, list[Any]] = {
        _("may train"): [_standing(one) for one in found],
        _("patient"): [one.study.patient.display_name or _("no name") for one in found],
        _("identifier"): [one.study.patient.patient_id for one in found],
        _("accession"): [one.study.accession_number for one in found],
        _("signed by"): [one.signed_by for one in found],
        _("marked by"): [_marked(one) for one in found],
    }
    event = st.dataframe(
        columns,
        key=f"{_TABLE}_{page}",
        on_select="rerun",
        selection_mode="multi-row",
        hide_index=True,
        height="auto" if len(found) <= 10 else 392,
    )
    rows = event["selection"]["rows"]
    return [found[row].study.id for row in rows if row < len(found)]


def _standing(one: SignedStudy) -> str:
    if one.consent is None:
        return _("not marked")
    return _("yes") if one.given else _("withdrawn")


def _marked(one: SignedStudy) -> str:
    said = one.consent
    if said is None:
        return ""
    return _("{reader}, {when}").format(
        reader=said.reader, when=f"{said.at.astimezone():%Y-%m-%d %H:%M}"
    )


def _buttons(place: Workspace, chosen: list[int]) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        for key, words, say in (
            ("give", _("May train ({count})"), give_consent),
            ("withdraw", _("May not train ({count})"), withdraw_consent),
        ):
            st.button(
                words.format(count=len(chosen)),
                key=f"consent_{key}",
                disabled=not chosen,
                on_click=_say,
                args=(place, say, chosen),
            )
        if (count := st.session_state.pop(SAID, None)) is not None:
            st.caption(_("{count} marks changed.").format(count=count))
    if error := st.session_state.pop(ERROR, None):
        messages.error(error)


def _say(place: Workspace, say: Callable[..., int], chosen: list[int]) -> None:
    try:
        st.session_state[SAID] = say(place, chosen, reader=place.reader())
    except OverreadError as error:
        st.session_state[ERROR] = error
