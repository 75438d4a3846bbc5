"""Measure a film check: films refused, other pictures let through, turns and inversions told."""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

from core.evaluation.metrics import patient_interval
from core.evaluation.other_dicom import SAME_PIXELS, LeftOut, Picture, dicom_pictures
from core.models.base import Interval
from core.models.film_check import FilmCheck
from core.models.film_standing import FilmStanding
from core.models.measured import MEASURED, interval_json
from core.models.preprocessing import Grey
from core.training.film_check import lying
from core.training.film_poses import posed
from core.training.films import FilmRow, read_grey, read_manifest
from core.training.other_pictures.kinds import HELD_OUT, TRAINED, Draw

logger = logging.getLogger(__name__)

DRAWN_EACH = 40
SEED = 77
"""Of the pictures drawn here; training draws from another one."""

Figures = dict[str, Any]


def measure(data: Path, dicom: Path | None, folder: Path) -> Figures:
    """All figures of the check in a folder.

    Parameters
    ----------
    data : Path
        Folder with ``manifest.csv``; its val films are read.
    dicom : Path or None
        Folder of DICOM files with a ``manifest.csv`` that names what each holds.
    """
    check = FilmCheck(folder)
    val = [row for row in read_manifest(data) if row.split == "val"]
    films = [read_grey(row.path) for row in val]
    figures: Figures = {
        "false_rejects": false_rejects(check, val, films),
        "poses": poses(check, films),
        "drawn_kinds_learned": drawn(check, TRAINED),
        "drawn_kinds_held_out": drawn(check, HELD_OUT),
    }
    if dicom is not None:
        figures |= other_dicom(check, dicom_pictures(dicom))
    return figures


def write_figures(folder: Path, figures: Figures) -> None:
    """Put the figures into the ``measured.json`` of the folder, all else left as it is."""
    path = folder / MEASURED
    document = json.loads(path.read_text(encoding="utf-8"))
    document["figures"] = {**document["figures"], **figures}
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def false_rejects(
    check: FilmCheck, rows: Sequence[FilmRow], films: Sequence[Grey]
) -> dict[str, Figures]:
    """Films refused as they are, by source and of all, with 95 % intervals by patient."""
    refused = np.array([not check.check(film).chest for film in films])
    sources = np.array([row.source for row in rows])
    patients = np.array([row.patient for row in rows])
    groups = {name: sources == name for name in sorted(set(sources.tolist()))}
    groups["all"] = np.ones(len(rows), np.bool_)
    return {
        name: {
            "refused": int(refused[chosen].sum()),
            "films": int(chosen.sum()),
            "patients": len(set(patients[chosen].tolist())),
            "rate": interval_json(_rate(refused[chosen], patients[chosen])),
        }
        for name, chosen in groups.items()
    }


def _rate(hits: npt.NDArray[np.bool_], patients: npt.NDArray[np.str_]) -> Interval | None:
    """A share with its interval; where no hit is to be resampled, Clopper-Pearson by patient."""
    if hits.any():
        weights = hits.astype(np.float64)
        return patient_interval(lambda w: float((w * weights).sum() / w.sum()), patients, len(hits))
    people = len(set(patients.tolist()))
    high = binomtest(0, people).proportion_ci(0.95, method="exact").high
    return Interval(0.0, 0.0, float(high), len(hits))


def poses(check: FilmCheck, films: Sequence[Grey]) -> dict[str, Figures]:
    """Every film in each of the eight ways that it can lie: passed, and what was told of it."""
    told: dict[tuple[int, bool], list[FilmStanding]] = {}
    for turns in range(4):
        for dark in (False, True):
            told[turns, dark] = [_as_read(check.check(lying(film, turns, dark))) for film in films]
    return {
        "as they should": _plain(told[0, False]),
        "turned": _turned([(t, s) for (t, _), found in told.items() if t for s in found]),
        "inverted": _inverted([s for (_, dark), found in told.items() if dark for s in found]),
        "all ways": {
            "films": sum(map(len, told.values())),
            "refused": sum(not s.chest for found in told.values() for s in found),
            "turn and scale right": sum(
                s.chest and (s.quarter_turns, s.inverted) == way
                for way, found in told.items()
                for s in found
            ),
        },
    }


def _as_read(standing: FilmStanding) -> FilmStanding:
    """A refused film is drafted as it lies, if at all: what was seen of its pose does not count."""
    return standing if standing.chest else FilmStanding(False, standing.chance)


def _plain(found: Sequence[FilmStanding]) -> Figures:
    return {
        "films": len(found),
        "called turned": sum(s.quarter_turns != 0 for s in found),
        "called inverted": sum(s.inverted for s in found),
    }


def _turned(found: Sequence[tuple[int, FilmStanding]]) -> Figures:
    return {
        "films": len(found),
        "turned back": sum(s.quarter_turns == turns for turns, s in found),
        "left as they are": sum(s.quarter_turns == 0 for _, s in found),
        "turned wrongly": sum(s.quarter_turns not in (0, turns) for turns, s in found),
    }


def _inverted(found: Sequence[FilmStanding]) -> Figures:
    return {"films": len(found), "called inverted": sum(s.inverted for s in found)}


def drawn(
    check: FilmCheck, kinds: Mapping[str, Draw], each: int = DRAWN_EACH
) -> dict[str, Figures]:
    """How many of each kind of drawn picture, in any pose, were let through."""
    passed = {}
    for place, (name, draw) in enumerate(kinds.items()):
        through = 0
        for number in range(each):
            rng = np.random.default_rng((SEED, place, number))
            through += _passes(check, posed(draw(rng), rng).grey)
        passed[name] = {"passed": through, "pictures": each}
    return passed


def _passes(check: FilmCheck, grey: Grey) -> bool:
    return float(grey.max()) - float(grey.min()) >= 1e-3 and check.check(grey).chest


def other_dicom(check: FilmCheck, read: Iterator[Picture | LeftOut]) -> dict[str, Figures]:
    """How many pictures of a folder of DICOM files pass, and why others were not tried.

    Returns
    -------
    dict
        ``dicom``, by what the pictures show, and ``dicom_left_out``, files by reason: files with
        the same pixels, kept in several encodings, count once. The two sum to all files.
    """
    seen: set[str] = set()
    count: Counter[str] = Counter()
    through: Counter[str] = Counter()
    left: Counter[str] = Counter()
    for one in read:
        reason = one.reason if isinstance(one, LeftOut) else _seen_before(one, seen)
        if isinstance(one, LeftOut) or reason:
            left[reason] += 1
            logger.info("%s: left out, %s", one.file, reason)
            continue
        count[one.shows] += 1
        passes = _passes(check, one.grey)
        through[one.shows] += passes
        logger.info("%s: %s %s", one.shows, one.file, "passes" if passes else "is refused")
    return {
        "dicom": {
            name: {"passed": through[name], "pictures": count[name]} for name in sorted(count)
        },
        "dicom_left_out": dict(sorted(left.items())),
    }


def _seen_before(picture: Picture, seen: set[str]) -> str:
    """Note the pixels of a picture; the reason to leave it out if they are known, else nothing."""
    digest = hashlib.sha256(np.rint(picture.grey * 255).astype(np.uint8).tobytes()).hexdigest()
    known = digest in seen
    seen.add(digest)
    return SAME_PIXELS if known else ""


def log_figures(figures: Figures) -> None:
    """Print the figures, one a line."""
    for name, part in figures.items():
        logger.info("%s", name)
        for key, value in part.items():
            logger.info("  %s: %s", key, value)
