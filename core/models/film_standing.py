"""How a film lies: the answer of a film check, and the way to an upright film and back.

Imports no torch: the page process may read these lines.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from core.domain.errors import N_, ModelUnavailableError
from core.models.base import Grey
from core.models.measured import MEASURED

SCHEMA = 2
"""Of the figures file of a film check."""


@dataclass(frozen=True)
class FilmStanding:
    """What a film check saw.

    Attributes
    ----------
    chest : bool
        Whether the film passes as a frontal chest film.
    chance : float
        Score of its being one, in [0, 1]; not calibrated.
    quarter_turns : int
        Quarter turns anticlockwise, 0 to 3, that bring the film upright; 0 where unsure.
    inverted : bool
        Whether dense tissue is dark on the film; false where unsure.
    """

    chest: bool
    chance: float
    quarter_turns: int = 0
    inverted: bool = False

    @property
    def as_it_should(self) -> bool:
        """Whether the film stands upright with dense tissue bright."""
        return self.quarter_turns == 0 and not self.inverted


class FilmGate(Protocol):
    """Film to its standing: `core.models.film_check.FilmCheck`, or a double of it in tests."""

    def check(self, grey: Grey) -> FilmStanding:
        """Look at a film.

        Parameters
        ----------
        grey : ndarray, shape (rows, columns), float32 in [0, 1]
            The film through its default window.

        Raises
        ------
        FeatureError
            If the film is empty, constant or not two-dimensional.
        """
        ...


class AnyFilm:
    """A gate that lets every film through as it lies, for development and tests."""

    def check(self, grey: Grey) -> FilmStanding:  # noqa: ARG002
        """Pass a film; see `FilmGate.check`."""
        return FilmStanding(chest=True, chance=1.0)


def upright(grey: Grey, standing: FilmStanding) -> Grey:
    """The film as it should stand: turned, and dense tissue bright.

    Parameters
    ----------
    grey : ndarray, shape (rows, columns), float32 in [0, 1]

    Returns
    -------
    ndarray, float32
        Shape (rows, columns), or (columns, rows) after one or three quarter turns.
    """
    turned = np.rot90(grey, standing.quarter_turns)
    return np.ascontiguousarray(1 - turned if standing.inverted else turned, np.float32)


def film_map(drawn: Grey, standing: FilmStanding) -> Grey:
    """A map of the upright film in the geometry of the film as it lies.

    A map has no dense tissue: nothing is inverted.
    """
    return np.ascontiguousarray(np.rot90(drawn, -standing.quarter_turns), np.float32)


@dataclass(frozen=True)
class CheckFigures:
    """The figures file of a film check; ``document`` is the whole JSON.

    ``chest_point``, ``turn_point`` and ``inverted_point`` are the least scores from which a film
    passes, is called turned, and is called inverted.
    """

    name: str
    weights_sha256: str
    size: int
    chest_point: float
    turn_point: float
    inverted_point: float
    document: Mapping[str, Any]


def read_check_figures(folder: Path) -> CheckFigures:
    """Read the ``measured.json`` that lies beside the weights of a film check.

    Raises
    ------
    ModelUnavailableError
        If the file is absent, damaged or of another schema.
    """
    try:
        document = json.loads((folder / MEASURED).read_text(encoding="utf-8"))
        if document["schema"] != SCHEMA:
            reason = N_("the figures file of its film check has another schema")
            raise ModelUnavailableError(model=document["name"], reason=reason)
        points = document["points"]
        return CheckFigures(
            name=document["name"],
            weights_sha256=document["weights_sha256"],
            size=document["input_size"],
            chest_point=float(points["chest"]),
            turn_point=float(points["turn"]),
            inverted_point=float(points["inverted"]),
            document=document,
        )
    except FileNotFoundError:
        reason = N_("the figures file of its film check is missing")
        raise ModelUnavailableError(model=folder.name, reason=reason) from None
    except (json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        reason = N_("the figures file of its film check is damaged")
        raise ModelUnavailableError(model=folder.name, reason=reason) from error
