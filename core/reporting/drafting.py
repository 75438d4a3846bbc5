"""From a classifier's reading to a draft: findings, sentences, sections, warnings.

Every limit on what a draft may say comes from the figures measured with the weights, so that better
weights loosen it. Nothing is said that was not scored, and no film is called normal.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from core.domain.draft import DraftSentence, DraftWarning, Refusal
from core.domain.errors import DraftFailedError
from core.domain.finding import Certainty, Finding, Laterality
from core.domain.report import ENGLISH, Sections
from core.domain.study import Projection, Study
from core.findings.vocabulary import (
    BY_NAME,
    CARDIOMEGALY,
    TERMS,
    URGENCY,
    Region,
    Term,
)
from core.models.base import FilmReading, FindingFigures
from core.reporting.caveats import (
    AGE_UNKNOWN,
    HEART_SIZE,
    NOT_EARNED,
    NOT_FRONTAL,
    NOT_WORDED,
    NOTHING_ABOVE,
    PROJECTION_UNKNOWN,
    UNDER_16,
)
from core.reporting.dictation import (
    CARDIOMEGALY_PROJECTIONS,
    EARNED,
    SHOWN,
    findings_sentences,
    impression_sentences,
)
from core.reporting.phrases.catalogue import phrases
from core.reporting.phrases.statement import Compared
from core.reporting.wording import technique

ADULT = 16
"""Years of age from which the model may draft."""
CHANCE = 0.5
"""AUROC of a coin: the lower bound of a finding's own must lie above it to earn any word."""
WORD_POSITIVES = 10
"""Unseen positives that must stand behind the AUROC that earns a word."""

NO_PRIOR = phrases(ENGLISH).say(Compared())


def refusal_by_headers(study: Study) -> Refusal | None:
    """Why a study is not drafted, as far as its headers and its patient's age tell.

    No reader overrules it: the model has learned neither children nor other films.
    """
    if not study.frontals:
        return Refusal.NO_FRONTAL
    too_young = study.age is not None and study.age < ADULT
    return Refusal.UNDER_16 if too_young else None


def findings_from(
    reading: FilmReading,
    figures: Mapping[str, FindingFigures],
    *,
    projection: Projection,
    age: int | None,
    sides: Mapping[str, Laterality] = MappingProxyType({}),
) -> tuple[Finding, ...]:
    """The findings panel of one film.

    Parameters
    ----------
    reading : FilmReading
        Scores, and probabilities where calibrated.
    figures : mapping of finding to FindingFigures
        A finding without figures has no operating point and is left out.
    projection : Projection
        Of the film that was read.
    age : int or None
        In years at the study; ``None`` where it is not known.
    sides : mapping of finding to Laterality
        Where the evidence places a finding; taken over only for findings whose side accuracy was
        measured and is high.

    Returns
    -------
    tuple of Finding
        Every known finding once, by region as dictated, then by the shown number, highest first.
        ``drafted`` is set where a draft may name it.

    Raises
    ------
    DraftFailedError
        If a score is not a number, or a calibrated finding came without its probability.
    """
    found = [
        _finding(
            reading,
            figures[term.name],
            worded=may_be_worded(term, projection, age) and word_earned(figures[term.name]),
            side=sides.get(term.name) if _side_earned(term, figures[term.name]) else None,
        )
        for term in TERMS
        if term.name in reading.scores and term.name in figures
    ]
    regions = list(Region)
    return tuple(
        sorted(
            found, key=lambda each: (regions.index(BY_NAME[each.name].region), -(each.shown or 0))
        )
    )


def _finding(
    reading: FilmReading, figures: FindingFigures, *, worded: bool, side: Laterality | None
) -> Finding:
    score = float(reading.scores[figures.name])
    probability = reading.probabilities.get(figures.name) if figures.calibrated else None
    shown = probability if figures.calibrated else score
    if shown is None or not math.isfinite(shown) or not math.isfinite(score):
        raise DraftFailedError(reason=f"the model gave no usable number for {figures.name}")
    certainty = _certainty(shown, figures)
    if certainty is Certainty.PRESENT and not word_earned(figures):
        certainty = Certainty.UNCERTAIN
    return Finding(
        name=figures.name,
        score=score,
        operating_point=figures.operating_point,
        uncertain_point=figures.uncertain_point,
        certainty=certainty,
        probability=None if probability is None else float(probability),
        prevalence=figures.prevalence if figures.calibrated else None,
        laterality=side if certainty in SHOWN else None,
        drafted=worded and certainty in SHOWN,
    )


