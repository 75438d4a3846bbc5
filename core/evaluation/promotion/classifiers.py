"""Two versions of a classifier on the same frozen films, each called at its own points."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from core.domain.errors import N_, ModelUnavailableError
from core.domain.training_errors import EvaluationError
from core.evaluation.calibration import Platt, sigmoid
from core.evaluation.promotion.decision import CLASSIFIER, Decision, Side
from core.evaluation.promotion.frozen import described, frozen_films
from core.evaluation.promotion.paired import Compared, figures_alone, finding_figures
from core.evaluation.promotion.rule import FindingFigures, Rule
from core.evaluation.reading import read_films
from core.models.embedded import load_network
from core.models.measured import Measured, check_weights, read_measured
from core.models.network import for_reading
from core.training.films import FilmRow, label_tables
from core.training.relearning.learned import digests_of, read_learned

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Read:
    """What one version says of the films: logits and calls by finding, each (films,)."""

    side: Side
    logits: dict[str, npt.NDArray[np.float32]]
    calls: dict[str, npt.NDArray[np.bool_]]


def compare(
    old: Path, new: Path, folders: Sequence[Path], rule: Rule, command: str = ""
) -> Decision:
    """Compare two versions by their folders, and decide.

    Raises
    ------
    EvaluationError
        If a version cannot be used, both are the same weights, there are no frozen films, or a
        version was trained on one of them.
    TrainingError
        If a folder of films cannot be used.
    """
    films = {folder: frozen_films([folder]) for folder in folders}
    before, after = (_measured(folder) for folder in (old, new))
    if before.weights_sha256 == after.weights_sha256:
        _refuse(N_("the two are the same weights"))
    if before.name != after.name:
        _refuse(N_("they are versions of different models"))
    for folder, version in ((old, before), (new, after)):
        _check_unseen(folder, version, films)
    rows = tuple(row for each in films.values() for row in each)
    logger.info("reading %d films of frozen patients twice", len(rows))
    pair = _read(old, before, rows), _read(new, after, rows)
    return Decision(
        kind=CLASSIFIER,
        made=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        command=command,
        old=pair[0].side,
        new=pair[1].side,
        frozen=described(rows),
        rule=rule,
        findings=_findings(*pair, rows, rule),
    )


def _measured(folder: Path) -> Measured:
    try:
        measured = read_measured(folder)
        check_weights(folder, measured)
    except ModelUnavailableError as error:
        template = N_("the version {name} cannot be used: {why}")
        _refuse(template, name=folder.name, why=str(error.facts["reason"]))
    return measured


def _check_unseen(
    version: Path, measured: Measured, films: Mapping[Path, tuple[FilmRow, ...]]
) -> None:
    """Refuse folders with frozen films that a version learned from."""
    try:
        learned = read_learned(version, measured)
    except ModelUnavailableError as error:
        template = N_("the version {name} cannot be used: {why}")
        _refuse(template, name=version.name, why=str(error.facts["reason"]))
    for folder, rows in films.items():
        if learned and learned & digests_of(rows):
            template = N_("{folder} holds frozen films that {name} was trained on")
            _refuse(template, folder=folder.name, name=version.name)


def _read(folder: Path, measured: Measured, rows: tuple[FilmRow, ...]) -> _Read:
    network = for_reading(load_network(check_weights(folder, measured), measured.name))
    vote = read_films(network, rows).vote
    logits = {name: vote[:, column] for column, name in enumerate(network.shape.findings)}
    calls = {name: _called(measured, name, logits[name]) for name in logits}
    name = folder.name if "relearned" in measured.document else measured.name
    return _Read(Side(name, measured.weights_sha256), logits, calls)


def _called(
    measured: Measured, name: str, logits: npt.NDArray[np.float32]
) -> npt.NDArray[np.bool_]:
    curve = measured.calibrations.get(name)
    shown = Platt(curve.slope, curve.intercept).probability(logits) if curve else sigmoid(logits)
    return np.asarray(shown >= measured.findings[name].operating_point, np.bool_)


def _findings(
    old: _Read, new: _Read, rows: tuple[FilmRow, ...], rule: Rule
) -> dict[str, FindingFigures]:
    names = tuple(new.logits)
    if missing := [name for name in old.logits if name not in new.logits]:
        _refuse(N_("the new version does not read {finding}"), finding=missing[0])
    labels, known = label_tables(rows, names)
    patients = np.array([f"{row.source}:{row.patient}" for row in rows])
    found = {}
    for column, name in enumerate(names):
        looked = known[:, column]
        before = old if name in old.logits else new
        films = Compared(
            labels=labels[looked, column] == 1,
            old=before.calls[name][looked],
            new=new.calls[name][looked],
            patients=patients[looked],
            scores=(before.logits[name][looked], new.logits[name][looked]),
        )
        figures = finding_figures if name in old.logits else figures_alone
        found[name] = figures(name, films, rule)
    return found


def _refuse(template: str, **named: str) -> NoReturn:
    raise EvaluationError(reason=template.format(**named), template=template, named=named)
