"""Which unsigned studies are asked for next, to learn from: in order, each with its reasons.

The rule is `core.training.active.queue`, on what the drafts say: the probability of each finding
where it is calibrated, else the score, moved so that its operating point is even. Where a model
that writes chose the words, what they state is a second opinion. What was signed is known already.

`benchmarks.active_learning` compares the rule with random order: no difference has been shown.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from core.domain.finding import Certainty
from core.domain.report import ENGLISH
from core.findings.labeller import label, stated
from core.findings.vocabulary import NAMES
from core.training.active.queue import Pool, ask_for
from core.training.active.reasons import Ask, Choice, Reason
from dashboard.language import translate as _
from dashboard.workspace import Workspace
from storage.repositories.newest_drafts import NewestDraft

Floats = npt.NDArray[np.float64]

MOST_POOL = 1_000
"""Unsigned studies that are looked at, newest first: what a page can wait for."""
MOST_KNOWN = 500
_STATED = {Certainty.PRESENT: 1.0, Certainty.UNCERTAIN: 0.5, Certainty.ABSENT: 0.0}
_NEAR = 1e-6


@dataclass(frozen=True)
class QueuedReason:
    """One ground: its kind, a sentence in the language of the interface, the number behind it."""

    kind: Ask
    words: str
    value: float


@dataclass(frozen=True)
class Queued:
    """An unsigned study worth reading next. ``rank`` counts from 1; strongest reasons first."""

    study_id: int
    rank: int
    patient: str
    projections: str
    reasons: tuple[QueuedReason, ...]


def learning_queue(place: Workspace, count: int, *, bare: bool = False) -> tuple[Queued, ...]:
    """Return at most ``count`` unsigned studies with a draft, in the order of asking.

    Phantoms, drafts that name nothing and drafts that are hidden from their reader are left out.

    Parameters
    ----------
    bare : bool
        For who reads before the draft is seen: reasons name no finding and no number of one.
    """
    with place.look() as look:
        open_ones = look.newest_drafts.unsigned(MOST_POOL)
        known = look.newest_drafts.signed(MOST_KNOWN)
    if not open_ones:
        return ()
    probabilities = _probabilities(open_ones)
    pool = Pool(
        probabilities,
        _prevalence(probabilities),
        _opinions(open_ones, probabilities),
        known=np.nan_to_num(_probabilities(known)) if known else None,
    )
    return tuple(_queued(open_ones[each.row], each, bare) for each in ask_for(pool, count))


def _probabilities(drafts: Sequence[NewestDraft]) -> Floats:
    """Return what the classifier says of each finding, (studies, findings); NaN where nothing."""
    table = np.full((len(drafts), len(NAMES)), np.nan)
    for row, draft in enumerate(drafts):
        for finding in draft.findings:
            if finding["name"] in NAMES:
                table[row, NAMES.index(finding["name"])] = _even_at_the_point(finding)
    return table


def _even_at_the_point(finding: Mapping[str, Any]) -> float:
    """Return the calibrated probability, else the score on a scale with its point at a half."""
    probability, score = finding["probability"], finding["score"]
    if probability is not None:
        return float(probability)
    point = finding["operating_point"]
    if score is None or point is None:
        return math.nan
    moved = _logit(float(score)) - _logit(float(point))
    return 1 / (1 + math.exp(-moved))


def _logit(share: float) -> float:
    share = min(max(share, _NEAR), 1 - _NEAR)
    return math.log(share / (1 - share))


def _prevalence(probabilities: Floats) -> Floats:
    """Return the share of the pool that has each finding, as the model sees it."""
    heard = ~np.isnan(probabilities)
    total = np.where(heard, probabilities, 0).sum(axis=0)
    return np.asarray((total + 1) / (heard.sum(axis=0) + 2), np.float64)


def _opinions(drafts: Sequence[NewestDraft], probabilities: Floats) -> Floats | None:
    """Return the classifier's opinion and that of the words, where another model wrote them."""
    if not any(draft.written and draft.language == ENGLISH for draft in drafts):
        return None
    words = np.full_like(probabilities, np.nan)
    for row, draft in enumerate(drafts):
        if draft.written and draft.language == ENGLISH:
            text = f"{draft.sections.findings}\n\n{draft.sections.impression}"
            for column, said in _said(text):
                words[row, column] = said
    return np.stack([probabilities, words])


# A page that runs again asks the same of a thousand texts.
@lru_cache(maxsize=2 * MOST_POOL)
def _said(text: str) -> tuple[tuple[int, float], ...]:
    """Return what a text states, as columns with their value."""
    return tuple(
        (NAMES.index(name), _STATED[mention.certainty])
        for name, mention in stated(label(text)).items()
        if name in NAMES
    )


def _queued(draft: NewestDraft, choice: Choice, bare: bool) -> Queued:
    return Queued(
        study_id=draft.study.id,
        rank=choice.rank,
        patient=draft.study.patient.display_name,
        projections=draft.projections,
        reasons=tuple(
            QueuedReason(reason.kind, _bare_words(reason), 0.0)
            if bare
            else QueuedReason(reason.kind, _words(reason, draft), reason.value)
            for reason in choice.reasons
        ),
    )


def _words(reason: Reason, draft: NewestDraft) -> str:
    if reason.kind is Ask.DIVERSITY or reason.finding is None:
        return _("Unlike what was signed or asked for before.")
    name = NAMES[reason.finding]
    said = {
        Ask.UNCERTAINTY: _("Unsure of {finding}: {number}."),
        Ask.DISAGREEMENT: _("Words and score disagree on {finding}: {number}."),
        Ask.RARITY: _("Rare, and may be there: {finding}, {number}."),
    }[reason.kind]
    return said.format(finding=_(name), number=_number(name, draft))


def _bare_words(reason: Reason) -> str:
    return {
        Ask.UNCERTAINTY: _("The model is unsure of a finding."),
        Ask.DISAGREEMENT: _("Words and score of its draft disagree."),
        Ask.RARITY: _("Something rare may be there."),
        Ask.DIVERSITY: _("Unlike what was signed or asked for before."),
    }[reason.kind]


def _number(name: str, draft: NewestDraft) -> str:
    finding = next(each for each in draft.findings if each["name"] == name)
    if finding["probability"] is not None:
        return _("probability {value}").format(value=f"{finding['probability']:.2f}")
    return _("score {value}, not calibrated").format(value=f"{finding['score']:.2f}")
