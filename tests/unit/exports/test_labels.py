"""What a text states of each finding: present, absent, uncertain, or nothing at all."""

from __future__ import annotations

import csv

import pytest

from core.domain.report import Sections
from core.findings.vocabulary import NAMES, NO_FINDING
from dashboard.services.export_labels import COLUMNS, label_cells, table


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("There is a left pleural effusion.", {"pleural effusion": "1", NO_FINDING: "0"}),
        ("No pneumothorax.", {"pneumothorax": "0", NO_FINDING: ""}),
        ("No left pneumothorax.", {"pneumothorax": ""}),
        ("Possible consolidation.", {"consolidation": "u", "lung opacity": "u"}),
        ("Right lower lobe consolidation.", {"consolidation": "1", "lung opacity": "1"}),
        ("Bilateral opacities. Possible mass.", {"mass": "u", "lung opacity": "1"}),
        ("No lung opacity. Small nodule.", {"nodule": "1", "lung opacity": "1"}),
        ("No acute cardiopulmonary abnormality.", {NO_FINDING: "1", "mass": ""}),
        ("", {NO_FINDING: ""}),
    ],
)
def test_cells_say_what_the_text_says(text: str, stated: dict[str, str]) -> None:
    cells = label_cells(Sections(findings=text))
    assert {name: cells[name] for name in stated} == stated


def test_every_finding_of_the_vocabulary_has_a_column() -> None:
    assert COLUMNS[4:] == (*NAMES, NO_FINDING)
    cells = label_cells(Sections(impression="Cardiomegaly."))
    row = {"image": "a", "patient": "b", "split": "train", "before_reveal": "0", **cells}
    (read,) = csv.DictReader(table([row]).splitlines())
    assert read == row and read["cardiomegaly"] == "1"
