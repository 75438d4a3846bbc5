"""What every lesion of the thorax phantom tells the film maker, and the geometry they share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from core.imaging.phantom.anatomy import Thorax
from core.imaging.phantom.beads import Beads

Floats = NDArray[np.floating[Any]]
Side = Literal["left", "right"]
Zone = Literal["upper", "middle", "lower"]

# Planes of a small film lie 14 mm apart: what is thinner is laid down as its mean over so much of
# the beam, which leaves every line integral as it was.
BEAM_WINDOW_MM = 14.0


class Lesion(Protocol):
    """What a lesion tells the film maker.

    Attributes
    ----------
    finding : str
        Name in the vocabulary of findings.
    laterality : str or None
        "left", "right", "bilateral", or None where a side means nothing.
    attenuation : float
        Of the filling, 1/mm.
    mask_depth_mm : float
        The mask holds the pixels whose ray meets at least this much of the lesion.
    mask_share : float
        And of which at least so much of the way through the pleural space lies in the lesion.
    pleural : bool
        Lies between lung and chest wall: it takes its space before the lesions of the lung do.
    """

    @property
    def finding(self) -> str: ...
    @property
    def laterality(self) -> str | None: ...
    @property
    def attenuation(self) -> float: ...
    @property
    def mask_depth_mm(self) -> float: ...
    @property
    def mask_share(self) -> float: ...
    @property
    def pleural(self) -> bool: ...

    def reshape(self, thorax: Thorax) -> Thorax:
        """The patient with this disease."""
        ...

    def fill(self, thorax: Thorax, x: Floats, y: Floats, z: Floats, /) -> Floats:
        """Share of each point of the pleural space that the lesion takes, 0 to 1."""
        ...

    def surround(self, thorax: Thorax, x: Floats, y: Floats, z: Floats, /) -> Floats | None:
        """Attenuation that it adds to the lung about itself, 1/mm; None where it adds nothing."""
        ...

    def vessels(self, thorax: Thorax, beads: Beads, /) -> Beads:
        """The lung's vessels as this lesion leaves them."""
        ...


class Filling:
    """The common case: the patient stays as they are, and vessels are lost in the filling."""

    mask_share: float = 0.0
    pleural: bool = False

    def reshape(self, thorax: Thorax) -> Thorax:
        """The same patient."""
        return thorax

    def fill(self, _thorax: Thorax, x: Floats, y: Floats, z: Floats) -> Floats:
        """Nothing; lesions that take space say where."""
        return np.zeros(np.broadcast_shapes(x.shape, y.shape, z.shape))

    def surround(self, _thorax: Thorax, _x: Floats, _y: Floats, _z: Floats) -> Floats | None:
        """Nothing."""
        return None

    def vessels(self, thorax: Thorax, beads: Beads) -> Beads:
        """Silhouette sign: a vessel has no contrast in what is as dense as itself."""
        x, y, z = (beads.centres[:, axis] for axis in range(3))
        return beads.weighted(1.0 - np.asarray(self.fill(thorax, x, y, z), dtype=np.float64))


def sign_of(side: Side) -> float:
    """+1 on the patient's left, where x grows."""
    return 1.0 if side == "left" else -1.0


def on_side(side: Side, x: Floats) -> Floats:
    """1 in that half of the thorax, 0 in the other."""
    share: Floats = np.clip((x if side == "left" else -x) / 2.0 + 0.5, 0.0, 1.0)
    return share


def mean_ramp(near: Floats, far: Floats, width_mm: float) -> Floats:
    """Mean share inside a body of which the signed distance runs linearly from near to far."""
    slope = far - near
    steep = np.abs(slope) > 1e-3
    mean = (_ramp_integral(far, width_mm) - _ramp_integral(near, width_mm)) / np.where(
        steep, slope, 1.0
    )
    share: Floats = np.where(steep, mean, np.clip(near / width_mm + 0.5, 0.0, 1.0))
    return share


def _ramp_integral(distance: Floats, width_mm: float) -> Floats:
    within = np.clip(distance / width_mm + 0.5, 0.0, 1.0)
    integral: Floats = 0.5 * width_mm * within**2 + np.maximum(distance - 0.5 * width_mm, 0.0)
    return integral


def along_beam(
    distance: Callable[[Floats, Floats, Floats], Floats],
    thorax: Thorax,
    x: Floats,
    y: Floats,
    z: Floats,
) -> tuple[Floats, Floats]:
    """Signed distance at both ends of the beam's window about each point, mm."""
    half = 0.5 * BEAM_WINDOW_MM
    if thorax.projection == "LATERAL":
        return distance(x - half, y, z), distance(x + half, y, z)
    return distance(x, y - half, z), distance(x, y + half, z)


def chord_share(half_chord: Floats, offset: Floats) -> Floats:
    """Share of the beam's window that lies on a chord; `offset` from its middle, mm."""
    half = 0.5 * BEAM_WINDOW_MM
    upper = np.minimum(half_chord, offset + half)
    lower = np.maximum(-half_chord, offset - half)
    share: Floats = np.clip((upper - lower) / BEAM_WINDOW_MM, 0.0, 1.0)
    return share


def beam_axes(thorax: Thorax, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """The horizontal axis across the beam, then the one along it."""
    return (y, x) if thorax.projection == "LATERAL" else (x, y)
