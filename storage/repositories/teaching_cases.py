"""Teaching cases and their maps. Of a case nothing changes but whether it is retired."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.domain.errors import NotFoundError
from core.domain.finding import Laterality
from core.domain.report import Sections
from core.domain.study import Window
from core.domain.teaching import (
    CaseDraft,
    CaseFilm,
    CaseMap,
    Drill,
    Level,
    Reference,
    Region,
    TeachingCase,
    TrueFinding,
)
from storage.teaching_tables import CaseMapRow, TeachingCaseRow


class TeachingCaseRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, case: TeachingCase, *, dicom_blob_digest: str = "") -> TeachingCase:
        """Store a case; its blobs are stored already. Returned with its number.

        Parameters
        ----------
        dicom_blob_digest : str
            Of the de-identified DICOM object; empty for a generated film.
        """
        row = TeachingCaseRow(
            study_id=case.study_id,
            title=case.title,
            level=case.level.value,
            reference=case.reference.value,
            reference_note=case.reference_note,
            findings=[asdict(finding) for finding in case.findings],
            regions=[asdict(region) for region in case.regions],
            film=_film_values(case.film),
            film_key=case.film.key,
            pixel_blob_digest=case.film.pixel_blob_digest,
            dicom_blob_digest=dicom_blob_digest,
            history=case.history,
            learning_points=case.learning_points,
            report=case.report.as_dict(),
            draft=_draft_values(case.draft),
            drill=None if case.drill is None else asdict(case.drill),
            language=case.language,
            made_by=case.made_by,
            made_at=case.made_at,
            retired=case.retired,
        )
        self._session.add(row)
        self._session.flush()
        for drawn in case.draft.maps if case.draft else ():
            self._session.add(CaseMapRow(case_id=row.id, **asdict(drawn)))
        self._session.flush()
        return replace(case, id=row.id)

    def get(self, case_id: int) -> TeachingCase:
        """One case, retired or not.

        Raises
        ------
        NotFoundError
        """
        row = self._session.get(TeachingCaseRow, case_id)
        if row is None:
            raise NotFoundError(what="teaching case")
        return self._cases([row])[0]

    def of_ids(self, case_ids: Iterable[int]) -> tuple[TeachingCase, ...]:
        """Cases in the order of their numbers as asked; a number that is none is left out."""
        wanted = tuple(case_ids)
        rows = self._session.scalars(
            select(TeachingCaseRow).where(TeachingCaseRow.id.in_(wanted))
        ).all()
        found = {case.id: case for case in self._cases(rows)}
        return tuple(found[number] for number in wanted if number in found)

    def by_film(self, key: str) -> TeachingCase:
        """The case of a film.

        Raises
        ------
        NotFoundError
        """
        row = self._session.scalar(select(TeachingCaseRow).where(TeachingCaseRow.film_key == key))
        if row is None:
            raise NotFoundError(what="film")
        return self._cases([row])[0]

    def by_map(self, key: str) -> tuple[TeachingCase, CaseMap]:
        """The case of a map, and the map.

        Raises
        ------
        NotFoundError
        """
        row = self._session.scalar(select(CaseMapRow).where(CaseMapRow.key == key))
        if row is None:
            raise NotFoundError(what="map")
        return self.get(row.case_id), _map(row)

    def every(self, *, retired: bool = False, drills: bool = False) -> tuple[TeachingCase, ...]:
        """All cases, newest first; retired ones and drills only where asked for."""
        query = select(TeachingCaseRow).order_by(TeachingCaseRow.id.desc())
        if not retired:
            query = query.where(TeachingCaseRow.retired.is_(False))
        cases = self._cases(self._session.scalars(query).all())
        return tuple(case for case in cases if drills or case.drill is None)

    def of_study(self, study_id: int) -> TeachingCase | None:
        """The case that was made of a study last and is not retired."""
        row = self._session.scalar(
            select(TeachingCaseRow)
            .where(TeachingCaseRow.study_id == study_id, TeachingCaseRow.retired.is_(False))
            .order_by(TeachingCaseRow.id.desc())
            .limit(1)
        )
        return None if row is None else self._cases([row])[0]

    def retire(self, case_id: int, *, retired: bool = True) -> None:
        """Take a case out of what is offered, or put it back.

        Raises
        ------
        NotFoundError
        """
        row = self._session.get(TeachingCaseRow, case_id)
        if row is None:
            raise NotFoundError(what="teaching case")
        row.retired = retired
        self._session.flush()

    def dicom_blob(self, case_id: int) -> str:
        """Digest of a case's de-identified DICOM object; empty for a generated film.

        Raises
        ------
        NotFoundError
        """
        row = self._session.get(TeachingCaseRow, case_id)
        if row is None:
            raise NotFoundError(what="teaching case")
        return row.dicom_blob_digest

    def _cases(self, rows: Iterable[TeachingCaseRow]) -> tuple[TeachingCase, ...]:
        rows = tuple(rows)
        drafted = [row.id for row in rows if row.draft is not None]
        maps: dict[int, list[CaseMap]] = {}
        if drafted:
            query = select(CaseMapRow).where(CaseMapRow.case_id.in_(drafted))
            for drawn in self._session.scalars(query.order_by(CaseMapRow.id)):
                maps.setdefault(drawn.case_id, []).append(_map(drawn))
        return tuple(_case(row, tuple(maps.get(row.id, ()))) for row in rows)


def _case(row: TeachingCaseRow, maps: tuple[CaseMap, ...]) -> TeachingCase:
    return TeachingCase(
        id=row.id,
        title=row.title,
        level=Level(row.level),
        reference=Reference(row.reference),
        reference_note=row.reference_note,
        findings=tuple(_finding(item) for item in row.findings),
        regions=tuple(_region(item) for item in row.regions),
        film=_film(row),
        history=row.history,
        learning_points=row.learning_points,
        report=Sections(**row.report),
        draft=_draft(row.draft, maps),
        made_by=row.made_by,
        made_at=row.made_at,
        study_id=row.study_id,
        drill=None if row.drill is None else Drill(**row.drill),
        retired=row.retired,
        language=row.language,
    )


def _finding(item: Mapping[str, Any]) -> TrueFinding:
    side = item["laterality"]
    return TrueFinding(item["name"], item["present"], Laterality(side) if side else None)


def _region(item: Mapping[str, Any]) -> Region:
    return Region(item["finding"], tuple((float(x), float(y)) for x, y in item["outline"]))


def _film_values(film: CaseFilm) -> dict[str, Any]:
    """What has no column of its own."""
    values = asdict(film)
    del values["key"], values["pixel_blob_digest"]
    return values


def _film(row: TeachingCaseRow) -> CaseFilm:
    spacing = row.film["spacing_mm"]
    return CaseFilm(
        **{
            **row.film,
            "window": Window(**row.film["window"]),
            "spacing_mm": None if spacing is None else (spacing[0], spacing[1]),
        },
        key=row.film_key,
        pixel_blob_digest=row.pixel_blob_digest,
    )


def _draft_values(draft: CaseDraft | None) -> dict[str, Any] | None:
    if draft is None:
        return None
    return {
        "model": draft.model,
        "findings": [dict(finding) for finding in draft.findings],
        "sections": draft.sections.as_dict(),
    }


def _draft(values: Mapping[str, Any] | None, maps: tuple[CaseMap, ...]) -> CaseDraft | None:
    if values is None:
        return None
    return CaseDraft(
        values["model"], tuple(values["findings"]), Sections(**values["sections"]), maps
    )


def _map(row: CaseMapRow) -> CaseMap:
    return CaseMap(row.key, row.finding, row.validated, row.blob_digest)
