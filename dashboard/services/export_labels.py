"""The table of labels: what a reader's own text states of each finding, and nothing else.

A finding that is present makes its broader one present too, since the vocabulary says that the one
states the other (Irvin 2019); nothing is concluded from an absence, from silence or from the draft.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping

from core.domain.finding import Certainty, Laterality, Mention
from core.domain.report import Sections
from core.findings.labeller import label, stated
from core.findings.vocabulary import BY_NAME, NAMES, NO_FINDING

PRESENT, ABSENT, UNCERTAIN, UNKNOWN = "1", "0", "u", ""
FINDINGS = (*NAMES, NO_FINDING)
COLUMNS = ("image", "patient", "split", "before_reveal", *FINDINGS)
_ONE_SIDE = (Laterality.LEFT, Laterality.RIGHT)


def label_cells(sections: Sections) -> dict[str, str]:
    """Return the cell of each finding: 1 present, 0 absent, u uncertain, empty not stated.

    A finding that is denied on one side alone is not known of the film.
    """
    mentions = stated(label(f"{sections.findings}\n\n{sections.impression}"))
    cells = {name: _cell(mentions.get(name)) for name in NAMES}
    for certain in (PRESENT, UNCERTAIN):
        for name in [name for name in NAMES if cells[name] == certain]:
            _raise_broader(cells, name, certain)
    return cells | {NO_FINDING: _nothing(cells, mentions)}


def _cell(mention: Mention | None) -> str:
    if mention is None:
        return UNKNOWN
    if mention.certainty is Certainty.ABSENT:
        return UNKNOWN if mention.laterality in _ONE_SIDE else ABSENT
    return PRESENT if mention.certainty is Certainty.PRESENT else UNCERTAIN


def _raise_broader(cells: dict[str, str], name: str, certain: str) -> None:
    broader = BY_NAME[name].parent
    while broader:
        # "No mass; possible nodule" and "no opacity" contradict: what is seen counts more.
        if cells[broader] != PRESENT:
            cells[broader] = certain
        broader = BY_NAME[broader].parent


def _nothing(cells: Mapping[str, str], mentions: Mapping[str, Mention]) -> str:
    """A film without a finding: only where the text says so, and states none."""
    if PRESENT in cells.values():
        return ABSENT
    said = mentions.get(NO_FINDING)
    if said is None or said.certainty is not Certainty.PRESENT:
        return UNKNOWN
    return UNCERTAIN if UNCERTAIN in cells.values() else PRESENT


def table(rows: Iterable[Mapping[str, str]]) -> str:
    """Return the rows as CSV (RFC 4180) under `COLUMNS`."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
