"""One thorax: the numbers in which people differ, drawn from a seed.

Thorax coordinates are those of DICOM (PS3.3 C.7.6.2.1.1), in millimetres of an average adult:
x to the patient's left, y to the back, z to the head. The origin lies in the midline at the
carina. `scale` turns average millimetres into those of this patient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Projection = Literal["PA", "AP", "LATERAL"]
Sex = Literal["F", "M"]
Floats = NDArray[np.floating[Any]]

# Inner surface of the rib cage by height: half width, half depth, y of the centre.
CAGE_Z = np.array([-260, -210, -160, -110, -60, -20, 20, 50, 75, 92, 108], dtype=np.float64)
CAGE_HALF_WIDTH = np.array([137, 141, 143, 141, 136, 129, 118, 105, 91, 78, 60], dtype=np.float64)
CAGE_HALF_DEPTH = np.array([84, 90, 93, 93, 90, 84, 74, 62, 51, 42, 32], dtype=np.float64)
CAGE_CENTRE_Y = np.array([-6, -6, -6, -6, -4, 1, 8, 14, 18, 20, 22], dtype=np.float64)

# Mid heights of the vertebrae C6 to L1 and below; T5 stands at the carina.
VERTEBRA_Z = np.array(
    [137, 120, 102, 82, 61.5, 40.5, 19, -3, -25.5, -48.5, -72, -96, -121, -147, -174, -203, -234.0]
)
FIRST_THORACIC = 3


@dataclass(frozen=True)
class Thorax:
    """The variables of one patient and of how they stood."""

    seed: int
    projection: Projection
    sex: Sex
    age: int
    scale: tuple[float, float, float]
    rotation_deg: float
    dome_right_mm: float
    dome_left_mm: float
    apex_mm: float
    heart_size: float
    heart_tilt_deg: float
    aorta_tortuosity: float
    fat_mm: float
    muscle_mm: float
    breast: float
    rib_drop: float
    rib_level_mm: float
    clavicle_tilt: float
    scapula_out_mm: float
    shoulder_mm: float
    lung_density: float
    vessel_size: float
    mineral: float
    stomach_air: float

    def stream(self, name: str) -> np.random.Generator:
        """A random stream of its own for each structure, so that a lesion moves nothing else."""
        return np.random.default_rng([self.seed, *name.encode()])


def draw_thorax(
    seed: int, projection: Projection, sex: Sex | None = None, age: int | None = None
) -> Thorax:
    """Draw the patient that belongs to a seed; the same one in every projection."""
    rng = np.random.default_rng([seed, 7])
    drawn_sex: Sex = "F" if rng.random() < 0.5 else "M"
    drawn_age = int(rng.integers(22, 82))
    chosen_sex, chosen_age = sex or drawn_sex, drawn_age if age is None else age
    aged = float(np.clip((chosen_age - 25) / 55, 0.0, 1.0))
    size = (0.93 if chosen_sex == "F" else 1.03) * rng.normal(1.0, 0.025)
    build = float(np.clip(rng.normal(0.0, 1.0), -1.8, 2.2))
    breath = float(np.clip(rng.normal(0.0, 1.0), -1.8, 1.8))
    upright = projection != "AP"
    dome = -112.0 - 7.0 * breath + (0.0 if upright else 16.0)
    return Thorax(
        seed=seed,
        projection=projection,
        sex=chosen_sex,
        age=chosen_age,
        scale=(size * (1 + 0.02 * build), size * (1 + 0.03 * build + 0.05 * aged), size),
        rotation_deg=float(rng.normal(0.0, 1.3 if upright else 3.0)),
        dome_right_mm=dome,
        dome_left_mm=dome - float(np.clip(rng.normal(11.0, 4.0), 3.0, 20.0)),
        apex_mm=float(rng.normal(93.0, 2.5)),
        heart_size=float(np.clip(rng.normal(0.965 + 0.03 * aged, 0.035), 0.89, 1.05)),
        heart_tilt_deg=float(rng.normal(0.0, 4.0)) - 2.0 * breath,
        aorta_tortuosity=float(np.clip(aged + rng.normal(0.0, 0.15), 0.0, 1.2)),
        fat_mm=float(np.clip(11.0 + 6.0 * build + rng.normal(0, 1.5), 3.0, 30.0)),
        muscle_mm=(9.0 if chosen_sex == "F" else 13.0) * float(rng.normal(1.0, 0.12)),
        breast=float(np.clip(rng.normal(1.0, 0.2), 0.5, 1.5)) if chosen_sex == "F" else 0.0,
        rib_drop=float(rng.normal(1.0, 0.07)) + 0.08 * aged,
        rib_level_mm=float(rng.normal(0.0, 3.0)),
        clavicle_tilt=float(rng.normal(0.0, 7.0)) + (0.0 if upright else 10.0),
        scapula_out_mm=float(rng.normal(0.0, 4.0)) - (0.0 if upright else 26.0),
        shoulder_mm=float(rng.normal(0.0, 6.0)),
        lung_density=float(rng.normal(1.0, 0.08)) * (1.0 if upright else 1.15),
        vessel_size=float(rng.normal(1.0, 0.05)),
        mineral=float(np.clip(rng.normal(1.1 - 0.22 * aged, 0.06), 0.7, 1.2)),
        stomach_air=float(rng.uniform(0.5, 1.15)),
    )


def by_height(
    z: Floats, heights: Sequence[float] | Floats, values: Sequence[float] | Floats
) -> Floats:
    """Linear interpolation over height, in the precision of `z`."""
    return np.asarray(np.interp(z, heights, values), dtype=z.dtype)


def cage_half_width(z: Floats) -> Floats:
    """Half of the inner width of the rib cage at a height, mm."""
    return by_height(z, CAGE_Z, CAGE_HALF_WIDTH)


def cage_half_depth(z: Floats) -> Floats:
    """Half of the inner depth of the rib cage at a height, mm."""
    return by_height(z, CAGE_Z, CAGE_HALF_DEPTH)


def cage_centre_y(z: Floats) -> Floats:
    """Where the middle of the rib cage lies from front to back, mm."""
    return by_height(z, CAGE_Z, CAGE_CENTRE_Y)


def vertebra_y(z: Floats) -> Floats:
    """Depth of the vertebral centres: the thoracic kyphosis and the neck's lordosis, mm."""
    return by_height(z, [-235, -170, -100, -40, 20, 70, 105, 140], [58, 66, 73, 75, 70, 59, 46, 38])
