"""Tubes and plates as strings of beads, and their exact line integrals.

A tube of round section is the integral, along its axis, of a disc: the chord that a ray cuts from
a cylinder of radius r at distance d, 2 sqrt(r^2 - d^2), is the length of axis that lies within r of
the ray. So a bone or a vessel is laid down as many flat elliptical footprints, each weighted by
the length of axis that it stands for, and fine structures need no fine voxels. An affine map of a
round bead gives an oval one (a rib is twice as high as it is thick) with the same proof.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Beads:
    """Bodies to be added to the attenuation along each ray.

    Attributes
    ----------
    centres : ndarray, shape (n, 3)
        Millimetres, thorax coordinates (left, posterior, up).
    shapes : ndarray, shape (n, 3, 3)
        Columns are the half axes of each bead in millimetres.
    amplitudes : ndarray, shape (n,)
        Attenuation difference to the surroundings (1/mm) times axis step over axial half axis.
    """

    centres: Floats
    shapes: Floats
    amplitudes: Floats

    def weighted(self, weights: Floats) -> Beads:
        """The same beads, each amplitude times a weight; those below one in a thousand go."""
        keep = weights > 1e-3
        return Beads(self.centres[keep], self.shapes[keep], (self.amplitudes * weights)[keep])


def join(parts: Sequence[Beads]) -> Beads:
    """All beads of all parts in one set."""
    return Beads(
        np.concatenate([part.centres for part in parts]),
        np.concatenate([part.shapes for part in parts]),
        np.concatenate([part.amplitudes for part in parts]),
    )


def mirrored(beads: Beads) -> Beads:
    """The same structure on the other side of the midline."""
    flip = np.array([-1.0, 1.0, 1.0])
    return Beads(beads.centres * flip, beads.shapes * flip[:, None], beads.amplitudes)


def resample(path: Floats, step_mm: float) -> Floats:
    """Points along a polyline at an even spacing, corners rounded by a Catmull-Rom spline."""
    knots = np.concatenate([2 * path[:1] - path[1:2], path, 2 * path[-1:] - path[-2:-1]])
    fine = []
    t = np.linspace(0.0, 1.0, 24, endpoint=False)[:, None]
    for p0, p1, p2, p3 in zip(knots, knots[1:], knots[2:], knots[3:], strict=False):
        fine.append(
            0.5
            * (
                2 * p1
                + (p2 - p0) * t
                + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
                + (3 * p1 - p0 - 3 * p2 + p3) * t**3
            )
        )
    curve = np.concatenate([*fine, path[-1:]])
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
    stations = np.linspace(0.0, length[-1], max(2, int(length[-1] / step_mm) + 1))
    return np.stack([np.interp(stations, length, curve[:, axis]) for axis in range(3)], axis=1)


def oval_tube(
    points: Floats, outward: Floats, half_height: Floats, half_depth: Floats, contrast: float
) -> Beads:
    """A tube of oval section along evenly spaced points.

    Parameters
    ----------
    points, outward : ndarray, shape (n, 3)
        Axis, and the direction in which the section is `half_depth` deep.
    half_height, half_depth : ndarray, shape (n,)
        Half axes of the section, mm.
    contrast : float
        Attenuation minus that of the surroundings, 1/mm.
    """
    steps = np.gradient(points, axis=0)
    spacing = np.linalg.norm(steps, axis=1)
    along = steps / spacing[:, None]
    depth = outward - along * np.sum(outward * along, axis=1)[:, None]
    depth /= np.linalg.norm(depth, axis=1)[:, None]
    height = np.cross(along, depth)
    shapes = np.stack(
        [along * half_depth[:, None], height * half_height[:, None], depth * half_depth[:, None]],
        axis=2,
    )
    return Beads(points, shapes, contrast * spacing / half_depth)


def round_beads(points: Floats, radius: Floats, spacing: Floats, contrast: float) -> Beads:
    """Beads of round tubes: centres (n, 3), radii and axis steps (n,), all in mm."""
    shapes = radius[:, None, None] * np.eye(3)[None]
    return Beads(points, shapes, contrast * spacing / radius)


def round_tube(path: Floats, radius: Sequence[float], contrast: float, step_mm: float) -> Beads:
    """A round tube along a smoothed polyline; radii are spread evenly over its length."""
    points = resample(path, step_mm)
    spacing = np.linalg.norm(np.gradient(points, axis=0), axis=1)
    even = np.linspace(0.0, 1.0, len(radius))
    return round_beads(
        points, np.interp(np.linspace(0.0, 1.0, len(points)), even, radius), spacing, contrast
    )
