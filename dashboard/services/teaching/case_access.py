"""Who may have the film and the maps of a case."""

from __future__ import annotations

from core.domain.errors import NotFoundError
from core.domain.teaching import CaseFilm, TeachingCase, Trainee
from core.domain.teaching_errors import NotCommittedError
from dashboard.workspace import Workspace
from storage.repositories.teaching_reads import ReadKey
from storage.unit_of_work import UnitOfWork


def film_of(place: Workspace, key: str, trainee: Trainee | None) -> tuple[CaseFilm, bytes]:
    """A case's film and its encoded pixels; ``None`` as trainee is the teacher.

    Raises
    ------
    NotFoundError
        Also where the trainee has not been given the case.
    """
    with place.look() as look:
        case = look.teaching_cases.by_film(key)
        if trainee is not None and not _given(look, trainee, case):
            raise NotFoundError(what="film")
    return case.film, place.blobs.get(case.film.pixel_blob_digest)


def map_of(place: Workspace, key: str, trainee: Trainee | None) -> bytes:
    """The PNG of a case's map.

    Raises
    ------
    NotFoundError
        Also where the trainee has not been given the case.
    NotCommittedError
    """
    with place.look() as look:
        case, drawn = look.teaching_cases.by_map(key)
        if trainee is not None:
            if not _given(look, trainee, case):
                raise NotFoundError(what="map")
            if not look.reads.answer_open(trainee.id, case.id):
                raise NotCommittedError
    return place.blobs.get(drawn.blob_digest)


def _given(look: UnitOfWork, trainee: Trainee, case: TeachingCase) -> bool:
    """Whether a session that the trainee joined holds the case, or practice gave it."""
    if look.trainees.is_reader(trainee.id):
        return True
    if any(case.id in each.case_ids for each in look.teaching_sessions.of_trainee(trainee.id)):
        return True
    alone = ReadKey(trainee.id, case.id, None)
    return look.reads.begun(alone) is not None or bool(look.reads.of_case(trainee.id, case.id))
