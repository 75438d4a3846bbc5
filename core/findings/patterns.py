"""Entities beyond the plain synonyms of the vocabulary, and what only looks like one.

One pattern a line, one token a word: ``a|b`` either, ``?`` at most once, ``*`` any number.
"""

from __future__ import annotations

from core.findings.vocabulary import CARDIOMEGALY

_VERB = ":|is|are|was|remains|appears|appear|seems|looks|again|also|still"
_DEGREE = (
    "borderline|mildly|mild|minimally|slightly|moderately|moderate|markedly|severely|grossly|"
    "somewhat|stably|mild-to-moderately|top|to"
)
_SIDE = "left|right|upper|middle|lower"

PATTERNS: tuple[tuple[str, str], ...] = (
    (
        CARDIOMEGALY,
        f"heart|cardiac|cardiomediastinal size|silhouette|shadow|contour? {_VERB}* {_DEGREE}* "
        "enlarged|large|increased",
    ),
    (
        CARDIOMEGALY,
        "enlarged|large|increased cardiac|cardiomediastinal|cardiopericardial|heart "
        "silhouette|shadow|size?",
    ),
    (CARDIOMEGALY, "enlargement of the? heart|cardiac|cardiomediastinal silhouette|shadow?"),
    (CARDIOMEGALY, "heart|cardiac enlargement"),
    ("atelectasis", f"collapse of the? {_SIDE}* lung|lungs|lobe|lobes|segment"),
    ("pleural effusion", f"fluid in|within|along the? {_SIDE}* pleural space|spaces|cavity"),
    (
        "pleural effusion",
        f"fluid in|within|along the? {_SIDE}* minor|major|horizontal|oblique? fissure|fissures",
    ),
    ("pleural thickening", f"thickening of the? {_SIDE}* apical? pleura"),
    ("pleural thickening", "pleural scarring|scar and|or|/|and/or thickening"),
    ("edema", "pulmonary? vascular|venous|vasculature engorgement|redistribution"),
    ("edema", "engorgement|cephalization|redistribution of the? pulmonary? vasculature|vessels"),
)


def _listed(words: str) -> tuple[str, ...]:
    return tuple(words.split(", "))


# Longer than a synonym inside them, so that the synonym is not read: none of these is a finding.
DECOYS: tuple[str, ...] = _listed(
    "pericardial effusion, pericardial effusions, joint effusion, joint effusions, "
    "subcutaneous emphysema, mediastinal emphysema, soft tissue emphysema, cystic fibrosis, "
    "mass effect, body mass, soft tissue edema, subcutaneous edema, inguinal hernia, "
    "umbilical hernia, ventral hernia, consolidative process of bone, "
    "calcific density, calcific densities, calcified density, calcified densities, "
    "metallic density, metallic densities, bone density, bony density, osseous density, "
    "mineral density, bone mineral density, retrosternal density"
)
