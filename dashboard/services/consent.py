"""Which studies may train models: what readers marked, or the institution's own basis."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass

from core.domain.reader import Reader
from core.domain.study import Study
from dashboard.workspace import Workspace
from storage.repositories.consents import Consent
from storage.unit_of_work import UnitOfWork

logger = logging.getLogger(__name__)

STUDY, SITE = "study", "site"
"""The two bases: a consent marked on each study, or the institution's own for all of them but those
that were marked as not to be used."""
MOST_AT_ONCE = 500


@dataclass(frozen=True)
class SignedStudy:
    """A signed study with what was said of its use; ``None`` where nothing was."""

    study: Study
    signed_by: str
    consent: Consent | None

    @property
    def given(self) -> bool:
        return self.consent is not None and self.consent.given


@dataclass(frozen=True)
class Allowed:
    """Which studies may train: ``marked`` alone, or with ``others`` all but those."""

    marked: frozenset[int]
    others: bool

    def __contains__(self, study_id: int) -> bool:
        return (study_id in self.marked) is not self.others


def basis(place: Workspace) -> str:
    """Return on what basis signed reports may train: ``study`` or ``site``."""
    return place.settings.training_consent


def give_consent(place: Workspace, study_ids: Collection[int], *, reader: Reader) -> int:
    """Note that studies may train models; returns of how many that was not said before.

    Raises
    ------
    NotFoundError
        If one of them is not there; nothing is noted then.
    """
    return _say(place, study_ids, given=True, reader=reader)


def withdraw_consent(place: Workspace, study_ids: Collection[int], *, reader: Reader) -> int:
    """Note that studies may not train models; returns of how many that was not said before.

    What was exported before stays where it was taken.

    Raises
    ------
    NotFoundError
        If one of them is not there; nothing is noted then.
    """
    return _say(place, study_ids, given=False, reader=reader)


def _say(place: Workspace, study_ids: Collection[int], *, given: bool, reader: Reader) -> int:
    wanted = tuple(dict.fromkeys(study_ids))
    with place.work() as work:
        for study_id in wanted:
            work.studies.get(study_id)
        standing = work.consents.standing(wanted)
        # Saying what was said already is no second act; "may not" where nothing was said is one,
        # since it holds on the institution's own basis, now or later.
        changed = [one for one in wanted if one not in standing or standing[one].given is not given]
        work.consents.add(changed, given=given, reader=reader.name)
    said = "gave" if given else "withdrew"
    logger.info("reader %d %s consent for %d studies", reader.id, said, len(changed))
    return len(changed)


def allowed(place: Workspace, look: UnitOfWork) -> Allowed:
    """Return the studies that may train; a withdrawal holds on either basis."""
    if basis(place) == SITE:
        return Allowed(look.consents.withdrawn(), others=True)
    return Allowed(look.consents.given(), others=False)


def may_train(place: Workspace, study_id: int) -> bool:
    """Return whether one study may train."""
    with place.look() as look:
        return study_id in allowed(place, look)


def signed_studies(
    place: Workspace, *, page: int = 1, size: int = 50
) -> tuple[tuple[SignedStudy, ...], int]:
    """A page of signed studies of patients, newest arrival first, and how many pages' rows exist.

    Phantoms are left out: they are nobody's, and no export takes them.
    """
    with place.look() as look:
        ids, total = look.consents.signed_studies(page=page, size=size)
        standing = look.consents.standing(ids)
        found = tuple(
            SignedStudy(study, look.signed.versions(study.id)[-1].signed_by, standing.get(study.id))
            for study in map(look.studies.get, ids)
        )
    return found, total