def in_reading_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Present before uncertain before absent, worded before only scored, then by urgency."""
    certainties, urgency = list(Certainty), {name: rank for rank, name in enumerate(URGENCY)}
    return tuple(
        sorted(
            findings,
            key=lambda each: (
                certainties.index(each.certainty),
                not each.drafted,
                urgency.get(each.name, len(urgency)),
            ),
        )
    )


def may_be_worded(term: Term, projection: Projection, age: int | None) -> bool:
    """Whether a draft may name a finding at all on such a film.

    The heart is magnified on an AP film, so that its size is judged on a PA film alone.
    """
    if age is not None and age < ADULT:
        return False
    return term.worded and (term.name != CARDIOMEGALY or projection in CARDIOMEGALY_PROJECTIONS)


def word_earned(figures: FindingFigures) -> bool:
    """Whether the measured figures carry a word: better than chance, beyond the play of chance.

    A finding that a handful of unseen positives could not tell from a coin is shown with its score
    and never put into the report.
    """
    measured = figures.auroc
    return measured is not None and measured.low > CHANCE and figures.positives >= WORD_POSITIVES


def _certainty(shown: float, figures: FindingFigures) -> Certainty:
    if shown >= figures.operating_point:
        return Certainty.PRESENT
    return Certainty.UNCERTAIN if shown >= figures.uncertain_point else Certainty.ABSENT


def _side_earned(term: Term, figures: FindingFigures) -> bool:
    measured = figures.side_accuracy
    return term.sided and measured is not None and measured.low >= EARNED


# --- the report ---------------------------------------------------------------------------------


def compose(
    findings: Sequence[Finding],
    figures: Mapping[str, FindingFigures],
    *,
    study: Study,
    films: Sequence[Projection],
    prior: str = "",
) -> tuple[tuple[DraftSentence, ...], Sections, tuple[DraftWarning, ...]]:
    """Sentences, sections and warnings of a draft.

    Parameters
    ----------
    findings : sequence of Finding
        From ``findings_from``; those with ``drafted`` are worded.
    figures : mapping of finding to FindingFigures
        Says which negatives are earned.
    study : Study
        For its indication and the age of the patient.
    films : sequence of Projection
        The projections of the film that was read and of the laterals beside it; of all films of
        the chest where none was read.
    prior : str
        What the study is compared with, as the comparison section shall say it.

    Returns
    -------
    sentences, sections, warnings
        The findings section is its sentences joined by blanks, the impression its sentences joined
        by line breaks: every sentence stands in its section word for word.
    """
    warnings = _warnings(findings, figures, study, films)
    silent = {UNDER_16, NOT_FRONTAL} & set(warnings)
    dictated = () if silent else findings_sentences(findings, figures, films)
    impression = () if silent else impression_sentences(findings)
    sections = Sections(
        indication=study.indication,
        comparison=prior or NO_PRIOR,
        technique=technique(films),
        findings=" ".join(each.text for each in dictated),
        impression="\n".join(each.text for each in impression),
    )
    return (*dictated, *impression), sections, warnings


def _warnings(
    findings: Sequence[Finding],
    figures: Mapping[str, FindingFigures],
    study: Study,
    films: Sequence[Projection],
) -> tuple[DraftWarning, ...]:
    if not any(film is not Projection.LATERAL for film in films):
        return (NOT_FRONTAL,)
    if study.age is not None and study.age < ADULT:
        return (UNDER_16,)
    shown = [each for each in findings if each.certainty in SHOWN]
    unsaid = [each.name for each in shown if not each.drafted]
    said = [
        (AGE_UNKNOWN, study.age is None),
        (PROJECTION_UNKNOWN, not {Projection.PA, Projection.AP} & set(films)),
        (NOTHING_ABOVE, not shown),
        (HEART_SIZE, CARDIOMEGALY in unsaid and word_earned(figures[CARDIOMEGALY])),
        (NOT_WORDED, any(not BY_NAME[name].worded for name in unsaid)),
        (NOT_EARNED, any(BY_NAME[n].worded and not word_earned(figures[n]) for n in unsaid)),
    ]
    return tuple(warning for warning, due in said if due)
