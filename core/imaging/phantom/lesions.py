"""Lesions put into the thorax on purpose.

A lesion either changes the patient before anything is drawn (`reshape`) or fills a part of the
pleural space with something else than lung (`fill`). Its mask on the film is the shadow of what it
filled. Several can stand in one thorax; those of the pleura take their space first.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.imaging.phantom import tissue
from core.imaging.phantom.anatomy import Thorax
from core.imaging.phantom.lesion import Filling, Lesion, Side, Zone
from core.imaging.phantom.lung_lesions import Atelectasis, Consolidation, Edema, Mass, Nodule
from core.imaging.phantom.pleural_lesions import PleuralEffusion, Pneumothorax

__all__ = [
    "Atelectasis",
    "Cardiomegaly",
    "Consolidation",
    "Edema",
    "Lesion",
    "Mass",
    "Nodule",
    "PleuralEffusion",
    "Pneumothorax",
    "Side",
    "Zone",
]


@dataclass(frozen=True)
class Cardiomegaly(Filling):
    """A dilated heart: the same heart, larger, mostly to the left and down.

    It is already in the thorax when lesions are filled in; its mask is where the heart stands.
    """

    enlargement: float = 1.28
    finding: str = "cardiomegaly"
    laterality: None = None
    attenuation: float = tissue.BLOOD
    mask_depth_mm: float = 25.0

    def reshape(self, thorax: Thorax) -> Thorax:
        """The patient with a heart so many times as large."""
        return replace(thorax, heart_size=thorax.heart_size * self.enlargement)
