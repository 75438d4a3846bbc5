"""Random lesions for a phantom: which, where, and how plain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from core.imaging.phantom.lesions import (
    Atelectasis,
    Cardiomegaly,
    Consolidation,
    Edema,
    Lesion,
    Mass,
    Nodule,
    PleuralEffusion,
    Pneumothorax,
    Side,
    Zone,
)

_SIDES: tuple[Side, ...] = ("left", "right")
_ZONES: tuple[Zone, ...] = ("upper", "middle", "lower")


def draw_lesions(
    rng: np.random.Generator, kind: str | None, plain: bool = False
) -> tuple[Lesion, ...]:
    """Draw lesions of one kind, or of none to three kinds.

    Parameters
    ----------
    kind : str or None
        A finding of `KINDS`; None draws a combination, a quarter of them empty.
    plain : bool
        Only sizes that are plainly visible on a film 200 pixels high (two millimetres a pixel);
        otherwise from subtle to plain.

    Returns
    -------
    tuple of Lesion
        Two where one kind lies on both sides; empty where no kind was drawn.

    Raises
    ------
    ValueError
        On a kind that is not in `KINDS`.
    """
    if kind is not None:
        if kind not in _DRAWN:
            raise ValueError(f"the phantom has no {kind}")
        return _DRAWN[kind](rng, plain)
    count = int(rng.choice(4, p=(0.25, 0.35, 0.25, 0.15)))
    kinds = rng.choice(len(KINDS), count, replace=False)
    return tuple(lesion for index in kinds for lesion in _DRAWN[KINDS[int(index)]](rng, plain))


def _side(rng: np.random.Generator) -> Side:
    return _SIDES[int(rng.integers(2))]


def _sides(rng: np.random.Generator, both: float) -> tuple[Side, ...]:
    return _SIDES if rng.random() < both else (_side(rng),)


def _zone(rng: np.random.Generator) -> Zone:
    return _ZONES[int(rng.integers(3))]


def _between(
    rng: np.random.Generator, plain: bool, subtle: float, clear: float, most: float
) -> float:
    """A size from the whole range, or from its plain part."""
    return float(rng.uniform(clear if plain else subtle, most))


def _effusion(rng: np.random.Generator, plain: bool) -> tuple[Lesion, ...]:
    return tuple(
        PleuralEffusion(side, _between(rng, plain, 250.0, 600.0, 1800.0))
        for side in _sides(rng, 0.25)
    )


def _pneumothorax(rng: np.random.Generator, plain: bool) -> tuple[Lesion, ...]:
    return (Pneumothorax(_side(rng), _between(rng, plain, 9.0, 26.0, 70.0)),)


def _consolidation(rng: np.random.Generator, plain: bool) -> tuple[Lesion, ...]:
    return tuple(
        Consolidation(side, _zone(rng), _between(rng, plain, 20.0, 32.0, 52.0))
        for side in _sides(rng, 0.15)
    )


def _atelectasis(rng: np.random.Generator, plain: bool) -> tuple[Lesion, ...]:
    return tuple(
        Atelectasis(
            side,
            _between(rng, plain, 4.0, 8.0, 15.0),
            _between(rng, plain, 40.0, 60.0, 100.0),
            _between(rng, plain, 2.0, 8.0, 20.0),
        )
        for side in _sides(rng, 0.2)
    )


def _edema(rng: np.random.Generator, plain: bool) -> tuple[Lesion, ...]:
    return (Edema(_between(rng, plain, 0.12, 0.24, 0.48)),)


def _cardiomegaly(rng: np.random.Generator, plain: bool) -> tuple[Lesion, ...]:
    return (Cardiomegaly(_between(rng, plain, 1.16, 1.24, 1.42)),)


def _nodule(rng: np.random.Generator, plain: bool) -> tuple[Lesion, ...]:
    count = 1 if rng.random() < 0.75 else int(rng.integers(2, 4))
    return tuple(
        Nodule(_side(rng), _between(rng, plain, 8.0, 18.0, 30.0), _zone(rng), number)
        for number in range(count)
    )


def _mass(rng: np.random.Generator, plain: bool) -> tuple[Lesion, ...]:
    return (Mass(_side(rng), _between(rng, plain, 31.0, 38.0, 75.0), _zone(rng)),)


_DRAWN: Mapping[str, Callable[[np.random.Generator, bool], tuple[Lesion, ...]]] = MappingProxyType(
    {
        "atelectasis": _atelectasis,
        "cardiomegaly": _cardiomegaly,
        "consolidation": _consolidation,
        "edema": _edema,
        "mass": _mass,
        "nodule": _nodule,
        "pleural effusion": _effusion,
        "pneumothorax": _pneumothorax,
    }
)
KINDS: tuple[str, ...] = tuple(_DRAWN)
