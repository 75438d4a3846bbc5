"""The sample studies of a fresh machine: phantoms, each labelled as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from core.imaging.phantom.anatomy import Projection, Sex
from core.imaging.phantom.dicom_film import phantom_uid, to_dicom
from core.imaging.phantom.film import PhantomFilm, make_film
from core.imaging.phantom.lesions import Lesion, PleuralEffusion

ROWS = 2048


@dataclass(frozen=True)
class SampleStudy:
    """Files of one study, in the order in which they were taken."""

    label: str
    files: tuple[bytes, ...]


@dataclass(frozen=True)
class _Plan:
    label: str
    name: str
    seed: int
    sex: Sex
    birth_date: date
    taken: datetime
    indication: str
    projections: tuple[Projection, ...]
    lesions: Sequence[Lesion] = ()


_PLANS = (
    _Plan(
        label="normal",
        name="PHANTOM^NORMAL",
        seed=2,
        sex="F",
        birth_date=date(1979, 3, 14),
        taken=datetime(2026, 1, 12, 9, 5),
        indication="Cough for three weeks.",
        projections=("PA",),
    ),
    _Plan(
        label="right pleural effusion",
        name="PHANTOM^EFFUSION",
        seed=3,
        sex="M",
        birth_date=date(1958, 8, 2),
        taken=datetime(2026, 1, 12, 10, 40),
        indication="Shortness of breath, dull percussion at the right base.",
        projections=("PA",),
        lesions=(PleuralEffusion("right", volume_ml=800.0),),
    ),
    _Plan(
        label="two views, left pleural effusion",
        name="PHANTOM^TWO VIEWS",
        seed=8,
        sex="F",
        birth_date=date(1966, 11, 23),
        taken=datetime(2026, 1, 13, 8, 20),
        indication="Pleuritic chest pain on the left.",
        projections=("PA", "LATERAL"),
        lesions=(PleuralEffusion("left", volume_ml=500.0),),
    ),
)


def sample_studies(rows: int = ROWS) -> Iterator[SampleStudy]:
    """Make the three sample studies one after the other, the same bytes on every machine."""
    for number, plan in enumerate(_PLANS, start=1):
        files = tuple(
            _file(plan, number, instance, projection, rows)
            for instance, projection in enumerate(plan.projections, start=1)
        )
        yield SampleStudy(plan.label, files)


def sample_film(study_instance_uid: str, rows: int) -> PhantomFilm | None:
    """The frontal film of a sample study anew, with the masks of what was put into it.

    Of fewer rows it is the same patient, seen by coarser pixels. ``None`` for any other study.
    """
    plan = next((p for p in _PLANS if phantom_uid("study", p.seed) == study_instance_uid), None)
    if plan is None:
        return None
    age = plan.taken.year - plan.birth_date.year
    return make_film(plan.seed, plan.projections[0], plan.lesions, rows, plan.sex, age)


def _file(plan: _Plan, number: int, instance: int, projection: Projection, rows: int) -> bytes:
    age = plan.taken.year - plan.birth_date.year
    film = make_film(plan.seed, projection, plan.lesions, rows, plan.sex, age)
    return to_dicom(
        film,
        patient_name=plan.name,
        patient_id=f"PHANTOM-{number}",
        birth_date=plan.birth_date,
        sex=plan.sex,
        study_instance_uid=phantom_uid("study", plan.seed),
        series_instance_uid=phantom_uid("series", plan.seed, projection),
        sop_instance_uid=phantom_uid("instance", plan.seed, projection, rows),
        study_datetime=plan.taken,
        accession_number=f"PHANTOM-{number:04d}",
        indication=plan.indication,
        instance_number=instance,
    )
