"""The closed list of findings: one place for names, synonyms, codes, sides and label maps.

References
----------
Wang 2017 (NIH ChestX-ray14 labels), Irvin 2019 (CheXpert labels and their hierarchy), SNOMED CT
(International Edition), DICOM PS3.16 CID 6102 (chest findings).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from core.domain.errors import N_


class Region(StrEnum):
    """The order in which a radiologist dictates."""

    LUNGS = "lungs"
    PLEURA = "pleura"
    HEART = "heart and mediastinum"


@dataclass(frozen=True)
class Term:
    """One finding of the vocabulary.

    ``sided`` says whether a side belongs to it; ``worded`` whether a draft may name it: diagnoses
    and vague terms that a film cannot give are scored but never drafted as words. ``parent`` is the
    broader finding that is stated with it (CheXpert: a consolidation is a lung opacity).
    ``snomed`` is left out where no code means just this.
    """

    name: str
    region: Region
    synonyms: tuple[str, ...] = ()
    sided: bool = True
    worded: bool = True
    nih: str | None = None
    chexpert: str | None = None
    snomed: str | None = None
    parent: str | None = None


NO_FINDING = N_("no finding")
LUNG_OPACITY = N_("lung opacity")
CONSOLIDATION = N_("consolidation")
CARDIOMEGALY = N_("cardiomegaly")

TERMS: tuple[Term, ...] = (
    Term(
        N_("atelectasis"),
        Region.LUNGS,
        (
            "atelectases",
            "atelectatic",
            "volume loss",
            "subsegmental collapse",
            "lobar collapse",
            "lobe collapse",
            "lung collapse",
            "collapsed lung",
        ),
        nih="Atelectasis",
        chexpert="Atelectasis",
        snomed="46621007",
        parent=LUNG_OPACITY,
    ),
    Term(
        CONSOLIDATION,
        Region.LUNGS,
        (
            "consolidations",
            "consolidative",
            "consolidative opacity",
            "consolidative opacities",
            "airspace consolidation",
            "air space consolidation",
            "airspace disease",
            "air space disease",
            "air-space disease",
        ),
        nih="Consolidation",
        chexpert="Consolidation",
        snomed="95436008",
        parent=LUNG_OPACITY,
    ),
    Term(
        N_("edema"),
        Region.LUNGS,
        (
            "oedema",
            "pulmonary edema",
            "pulmonary oedema",
            "interstitial edema",
            "interstitial oedema",
            "alveolar edema",
            "vascular congestion",
            "pulmonary vascular congestion",
            "pulmonary venous congestion",
            "pulmonary congestion",
            "vascular cephalization",
            "cephalization",
        ),
        sided=False,
        nih="Edema",
        chexpert="Edema",
        snomed="19242006",
        parent=LUNG_OPACITY,
    ),
    Term(
        N_("emphysema"),
        Region.LUNGS,
        # Not "hyperinflated": lungs are that in asthma and by a deep breath as well.
        ("emphysematous", "pulmonary emphysema"),
        sided=False,
        nih="Emphysema",
        snomed="87433001",
    ),
    Term(
        N_("fibrosis"),
        Region.LUNGS,
        ("fibrotic", "interstitial scarring", "pulmonary fibrosis"),
        nih="Fibrosis",
        snomed="51615001",
    ),
    Term(
        LUNG_OPACITY,
        Region.LUNGS,
        (
            "lung opacities",
            "opacity",
            "opacities",
            "opacification",
            "opacifications",
            "density",
            "densities",
            "airspace opacity",
            "air space opacity",
            "airspace opacities",
            "air space opacities",
        ),
        nih="Lung Opacity",
        chexpert="Lung Opacity",
    ),
    Term(
        N_("mass"),
        Region.LUNGS,
        ("masses", "lung mass", "masslike opacity", "mass-like opacity"),
        nih="Mass",
        snomed="309529002",
        parent=LUNG_OPACITY,
    ),
    Term(
        N_("nodule"),
        Region.LUNGS,
        ("nodules", "nodular density", "nodular densities", "nodular opacity", "nodular opacities"),
        nih="Nodule",
        snomed="27925004",
        parent=LUNG_OPACITY,
    ),
    Term(
        N_("pneumonia"),
        Region.LUNGS,
        ("pneumonias", "bronchopneumonia"),
        worded=False,
        nih="Pneumonia",
        chexpert="Pneumonia",
        snomed="233604007",
        parent=CONSOLIDATION,
    ),
    Term(
        N_("infiltration"),
        Region.LUNGS,
        ("infiltrate", "infiltrates", "infiltrations"),
        worded=False,
        nih="Infiltration",
        parent=LUNG_OPACITY,
    ),
    Term(
        N_("COVID-19"),
        Region.LUNGS,
        ("covid", "covid 19", "sars-cov-2"),
        sided=False,
        worded=False,
        snomed="840539006",
        parent=LUNG_OPACITY,
    ),
    Term(
        N_("pleural effusion"),
        Region.PLEURA,
        ("effusion", "effusions", "pleural effusions", "pleural fluid", "hydrothorax"),
        nih="Effusion",
        chexpert="Pleural Effusion",
        snomed="60046008",
    ),
    Term(
        N_("pleural thickening"),
        Region.PLEURA,
        ("thickened pleura", "pleural plaque", "pleural plaques"),
        nih="Pleural_Thickening",
    ),
    Term(
        N_("pneumothorax"),
        Region.PLEURA,
        ("pneumothoraces", "hydropneumothorax"),
        nih="Pneumothorax",
        chexpert="Pneumothorax",
        snomed="36118008",
    ),
    Term(
        CARDIOMEGALY,
        Region.HEART,
        (
            "enlarged heart",
            "cardiac enlargement",
            "enlarged cardiac silhouette",
            "heart is enlarged",
            "enlarged cardiomediastinal silhouette",
        ),
        sided=False,
        nih="Cardiomegaly",
        chexpert="Cardiomegaly",
        snomed="8186001",
    ),
    Term(
        N_("hernia"),
        Region.HEART,
        ("hiatal hernia", "hiatus hernia", "diaphragmatic hernia"),
        sided=False,
        nih="Hernia",
    ),
)

BY_NAME = MappingProxyType({term.name: term for term in TERMS})
BY_NIH = MappingProxyType({term.nih: term for term in TERMS if term.nih})
NAMES: tuple[str, ...] = tuple(term.name for term in TERMS)

# What an impression names first: what harms within the hour, then what must not be missed, then
# what is chronic. Every worded term stands here.
URGENCY: tuple[str, ...] = (
    "pneumothorax",
    "edema",
    CONSOLIDATION,
    "pleural effusion",
    "mass",
    "nodule",
    LUNG_OPACITY,
    "atelectasis",
    CARDIOMEGALY,
    "pleural thickening",
    "emphysema",
    "fibrosis",
    "hernia",
)

# What no model here looks for; the review page says so, a report never does.
NOT_ASSESSED: tuple[str, ...] = (
    N_("lines and tubes"),
    N_("free air"),
    N_("fractures"),
    N_("apices"),
    N_("behind the heart"),
)


def narrower(name: str) -> frozenset[str]:
    """The findings that state ``name`` along with themselves, at any depth."""
    children = {term.name for term in TERMS if term.parent == name}
    return frozenset(children).union(*(narrower(child) for child in children))
