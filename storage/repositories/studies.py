"""Studies, series and instances."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from core.domain.errors import NotFoundError
from core.domain.study import (
    Instance,
    Patient,
    Projection,
    Source,
    Study,
    StudyStatus,
    Window,
)
from storage.tables import InstanceRow, SeriesRow, StudyRow


class StudyRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, study_id: int) -> Study:
        """A study with its instances.

        Raises
        ------
        NotFoundError
        """
        row = self._session.get(
            StudyRow,
            study_id,
            options=[selectinload(StudyRow.instances).joinedload(InstanceRow.series)],
        )
        if row is None:
            raise NotFoundError(what="study")
        return study_of(row, tuple(_instance(instance) for instance in row.instances))

    def many(self, study_ids: Collection[int]) -> dict[int, Study]:
        """Studies with their instances, by their numbers."""
        rows = self._session.scalars(
            select(StudyRow)
            .where(StudyRow.id.in_(study_ids))
            .options(selectinload(StudyRow.instances).joinedload(InstanceRow.series))
        )
        return {row.id: study_of(row, tuple(map(_instance, row.instances))) for row in rows}

    def by_uid(self, study_instance_uid: str) -> Study | None:
        row_id = self._session.scalar(
            select(StudyRow.id).where(StudyRow.study_instance_uid == study_instance_uid)
        )
        return None if row_id is None else self.get(row_id)

    def add(self, study: Study) -> Study:
        patient = study.patient
        row = StudyRow(
            study_instance_uid=study.study_instance_uid,
            patient_id=patient.patient_id,
            patient_name=patient.name,
            patient_birth_date=patient.birth_date,
            patient_sex=patient.sex,
            patient_age=patient.age,
            accession_number=study.accession_number,
            description=study.description,
            indication=study.indication,
            study_datetime=study.study_datetime,
            received_at=study.received_at,
            source=study.source.value,
            status=study.status.value,
            projections="",
            search_text=_search_text(study),
            patient_stated=sorted(study.patient_stated),
        )
        self._session.add(row)
        self._session.flush()
        return replace(study, id=row.id)

    def add_instance(self, study_id: int, instance: Instance) -> Instance:
        spacing = instance.spacing_mm or (None, None)
        row = InstanceRow(
            study_id=study_id,
            series_id=self._series(study_id, instance).id,
            sop_instance_uid=instance.sop_instance_uid,
            projection=instance.projection.value,
            body_part=instance.body_part,
            rows=instance.rows,
            columns=instance.columns,
            window_center=instance.window.center,
            window_width=instance.window.width,
            window_function=instance.window.function,
            monochrome1=instance.monochrome1,
            spacing_row_mm=spacing[0],
            spacing_column_mm=spacing[1],
            notes=list(instance.notes),
            blob_digest=instance.blob_digest,
            pixel_digest=instance.pixel_digest,
            pixel_blob_digest=instance.pixel_blob_digest,
            after_signing=instance.after_signing,
            projection_from_file=instance.projection_from_file,
            received_at=dt.datetime.now(dt.UTC),
        )
        self._session.add(row)
        self._session.flush()
        self._refresh_projections(study_id)
        return replace(instance, id=row.id)

    def instance_by_uid(self, sop_instance_uid: str) -> tuple[Instance, int] | None:
        """An instance and the number of its study."""
        row = self._session.scalar(
            select(InstanceRow).where(InstanceRow.sop_instance_uid == sop_instance_uid)
        )
        return None if row is None else (_instance(row), row.study_id)

    def film(self, instance_id: int) -> Instance:
        """One instance by its number.

        Raises
        ------
        NotFoundError
        """
        row = self._session.get(InstanceRow, instance_id)
        if row is None:
            raise NotFoundError(what="film")
        return _instance(row)

    def set_patient(self, study_id: int, patient: Patient, stated: frozenset[str]) -> None:
        """Write who the patient is, and which fields of that a person stated."""
        row = self._row(study_id)
        row.patient_id, row.patient_name = patient.patient_id, patient.name
        row.patient_birth_date, row.patient_sex = patient.birth_date, patient.sex
        row.patient_age, row.patient_stated = patient.age, sorted(stated)
        row.search_text = _search_text(study_of(row))

    def state_projection(self, instance_id: int, projection: Projection) -> None:
        """Write the projection of a film, as a reader states it."""
        row = self._session.get_one(InstanceRow, instance_id)
        row.projection = projection.value
        self._session.flush()
        self._refresh_projections(row.study_id)

    def set_status(self, study_id: int, status: StudyStatus, signed_by: str | None = None) -> None:
        row = self._row(study_id)
        row.status = status.value
        if signed_by is not None:
            row.signed_by = signed_by

    def prior(self, study: Study) -> Study | None:
        """The newest earlier study of the same patient, by a patient ID that is not empty."""
        if not study.patient.patient_id or study.study_datetime is None:
            return None
        row = self._session.scalar(
            select(StudyRow)
            .where(
                StudyRow.patient_id == study.patient.patient_id,
                # An ID such as "0" or "ANON" alone does not make two films one patient's.
                StudyRow.patient_name == study.patient.name,
                StudyRow.patient_birth_date == study.patient.birth_date,
                StudyRow.id != study.id,
                StudyRow.study_datetime < study.study_datetime,
            )
            .order_by(StudyRow.study_datetime.desc())
            .limit(1)
        )
        return None if row is None else study_of(row)

    def of_patient(self, patient_id: str) -> tuple[Study, ...]:
        """Every study of a patient ID, without its instances; none of an empty one."""
        if not patient_id:
            return ()
        rows = select(StudyRow).where(StudyRow.patient_id == patient_id).order_by(StudyRow.id)
        return tuple(map(study_of, self._session.scalars(rows)))

    def has_samples(self) -> bool:
        found = select(StudyRow.id).where(StudyRow.source == Source.SAMPLE.value).limit(1)
        return self._session.scalar(found) is not None

    def _row(self, study_id: int) -> StudyRow:
        row = self._session.get(StudyRow, study_id)
        if row is None:
            raise NotFoundError(what="study")
        return row

    def _series(self, study_id: int, instance: Instance) -> SeriesRow:
        uid = instance.series_instance_uid
        row = self._session.scalar(
            select(SeriesRow).where(
                SeriesRow.study_id == study_id, SeriesRow.series_instance_uid == uid
            )
        )
        if row is None:
            row = SeriesRow(study_id=study_id, series_instance_uid=uid, modality=instance.modality)
            self._session.add(row)
            self._session.flush()
        return row

    def _refresh_projections(self, study_id: int) -> None:
        found = self._session.scalars(
            select(InstanceRow.projection)
            .where(InstanceRow.study_id == study_id)
            .order_by(InstanceRow.id)
        )
        self._row(study_id).projections = " ".join(dict.fromkeys(found))


def _search_text(study: Study) -> str:
    patient = study.patient
    texts = (
        patient.name,
        patient.display_name,
        patient.patient_id,
        study.accession_number,
        study.indication,
        study.description,
    )
    return " ".join(texts).casefold()


def study_of(row: StudyRow, instances: tuple[Instance, ...] = ()) -> Study:
    """A row as the domain has it."""
    return Study(
        id=row.id,
        study_instance_uid=row.study_instance_uid,
        patient=Patient(
            row.patient_id,
            row.patient_name,
            row.patient_birth_date,
            row.patient_sex,
            row.patient_age,
        ),
        accession_number=row.accession_number,
        description=row.description,
        indication=row.indication,
        study_datetime=row.study_datetime,
        received_at=row.received_at,
        source=Source(row.source),
        status=StudyStatus(row.status),
        instances=instances,
        patient_stated=frozenset(row.patient_stated),
    )


def _instance(row: InstanceRow) -> Instance:
    spacing = None
    if row.spacing_row_mm is not None and row.spacing_column_mm is not None:
        spacing = (row.spacing_row_mm, row.spacing_column_mm)
    return Instance(
        id=row.id,
        sop_instance_uid=row.sop_instance_uid,
        series_instance_uid=row.series.series_instance_uid,
        modality=row.series.modality,
        projection=Projection(row.projection),
        body_part=row.body_part,
        rows=row.rows,
        columns=row.columns,
        window=Window(row.window_center, row.window_width, row.window_function),
        monochrome1=row.monochrome1,
        spacing_mm=spacing,
        blob_digest=row.blob_digest,
        pixel_digest=row.pixel_digest,
        pixel_blob_digest=row.pixel_blob_digest,
        notes=tuple(row.notes),
        after_signing=row.after_signing,
        projection_from_file=row.projection_from_file,
    )
