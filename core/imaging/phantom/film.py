"""A chest radiograph of a phantom patient, with the masks of what was put into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from core.imaging.phantom import tissue
from core.imaging.phantom.anatomy import Projection, Sex, Thorax, draw_thorax
from core.imaging.phantom.beads import join
from core.imaging.phantom.exposure import blur, detected, developed
from core.imaging.phantom.geometry import View, make_view
from core.imaging.phantom.lesion import Lesion
from core.imaging.phantom.projection import Floats, bead_paths, enlarge
from core.imaging.phantom.skeleton import skeleton
from core.imaging.phantom.vessels import airways, pulmonary_vessels
from core.imaging.phantom.volume import Paths, integrate

Singles = NDArray[np.float32]
Mask = NDArray[np.bool_]
LUNG_SHADOW_MM: Final = 8.0
HEART_SHADOW_MM: Final = 12.0


@dataclass(frozen=True)
class PhantomFilm:
    """One exposure of the thorax phantom.

    Attributes
    ----------
    pixels : ndarray, shape (rows, columns), uint16
        12 bit, MONOCHROME2 (bone is bright), patient's left on the right of a frontal film and
        the sternum on the left of a lateral one.
    spacing_mm : (row, column)
        Pixel pitch at the detector.
    projection : {"PA", "AP", "LATERAL"}
    findings : tuple of (finding, laterality)
        What was put in; laterality is "left", "right", "bilateral" or None.
    masks : mapping of finding to ndarray, shape (rows, columns), bool
        Where the shadow of each finding lies.
    lungs, heart : ndarray, shape (rows, columns), bool
        Where the ray meets more than 8 mm of the pleural spaces (the lungs and what took their
        place), and more than 12 mm of heart and great vessels.
    cardiothoracic_ratio : float
        Widest heart shadow over widest lungs; NaN on a lateral film.
    thorax : Thorax
        The patient.
    """

    pixels: NDArray[np.uint16]
    spacing_mm: tuple[float, float]
    projection: Projection
    findings: tuple[tuple[str, str | None], ...]
    masks: Mapping[str, Mask]
    lungs: Mask = field(repr=False)
    heart: Mask = field(repr=False)
    cardiothoracic_ratio: float
    thorax: Thorax = field(repr=False)


def make_film(
    seed: int,
    projection: Projection = "PA",
    lesions: Sequence[Lesion] = (),
    rows: int = 2048,
    sex: Sex | None = None,
    age: int | None = None,
) -> PhantomFilm:
    """Expose the phantom patient that belongs to a seed.

    Parameters
    ----------
    seed : int
        Same seed, same patient, pose, noise and film, to the last pixel; a lesion changes nothing
        but itself.
    rows : int
        Height of the film in pixels; its width follows from the projection. At least 128.
    sex, age
        Of the patient; drawn from the seed where not given.
    """
    if rows < 128:
        raise ValueError("a phantom film has at least 128 rows")
    thorax = draw_thorax(seed, projection, sex, age)
    for lesion in lesions:
        thorax = lesion.reshape(thorax)
    view = make_view(thorax, rows)
    coarse = _coarse_rows(rows)
    paths = integrate(view, lesions, coarse, round(coarse * view.columns / rows), _plane_step(rows))
    attenuation, clear = _attenuation(view, paths, lesions)
    rng = thorax.stream("exposure")
    reference = _reference(view, clear, paths)
    signal = detected(
        np.exp(-attenuation - _side_marker(view)),
        view.spacing_mm,
        float(rng.uniform(0.14, 0.22)),
        reference,
        thorax.stream("quanta"),
    )
    pixels = developed(
        signal,
        view.spacing_mm,
        float(rng.normal(1.9 if view.frontal else 1.6, 0.08)),
        float(rng.normal(0.55, 0.07)),
    )
    return PhantomFilm(
        pixels=pixels,
        spacing_mm=(view.spacing_mm, view.spacing_mm),
        projection=projection,
        findings=tuple((lesion.finding, lesion.laterality) for lesion in lesions),
        masks=_masks(view, paths, lesions),
        lungs=_shadow(view, paths.lung, LUNG_SHADOW_MM),
        heart=_shadow(view, paths.heart, HEART_SHADOW_MM),
        cardiothoracic_ratio=_cardiothoracic_ratio(paths) if view.frontal else float("nan"),
        thorax=thorax,
    )


def _coarse_rows(rows: int) -> int:
    """Voxels as fine as the pixels of a small film; about 0.9 mm on a large one."""
    return rows if rows <= 320 else int(np.clip(rows // 4, 320, 480))


def _plane_step(rows: int) -> float:
    return 14.0 if rows <= 320 else 5.0


def _attenuation(view: View, paths: Paths, lesions: Sequence[Lesion]) -> tuple[Singles, Singles]:
    """Line integrals with lesions, and those of the same patient without them."""
    thorax = view.thorax
    finest = 0.42 if view.rows > 600 else 0.75
    vessels = pulmonary_vessels(thorax, finest)
    fixed = join([skeleton(thorax), airways(thorax)])
    bead_rows = view.rows if view.rows <= 1024 else view.rows // 2
    size = (bead_rows, round(bead_rows * view.columns / view.rows))
    whole = (view.rows, view.columns)
    clear = enlarge(paths.attenuation, *whole) * _texture(view, paths)
    clear += _unsharp(view, bead_paths(view, fixed, *size))
    with_vessels = clear + _unsharp(view, bead_paths(view, vessels, *size))
    if not lesions:
        return with_vessels, with_vessels
    total = clear.copy()
    left = vessels
    for lesion, path in zip(lesions, paths.lesions, strict=True):
        left = lesion.vessels(thorax, left)
        contrast = lesion.attenuation - tissue.LUNG * thorax.lung_density
        total += np.float32(contrast) * enlarge(path, *whole)
    total += enlarge(paths.surround, *whole)
    total += _unsharp(view, bead_paths(view, left, *size))
    return total, with_vessels


def _side_marker(view: View) -> Singles:
    """The technologist's lead letter, on the patient's left; radiopaque, not burned in."""
    letter = np.zeros((view.rows, view.columns), dtype=np.float32)
    size = view.rows / 1000.0
    tall, wide, bar = round(34 * size), round(22 * size), max(1, round(6 * size))
    top = round(110 * size)
    left = view.columns - round(70 * size) if view.frontal else round(40 * size)
    letter[top : top + tall, left : left + bar] = 1.0
    letter[top + tall - bar : top + tall, left : left + wide] = 1.0
    return blur(letter, 0.6 / view.spacing_mm) * np.float32(tissue.LEAD_MARKER)


def _unsharp(view: View, raster: Singles) -> Singles:
    """Focal spot and heartbeat draw every edge about half a millimetre wide."""
    pitch = view.spacing_mm * view.rows / raster.shape[0]
    return enlarge(blur(raster, 0.45 / pitch), view.rows, view.columns)


def _texture(view: View, paths: Paths) -> Singles:
    """What is finer than voxels and beads: lobules, small vessels, muscle fibres, fat planes.

    Anatomical background of radiographs has a power spectrum near 1/f^3 (Burgess 1999): so has
    this field, which scales the path by a few parts in a hundred.
    """
    rng = view.thorax.stream("texture")
    size = 512
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(size), np.fft.rfftfreq(size), indexing="ij"))
    frequency[0, 0] = 1.0
    spectrum = frequency**-1.5 * np.exp(-((frequency / 0.35) ** 2)) * (frequency > 0.012)
    noise = np.fft.rfft2(rng.standard_normal((size, size)))
    noise_field = np.fft.irfft2(noise * spectrum, s=(size, size))
    noise_field /= noise_field.std()
    grown = enlarge(noise_field, view.rows, view.columns)
    lung = enlarge(np.clip(paths.lung / 120.0, 0.0, 1.0), view.rows, view.columns)
    return np.asarray(1.0 + grown * (0.004 + 0.010 * lung), dtype=np.float32)


def _reference(view: View, attenuation: Singles, paths: Paths) -> float:
    """Automatic exposure: median transmission behind aerated lung."""
    lung = enlarge(paths.lung, view.rows, view.columns) > 60.0
    return float(np.exp(-np.median(attenuation[lung])))


def _masks(view: View, paths: Paths, lesions: Sequence[Lesion]) -> dict[str, Mask]:
    masks: dict[str, Mask] = {}
    for lesion, path in zip(lesions, paths.lesions, strict=True):
        shadow = paths.heart if lesion.finding == "cardiomegaly" else path
        depth = blur(enlarge(shadow, view.rows, view.columns), 1.5 / view.spacing_mm)
        mask = np.asarray(depth >= lesion.mask_depth_mm)
        if lesion.mask_share:
            space = enlarge(paths.lung, view.rows, view.columns)
            mask &= depth >= lesion.mask_share * space
        masks[lesion.finding] = masks.get(lesion.finding, np.zeros_like(mask)) | mask
    return masks


def _shadow(view: View, path: Floats, least_mm: float) -> Mask:
    return np.asarray(enlarge(path, view.rows, view.columns) > least_mm)


def _cardiothoracic_ratio(paths: Paths) -> float:
    heart = cv2.erode((paths.heart > HEART_SHADOW_MM).astype(np.uint8), np.ones((3, 3), np.uint8))
    lungs = paths.lung > LUNG_SHADOW_MM
    return _widest(heart > 0) / _widest(lungs)


def _widest(shadow: Mask) -> float:
    columns = np.nonzero(shadow.any(axis=0))[0]
    return float(columns[-1] - columns[0] + 1)
