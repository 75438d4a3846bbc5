"""What differs, in sentences that are made from paired differences and nothing else."""

from __future__ import annotations

from core.domain.errors import N_
from core.evaluation.drafts.measured import Role, System
from core.models.base import Interval
from core.training.corpus.folder import TRAIN
from dashboard.components.models.figures import decimal
from dashboard.components.scoreboard.words import difference, title, titles
from dashboard.language import translate as _
from dashboard.services.scoreboard import Board, significant, turned

ANSWER = "macro_f1"
"""What the page answers with: whether findings are told, each as heavy as another."""
PAIRS = "differences"
"""What `not_measured` says of an evaluation whose systems were not compared."""

_WORDS = N_(
    "{system} is closer to the words of the references than {against}: {figure} {difference}."
)
_FINDINGS = N_("{system} tells findings better than {against}: {figure} {difference}.")
_AHEAD = {
    "bleu_4": _WORDS,
    "rouge_l": _WORDS,
    "meteor_exact_stem": _WORDS,
    "cider_d": _WORDS,
    "micro_f1": _FINDINGS,
    "macro_f1": _FINDINGS,
    "critical_f1": _FINDINGS,
    "side_accuracy": N_("{system} names sides better than {against}: {figure} {difference}."),
    "instruction_all": N_(
        "{system} keeps instructions better than {against}: {figure} {difference}."
    ),
}
_OTHERWISE = N_("{system} is ahead of {against}: {figure} {difference}.")
_ALIKE = N_("No significant difference between {system} and {against}: {figure} {difference}.")


def answer(board: Board) -> str:
    """Say which system tells findings best, and by how much over the stronger baseline.

    Films of the train split are said first: whoever was taught on them knows the answers.
    """
    said = _answer(board)
    if board.measured.corpus.get("split") != TRAIN:
        return said
    known = _(
        "These films are of the train split: a model that was taught on this corpus knows their "
        "answers, and so may the nearest neighbour."
    )
    return f"{known} {said}"


def _answer(board: Board) -> str:
    ranked = sorted(
        (each for each in board.systems if each.figures.get(ANSWER) is not None),
        key=lambda each: -_value(each),
    )
    if not ranked:
        return _("No system of this evaluation has a figure for its findings.")
    words, best = titles(board), ranked[0]
    baseline = next((each for each in ranked if each.role is Role.BASELINE), None)
    if not _value(best):
        return _(
            "No system of this evaluation tells a finding right: {figure} is 0 for all."
        ).format(figure=title(ANSWER))
    if baseline is not None and _value(baseline) >= _value(best):
        return _("No model tells findings better than a baseline: {system} has {figure}.").format(
            system=words[baseline.name], figure=_told(baseline)
        )
    said = _("{system} has the highest figure for findings: {figure}.").format(
        system=words[best.name], figure=_told(best)
    )
    if not board.compared():
        return f"{said} {uncompared(board)}"
    runner_up = next((each for each in ranked[1:] if each.role is Role.MODEL), None)
    others = [each for each in (runner_up, baseline) if each is not None]
    against = [_compared(board, best, each) for each in others]
    return " ".join([said, *(sentence for sentence in against if sentence)])


def told(board: Board, system: str, against: str, figure: str) -> str:
    """Return the sentence of one pair; empty where it was not compared."""
    interval = board.between(system, against, figure)
    return "" if interval is None else _sentence(board, system, against, figure, interval)


def uncompared(board: Board) -> str:
    """Say that no pair was compared, and why."""
    reason = board.measured.not_measured.get(PAIRS, "")
    if not reason:
        return _("Systems were not compared in pairs.")
    return _("Systems were not compared in pairs: {reason}.").format(reason=_(reason))


def chance(board: Board) -> str:
    """Say how many pairs were compared: some differ by chance alone."""
    compared = board.compared()
    apart = sum(significant(each.interval) for each in compared)
    return _(
        "{count} differences were looked at, and {apart} of their intervals leave zero out. "
        "Intervals are 95 % and not corrected for many comparisons: where nothing differs, about "
        "one in twenty leaves zero out by chance."
    ).format(count=len(compared), apart=apart)


def _compared(board: Board, best: System, other: System) -> str:
    interval = board.between(best.name, other.name, ANSWER)
    if interval is None:
        return ""
    words = titles(board)
    facts = {"against": words[other.name], "difference": difference(interval)}
    if significant(interval):
        return _("Over {against}: {difference}.").format(**facts)
    return _("No significant difference from {against}: {difference}.").format(**facts)


def _sentence(board: Board, system: str, against: str, figure: str, interval: Interval) -> str:
    words = titles(board)
    if not significant(interval):
        template = _ALIKE
    else:
        template = _AHEAD.get(figure, _OTHERWISE)
        if interval.high < 0:
            system, against, interval = against, system, turned(interval)
    said = _(template).format(
        system=words[system],
        against=words[against],
        figure=title(figure),
        difference=difference(interval),
    )
    return said[:1].upper() + said[1:]


def _told(system: System) -> str:
    return f"{title(ANSWER)} {decimal(_value(system))}"


def _value(system: System) -> float:
    interval = system.figures[ANSWER]
    return interval.value if interval is not None else 0.0
