"""Zone and degree as reports word them (all sentences written for the test)."""

from __future__ import annotations

import pytest

from core.domain.finding import Mention, Severity, Zone
from core.findings.labeller import label, stated
from core.findings.places import one_zone

# "effusion basal small": the name's last word, the zone, the degree.
PHRASINGS = [
    ("Small left pleural effusion.", ["effusion - small"]),
    ("Trace effusions.", ["effusion - small"]),
    ("Effusion, small.", ["effusion - small"]),
    ("The pneumothorax is large.", ["pneumothorax - large"]),
    ("Moderate-sized hiatal hernia.", ["hernia - moderate"]),
    ("The heart is mildly enlarged.", ["cardiomegaly - small"]),
    ("Severe cardiomegaly.", ["cardiomegaly - large"]),
    ("Small apical pneumothorax on the right.", ["pneumothorax apical small"]),
    ("Bibasilar atelectasis.", ["atelectasis basal -"]),
    ("RML consolidation.", ["consolidation middle -"]),
    ("Consolidation in the lingula.", ["consolidation middle -"]),
    ("Consolidation behind the heart.", ["consolidation retrocardiac -"]),
    ("Perihilar opacities.", ["opacity perihilar -"]),
    ("Diffuse interstitial edema.", ["edema several zones -"]),
    # more than one
    ("Small right and moderate left pleural effusions.", ["effusion - moderate"]),
    ("A small to moderate effusion.", ["effusion - moderate"]),
    ("Opacities in the right upper and left lower lobes.", ["opacity several zones -"]),
    # whose is it
    (
        "Consolidation in the right upper lobe and large left effusion.",
        ["consolidation upper -", "effusion - large"],
    ),
    ("Small effusion and atelectasis.", ["effusion - small", "atelectasis - -"]),
    ("Small effusion with basal atelectasis.", ["effusion - small", "atelectasis basal -"]),
    (
        "Consolidation and effusion in the left base.",
        ["consolidation basal -", "effusion basal -"],
    ),
    (
        "Retrocardiac opacity, likely atelectasis.",
        ["opacity retrocardiac -", "atelectasis retrocardiac -"],
    ),
    ("No effusion on the right; large on the left.", ["effusion - -", "effusion - large"]),
    # of no finding, or of its change
    ("No large effusion.", ["effusion - -"]),
    ("Mildly increased effusion.", ["effusion - -"]),
    ("Slight interval improvement of the effusion.", ["effusion - -"]),
    ("Small lung volumes with atelectasis.", ["atelectasis - -"]),
    ("Nodule, right upper quadrant clips.", ["nodule - -"]),
    ("Cardiomegaly and lower lobe atelectasis.", ["cardiomegaly - -", "atelectasis lower -"]),
]


def _written(mention: Mention) -> str:
    name = mention.name.split()[-1]
    return f"{name} {mention.zone or '-'} {mention.severity or '-'}"


@pytest.mark.parametrize(("text", "expected"), PHRASINGS, ids=[text for text, _ in PHRASINGS])
def test_phrasings(text: str, expected: list[str]) -> None:
    assert [_written(mention) for mention in label(text)] == expected


def test_a_text_states_one_zone_and_the_largest_degree() -> None:
    text = "Small right basal effusion. Moderate effusion in the right lower zone."
    (mention,) = stated(label(text)).values()
    assert (mention.zone, mention.severity) == (Zone.LOWER, Severity.MODERATE)


def test_zones_within_a_broad_one_are_that_one() -> None:
    assert one_zone([]) is None
    assert one_zone([Zone.BASAL, Zone.BASAL]) is Zone.BASAL
    assert one_zone([Zone.BASAL, Zone.RETROCARDIAC]) is Zone.LOWER
    assert one_zone([Zone.APICAL, Zone.BASAL]) is Zone.SEVERAL
