"""Manual MeSH codes of the Open-i chest reports, as findings of the vocabulary.

A code is a head with qualifiers, "Opacity/lung/base/left"; the codes of a report are joined by
semicolons. The table holds one rule a line: a code with that head, with at least one of
``with_any`` and with none of ``without`` among its qualifiers, is that finding.

References
----------
Demner-Fushman 2016 (preparing a collection of radiology examinations for distribution and
retrieval: the Indiana University reports and how they were coded).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.domain.finding import Laterality
from core.findings.vocabulary import BY_NAME, CARDIOMEGALY, CONSOLIDATION, LUNG_OPACITY

NOT_INDEXED = frozenset({"", "No Indexing"})
"""What stands in place of codes where nobody has coded a report."""

NODULAR = frozenset({"round"})
"""Qualifier by which the indexers code "nodular" of an opacity or a density."""
OUTSIDE_LUNG = frozenset(
    {"ribs", "clavicle", "sternum", "shoulder", "humerus", "thoracic vertebrae", "spine"}
    | {"mediastinum", "paratracheal", "heart", "aorta", "abdomen", "breast", "soft tissue"}
)
"""Qualifiers of place by which an opacity or a density is not one of the lung."""
_SIDES = frozenset(Laterality)


@dataclass(frozen=True)
class Rule:
    """One line of the table; ``why`` is given where the choice is not plain from the words."""

    head: str
    finding: str
    with_any: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    why: str = ""

    def takes(self, head: str, qualifiers: frozenset[str]) -> bool:
        """Whether a code is the finding of this rule."""
        wanted = not self.with_any or bool(self.with_any & qualifiers)
        return head == self.head and wanted and not self.without & qualifiers


_SHADOW = "an opacity or density of the lung; not round, which is nodular"
_ROUND = 'the indexers code "nodular opacity" and "nodular density" as round'

RULES: tuple[Rule, ...] = (
    Rule("Cardiomegaly", CARDIOMEGALY),
    Rule("Cardiac Shadow", CARDIOMEGALY, frozenset({"enlarged"})),
    Rule("Pulmonary Atelectasis", "atelectasis"),
    Rule("Volume Loss", "atelectasis", why="a synonym in the vocabulary"),
    Rule("Consolidation", CONSOLIDATION),
    Rule("Airspace Disease", CONSOLIDATION, why="a synonym in the vocabulary"),
    Rule("Pulmonary Edema", "edema"),
    Rule("Pulmonary Congestion", "edema", why="vascular congestion is a synonym (as in CheXpert)"),
    Rule("Emphysema", "emphysema"),
    Rule("Pulmonary Emphysema", "emphysema"),
    Rule("Bullous Emphysema", "emphysema"),
    Rule("Pulmonary Fibrosis", "fibrosis"),
    Rule("Fibrosis", "fibrosis"),
    Rule("Opacity", LUNG_OPACITY, without=NODULAR | OUTSIDE_LUNG, why=_SHADOW),
    Rule("Density", LUNG_OPACITY, without=NODULAR | OUTSIDE_LUNG, why=_SHADOW),
    Rule("Nodule", "nodule"),
    Rule("Opacity", "nodule", NODULAR, OUTSIDE_LUNG, _ROUND),
    Rule("Density", "nodule", NODULAR, OUTSIDE_LUNG, _ROUND),
    Rule("Mass", "mass"),
    Rule("Pneumonia", "pneumonia"),
    Rule("Infiltrate", "infiltration"),
    Rule("Pleural Effusion", "pleural effusion"),
    Rule("Hydropneumothorax", "pleural effusion", why="air and fluid"),
    Rule("Hydropneumothorax", "pneumothorax", why="air and fluid"),
    Rule("Pneumothorax", "pneumothorax"),
    Rule("Thickening", "pleural thickening", frozenset({"pleura"})),
    Rule("Hernia, Hiatal", "hernia"),
    Rule("Hernia, Diaphragmatic", "hernia"),
)

LEFT_OUT: tuple[tuple[str, str], ...] = (
    ("Calcified Granuloma, Granuloma, Calcinosis", "said as granuloma, which is no nodule here"),
    ("Lung/hyperdistention, Diaphragm/flattened", "asthma and a deep breath do the same"),
    ("Pulmonary Disease, Chronic Obstructive", "a diagnosis from the history, not a shadow"),
    ("Costophrenic Angle/blunted, Sulcus/blunted", "an effusion or a scar: which, is not said"),
    ("Cicatrix", "a scar is not yet a fibrosis of the lung"),
    ("Markings, Lung/interstitial", "a pattern, not a finding of the vocabulary"),
    ("Lung Diseases, Interstitial", "wider than fibrosis"),
    ("Heart Failure, Hypertension, Pulmonary", "a diagnosis, not its sign on the film"),
    ("Pericardial Effusion, Subcutaneous Emphysema", "other places"),
)
"""Heads that come near a finding and are none, with the reason."""


def coded(codes: str) -> dict[str, Laterality | None]:
    """The findings of the codes of one report, each with its side where one is coded.

    Parameters
    ----------
    codes : str
        Such as "Cardiomegaly/mild;Pulmonary Atelectasis/base/left"; one side of several codes
        joins to bilateral.
    """
    found: dict[str, Laterality | None] = {}
    for name, side in _each(codes):
        known = found.get(name)
        if side is not None and known not in (None, side):
            side = Laterality.BILATERAL
        found[name] = side or known
    return found


def _each(codes: str) -> Iterator[tuple[str, Laterality | None]]:
    for code in codes.split(";"):
        head, *rest = (part.strip() for part in code.split("/"))
        qualifiers = frozenset(rest)
        sides = qualifiers & _SIDES
        side = Laterality(next(iter(sides))) if len(sides) == 1 else None
        for rule in RULES:
            if rule.takes(head, qualifiers):
                yield rule.finding, side if BY_NAME[rule.finding].sided else None
