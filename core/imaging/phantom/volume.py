"""The voxel thorax: plane after plane, which tissue each point holds, summed along the beam.

Only one plane of voxels lives at a time, so memory does not grow with the depth of the body. A
voxel at a surface holds a share of each side (its distance to the surface over its size), which
leaves no steps in the silhouettes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.imaging.phantom import organs, tissue
from core.imaging.phantom.anatomy import (
    VERTEBRA_Z,
    Thorax,
    by_height,
    cage_centre_y,
    cage_half_depth,
    vertebra_y,
)
from core.imaging.phantom.geometry import View
from core.imaging.phantom.lesion import Lesion

Floats = NDArray[np.floating[Any]]


@dataclass
class Paths:
    """Line integrals over a raster of the film.

    Attributes
    ----------
    attenuation : ndarray, shape (rows, columns)
        Of everything but beads and lesions, dimensionless.
    lung, heart : ndarray, shape (rows, columns)
        Millimetres of each.
    lesions : list of ndarray, shape (rows, columns)
        Millimetres of each lesion, in the order given; where two meet, the earlier one of the
        pleura, then the earlier one of the lung, has the space.
    surround : ndarray, shape (rows, columns)
        Attenuation that lesions add to the lung about them, dimensionless.
    """

    attenuation: Floats
    lung: Floats
    heart: Floats
    surround: Floats
    lesions: list[Floats] = field(default_factory=list)


def integrate(
    view: View, lesions: Sequence[Lesion], rows: int, columns: int, step_mm: float
) -> Paths:
    """Sum the tissues along the rays of a raster of rows x columns over the whole film."""
    shape = (rows, columns)
    attenuation, lung, heart, surround = np.zeros((4, *shape))
    paths = Paths(attenuation, lung, heart, surround, [np.zeros(shape) for _ in lesions])
    half = 150.0 if view.frontal else 250.0
    voxel = max(1.0, view.rows * view.spacing_mm / rows)
    behind: _Plane | None = None
    for depth in np.arange(-half, half + step_mm, step_mm):
        plane = _plane(view, float(depth), rows, columns)
        if behind is not None and max(float(plane.skin.max()), float(behind.skin.max())) > -voxel:
            _add_slab(view, lesions, paths, (behind, plane), voxel, step_mm)
        behind = plane
    return paths


@dataclass
class _Plane:
    """Distances to the surfaces in one plane; the chest organs only in the rows `chest`."""

    x: Floats
    y: Floats
    z: Floats
    skin: Floats
    trunk: Floats
    breast: Floats
    chest: slice
    lung: Floats
    heart: Floats
    stomach: Floats


def _plane(view: View, depth: float, rows: int, columns: int) -> _Plane:
    thorax = view.thorax
    x, y, z = (axis.astype(np.float32) for axis in view.plane(depth, rows, columns))
    breast = organs.breasts(thorax, x, y, z)
    trunk = organs.trunk(thorax, x, y, z)
    skin = organs.smooth_union(trunk, breast, 10.0)
    # The same rows for all depths: the beam spreads by less than the margin taken here.
    _, _, middle = view.plane(0.0, rows, columns)
    inside = np.nonzero((middle[:, 0] < 130.0) & (middle[:, 0] > -290.0))[0]
    chest = slice(int(inside[0]), int(inside[-1]) + 1)
    low = z[chest]
    if float(np.abs(x).min()) > 155.0 or float(np.abs(y).min()) > 125.0:
        nothing = np.full((len(low), columns), organs.OUTSIDE, np.float32)
        return _Plane(x, y, z, skin, trunk, breast, chest, nothing, nothing, nothing)
    body = _heart(thorax, x, y, low)
    lung = np.minimum(organs.lung_space(thorax, x, y, low), -body)
    heart = np.minimum(body, organs.cage(x, y, low))
    gas = organs.stomach_gas(thorax, x, y, low)
    return _Plane(x, y, z, skin, trunk, breast, chest, lung, heart, gas)


def _heart(thorax: Thorax, x: Floats, y: Floats, z: Floats) -> Floats:
    """`organs.heart` where it can be, far outside elsewhere."""
    whole = np.full(np.broadcast_shapes(x.shape, y.shape, z.shape), organs.OUTSIDE, np.float32)
    columns = np.nonzero((np.abs(x) < 125.0) & (np.abs(y) < 125.0))[1]
    if len(columns):
        part = slice(int(columns[0]), int(columns[-1]) + 1)
        whole[:, part] = organs.heart(
            thorax, x[:, part] if x.shape[1] > 1 else x, y[:, part] if y.shape[1] > 1 else y, z
        )
    return whole


def _share(near: Floats, far: Floats, voxel_mm: float) -> Floats:
    """Mean share of a body between two planes, its distance being linear between them."""
    slope = far - near
    steep = np.abs(slope) > 1e-3
    mean = (_ramp_integral(far, voxel_mm) - _ramp_integral(near, voxel_mm)) / np.where(
        steep, slope, 1.0
    )
    share: Floats = np.where(steep, mean, _ramp(near, voxel_mm))
    return share


def _ramp(distance: Floats, voxel_mm: float) -> Floats:
    share: Floats = np.clip(distance / voxel_mm + 0.5, 0.0, 1.0)
    return share


def _ramp_integral(distance: Floats, voxel_mm: float) -> Floats:
    whole: Floats = np.maximum(distance - 0.5 * voxel_mm, 0.0)
    integral: Floats = 0.5 * voxel_mm * _ramp(distance, voxel_mm) ** 2 + whole
    return integral


def _add_slab(
    view: View,
    lesions: Sequence[Lesion],
    paths: Paths,
    planes: tuple[_Plane, _Plane],
    voxel: float,
    step: float,
) -> None:
    thorax = view.thorax
    near, far = planes
    x, y = 0.5 * (near.x + far.x), 0.5 * (near.y + far.y)
    z = 0.5 * (near.z + far.z)[far.chest]
    chest = far.chest
    paths.attenuation += step * _wall(thorax, near, far, voxel)
    lung = _share(near.lung, far.lung, voxel)
    paths.lung[chest] += step * lung
    paths.heart[chest] += step * _share(near.heart, far.heart, voxel)
    added = lung * (tissue.LUNG * _density(thorax, y, z) - tissue.MUSCLE)
    added += _bone(thorax, x, y, z, voxel)
    added -= tissue.MUSCLE * _share(near.stomach, far.stomach, voxel)
    paths.attenuation[chest] += step * added
    if not bool(lung.any()):
        return
    space = lung
    pairs = list(zip(lesions, paths.lesions, strict=True))
    for lesion, path in sorted(pairs, key=lambda pair: not pair[0].pleural):
        taken = space * lesion.fill(thorax, x, y, z)
        path[chest] += step * taken
        about = lesion.surround(thorax, x, y, z)
        if about is not None:
            paths.surround[chest] += step * space * about
        space = space - taken


def _wall(thorax: Thorax, near: _Plane, far: _Plane, voxel: float) -> Floats:
    """Attenuation of a body without lungs and bones: skin, fat, breast and muscle."""
    skin, breast = 0.5 * (near.skin + far.skin), 0.5 * (near.breast + far.breast)
    muscle = np.clip((0.5 * (near.trunk + far.trunk) - thorax.fat_mm) / 4.0 + 0.5, 0.0, 1.0)
    flesh = tissue.ADIPOSE + (tissue.MUSCLE - tissue.ADIPOSE) * muscle
    gland = np.clip(breast / 6.0, 0.0, 1.0) * (1.0 - muscle)
    flesh += (tissue.BREAST - flesh) * gland
    flesh += (tissue.MUSCLE - flesh) * np.clip(1.0 - skin / 2.0, 0.0, 1.0)
    return flesh * _share(near.skin, far.skin, voxel)


def _density(thorax: Thorax, y: Floats, z: Floats) -> Floats:
    """Lung density against the mean: more blood below (and behind, lying)."""
    lying = 0.5 if thorax.projection == "AP" else 0.0
    gravity = -0.0016 * (z + 20.0) * (1 - lying) + 0.0012 * y * lying
    return np.asarray(thorax.lung_density * (1.0 + np.clip(gravity, -0.25, 0.35)))


def _bone(thorax: Thorax, x: Floats, y: Floats, z: Floats, voxel: float) -> Floats:
    """Vertebral bodies and sternum, as attenuation above muscle."""
    extra = np.zeros(np.broadcast_shapes(x.shape, y.shape, z.shape), np.float32)
    near = np.abs(x) < 30.0 + 0.0 * y
    if bool(near.any()):
        columns = np.nonzero(near[0])[0]
        cut = slice(int(columns[0]), int(columns[-1]) + 1)
        xs = x[:, cut] if x.shape[1] > 1 else x
        ys = y[:, cut] if y.shape[1] > 1 else y
        extra[:, cut] += _vertebrae(thorax, xs, ys, z, voxel) + _sternum(thorax, xs, ys, z, voxel)
    return extra


def _vertebrae(thorax: Thorax, x: Floats, y: Floats, z: Floats, voxel: float) -> Floats:
    levels = VERTEBRA_Z.astype(z.dtype)
    nearest = np.abs(z - levels[None, :]).argmin(axis=1)
    gaps = np.abs(np.gradient(levels))[nearest][:, None]
    offset = np.abs(z - levels[nearest][:, None])
    tall = 0.5 * gaps - 0.11 * gaps
    waist = 0.86 + 0.14 * np.clip(offset / tall, 0, 1) ** 2
    wide = by_height(z, [-230, -120, 0, 100, 140], [22.0, 18.0, 15.5, 14.5, 12.5]) * waist
    deep = by_height(z, [-230, -120, 0, 100, 140], [17.0, 16.0, 13.5, 9.5, 8.5]) * waist
    q = np.sqrt((x / wide) ** 2 + ((y - vertebra_y(z)) / deep) ** 2)
    ring = (1.0 - q) * 0.5 * (wide + deep)
    within = _ramp(ring, 2.5 * voxel) * _ramp(tall - offset, max(voxel, 1.0))
    # Cortex about the body and its end plates, one to two millimetres of it.
    shell = np.clip(1.0 - np.minimum(ring, 1.3 * (tall - offset)) / 2.4, 0.0, 1.0)
    spongy = 0.36 * (tissue.SPONGY_BONE - tissue.MUSCLE)
    cortex = 0.28 * (tissue.CORTICAL_BONE - tissue.MUSCLE)
    bone: Floats = thorax.mineral * within * (spongy + (cortex - spongy) * shell)
    return bone


def _sternum(thorax: Thorax, x: Floats, y: Floats, z: Floats, voxel: float) -> Floats:
    front = cage_centre_y(z) - cage_half_depth(z) - 6.0
    wide = by_height(z, [-110, -95, -20, 12, 30, 48, 56], [0, 9, 17, 14, 25, 27, 0])
    deep = 5.5
    inside = np.minimum(np.minimum(wide - np.abs(x), deep - np.abs(y - front)), 0.8 * (56 - z))
    inside = np.minimum(inside, z + 110.0)
    shell = np.clip(1.0 - inside / 1.8, 0.0, 1.0)
    spongy = 0.25 * (tissue.SPONGY_BONE - tissue.MUSCLE)
    cortex = 0.16 * (tissue.CORTICAL_BONE - tissue.MUSCLE)
    bone: Floats = (
        thorax.mineral * _ramp(inside, 2.0 * voxel) * (spongy + (cortex - spongy) * shell)
    )
    return bone
