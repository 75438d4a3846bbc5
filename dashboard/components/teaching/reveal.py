"""What the commit opens: reference, score, differences, report, the model's draft, in one place."""

from __future__ import annotations

from dataclasses import asdict
from html import escape

import streamlit as st

from core.domain.report import Sections
from dashboard.components.registration import register
from dashboard.components.teaching import (
    blind_read_film,
    blind_read_head,
    blind_read_words,
    reveal_rows,
)
from dashboard.language import translate as _
from dashboard.services.teaching.reading import Revealed

COLUMNS = (58, 42)

_mount = register("reveal")


def show(found: Revealed, *, key: str) -> None:
    """The same layout as before the commit: film left, words right."""
    film, beside = st.columns(COLUMNS, gap="small")
    with film:
        blind_read_film.revealed(found, key=f"{key}_film")
    with beside, st.container(key="revealed", gap="small"):
        _reference(found)
        _mount(
            key=f"{key}_table",
            data={
                "rows": [asdict(row) for row in reveal_rows.rows(found)],
                "scored": found.attempt.score is not None,
                "labels": _labels(scored=found.case.scored),
            },
        )
        _lines(_("What this read shows"), reveal_rows.feedback(found))
        _lines(_("Marks"), reveal_rows.marks(found))
        _lines(_("Wording of your impression"), reveal_rows.wording(found))
        _text(_("Your impression"), found.attempt.answer.impression)
        _text(_("Learning points"), found.case.learning_points)
        _sections(_("Signed report"), found.case.report)
        if found.case.draft is not None:
            _sections(_("Draft of {model}").format(model=found.case.draft.model or _("the model")),
                      found.case.draft.sections)  # fmt: skip
            draft = _("A research model's draft, not for diagnosis without a qualified reader.")
            st.html(f'<p class="muted case-note">{escape(draft)}</p>')


def parts(found: Revealed) -> tuple[str, ...]:
    """The line above the case, with its title, which is open now."""
    place = blind_read_head.number(found.number, found.count)
    case = found.case
    return (
        blind_read_head.strong(case.title or place),
        *((f"<span>{escape(place)}</span>",) if case.title else ()),
        *blind_read_head.kind(case.level.value, generated=case.generated, scored=case.scored),
    )


def _reference(found: Revealed) -> None:
    kind = blind_read_words.reference(found.case.reference)
    head = _("Reference")
    line = f"<b>{escape(head)}</b> {escape(kind)}"
    if found.case.reference_note:
        line += f'<br><span class="muted">{escape(found.case.reference_note)}</span>'
    st.html(f'<p class="case-history">{line}</p>')


def _lines(heading: str, lines: tuple[str, ...]) -> None:
    if lines:
        items = "".join(f"<li>{escape(line)}</li>" for line in lines)
        st.html(
            f'<h4 class="case-heading">{escape(heading)}</h4><ul class="case-lines">{items}</ul>'
        )


def _text(heading: str, text: str) -> None:
    if text.strip():
        shown = f'<p class="case-text">{escape(text)}</p>'
        st.html(f'<h4 class="case-heading">{escape(heading)}</h4>{shown}')


def _sections(heading: str, sections: Sections) -> None:
    parts = []
    for name, text in sections.as_dict().items():
        if text.strip():
            label = f'<span class="muted">{escape(_(name.capitalize()))}:</span>'
            parts.append(f'<p class="case-text">{label} {escape(text)}</p>')
    if parts:
        st.html(f'<h4 class="case-heading">{escape(heading)}</h4>{"".join(parts)}')


def _labels(*, scored: bool) -> dict[str, str]:
    return {
        "table": _("Your read beside the reference"),
        "finding": _("Finding"),
        "yours": _("You"),
        "reference": _("Reference") if scored else _("Signed report"),
        "model": _("Model"),
        "brier": _("Brier"),
        "brier_title": _("Squared error of your certainty: 0 is best, 1 is worst"),
        "map_title": _("Show where: region, marks, map of the model"),
    }
