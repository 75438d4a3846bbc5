from __future__ import annotations

from pathlib import Path

import pytest

from core.domain.finding import Laterality
from core.findings.mesh import LEFT_OUT, RULES, coded
from core.findings.vocabulary import NAMES

ROOT = Path(__file__).resolve().parents[3]
LEFT, RIGHT, BOTH = Laterality.LEFT, Laterality.RIGHT, Laterality.BILATERAL


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ("normal", {}),
        ("Cardiomegaly/mild", {"cardiomegaly": None}),
        ("Cardiac Shadow/enlarged", {"cardiomegaly": None}),
        ("Cardiac Shadow/obscured", {}),
        ("Pulmonary Atelectasis/base/left", {"atelectasis": LEFT}),
        ("Pleural Effusion/left;Pleural Effusion/right/small", {"pleural effusion": BOTH}),
        ("Pleural Effusion;Pleural Effusion/right", {"pleural effusion": RIGHT}),
        ("Pleural Effusion/bilateral", {"pleural effusion": BOTH}),
        ("Opacity/lung/base/left", {"lung opacity": LEFT}),
        ("Opacity/lung/left/round", {"nodule": LEFT}),
        ("Opacity/ribs/left/round;Density/mediastinum", {}),
        ("Thickening/pleura/apex", {"pleural thickening": None}),
        ("Thickening/lung/interstitial", {}),
        ("Hydropneumothorax/left", {"pleural effusion": LEFT, "pneumothorax": LEFT}),
        ("Pulmonary Congestion/bilateral", {"edema": None}),
        ("Calcified Granuloma/lung;Lung/hyperdistention;Hernia, Hiatal/large", {"hernia": None}),
    ],
)
def test_coded(codes: str, expected: dict[str, Laterality | None]) -> None:
    assert coded(codes) == expected


def test_every_rule_names_a_finding_of_the_vocabulary() -> None:
    assert {rule.finding for rule in RULES} <= set(NAMES)


def test_the_page_shows_the_whole_table() -> None:
    page = (ROOT / "docs" / "labeller.md").read_text(encoding="utf-8")
    shown = [row.split(" | ") for row in page.splitlines() if row.startswith("| ")]
    for rule in RULES:
        assert any(row[0] == f"| {rule.head}" and rule.finding in row for row in shown)
    for heads, why in LEFT_OUT:
        assert f"| {heads} | {why} |" in page
