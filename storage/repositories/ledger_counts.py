"""The corrections of each signature, counted by the database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute

from storage.ledger_tables import CorrectionRow

COUNTS = (
    "kept", "changed", "added", "removed", "words", "words_edited", "told", "style",
    "findings_kept", "findings",
)  # fmt: skip


def counted() -> Select[Any]:
    """The corrections of each signature, counted."""
    sentence, finding = CorrectionRow.kind == "sentence", CorrectionRow.kind == "finding"
    one, change = literal(1), CorrectionRow.change
    there = case(
        (change == "added", _words(CorrectionRow.after)), else_=_words(CorrectionRow.before)
    )
    edited = change.in_(("added", "removed"))
    told = sentence & (change == "changed") & (CorrectionRow.natures != "")

    def total(name: str, condition: ColumnElement[bool], value: Any = one) -> Any:
        return func.sum(case((condition, value), else_=0)).label(name)

    return select(
        CorrectionRow.sequence,
        CorrectionRow.study_id,
        CorrectionRow.model,
        func.max(CorrectionRow.seconds_open).label("seconds_open"),
        *(total(name, sentence & (change == name)) for name in COUNTS[:4]),
        total("words", sentence & (change != "changed"), there),
        total("words_edited", sentence & edited, there),
        total("told", told),
        total("style", told & (CorrectionRow.natures == "style")),
        total("findings_kept", finding & (change == "kept")),
        total("findings", finding),
    ).group_by(CorrectionRow.sequence, CorrectionRow.study_id, CorrectionRow.model)


def _words(text: InstrumentedAttribute[str]) -> ColumnElement[int]:
    """How many words a text has; two spaces between words count as one word more."""
    trimmed = func.trim(text)
    spaces = func.length(trimmed) - func.length(func.replace(trimmed, " ", ""))
    return case((trimmed == "", 0), else_=spaces + 1)
