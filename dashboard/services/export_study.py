"""One signed study as far as it may leave this machine: what was searched and stays out is gone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from core.domain.correction import Correction
from core.domain.draft import Draft, ModelIdentity
from core.domain.reading import Reading
from core.domain.report import ENGLISH, ReportStatus, Sections, SignedVersion
from core.domain.study import Instance, Patient, Study
from core.reporting.conversation_prompt import remover
from core.reporting.translation import in_language
from dashboard.services.export_search import Known, holds_contact, names_person
from dashboard.workspace import Workspace
from storage.unit_of_work import UnitOfWork

OLDEST = 90
"""Years from which on no age is told apart: so few are older that an age would name them."""


class LeftOut(StrEnum):
    """Why a signed study is not exported. The first that applies is counted."""

    PHANTOM = "phantom"
    CONSENT = "no_consent"
    ADDENDUM = "addendum"
    LANGUAGE = "not_in_english"
    EMPTY = "no_findings_or_impression"
    NO_FRONTAL = "no_frontal_film"
    NO_PATIENT = "no_patient_id"
    IDENTITY = "names_its_patient"
    PERSON = "names_a_reader_or_another_person"
    DATE = "holds_a_date"
    CONTACT = "holds_a_telephone_number_or_an_address"
    DUPLICATE = "film_of_another_study"


class Withheld(StrEnum):
    """What of an exported study stays here: somebody or a date was found in it, or cannot be."""

    INDICATION = "indication"
    DRAFT = "draft"
    BEFORE_REVEAL = "text_before_the_draft_was_seen"
    REASON = "reason"
    BEFORE_LANGUAGE = "text_before_the_draft_was_seen_not_in_english"


@dataclass(frozen=True)
class Stored:
    """A signed study as it lies here, with its newest signed report."""

    study: Study
    versions: tuple[SignedVersion, ...]
    draft: Draft | None
    reading: Reading | None
    corrections: tuple[Correction, ...]

    @property
    def signed(self) -> SignedVersion:
        return [each for each in self.versions if each.status is not ReportStatus.ADDENDUM][-1]

    @property
    def film(self) -> Instance | None:
        """The first film that is known to be frontal, of those that were signed."""
        digests = self.signed.pixel_digests
        return next(
            (
                film
                for film in self.study.frontals
                if film.projection.frontal and film.pixel_blob_digest in digests
            ),
            None,
        )


@dataclass(frozen=True)
class Searched:
    """What may leave: nobody was found in any of it.

    ``study`` has no patient but sex and age, no number and no date. ``before_reveal`` is empty
    where nothing was written before the draft was seen, or it stays here; ``draft`` is ``None``
    where the report was held against none, or its text stays here.
    """

    study: Study
    film: Instance
    sections: Sections
    reader: str
    model: ModelIdentity | None
    draft: Draft | None
    reading: Reading | None
    before_reveal: Sections
    corrections: tuple[Correction, ...]
    withheld: tuple[Withheld, ...]


def stored(look: UnitOfWork, study_id: int) -> Stored:
    """Read a signed study with everything that its newest report came from."""
    whole = Stored(look.studies.get(study_id), look.signed.versions(study_id), None, None, ())
    sequence = whole.signed.sequence
    draft_id = look.signed.draft_of(sequence)
    readings = [each for each in look.readings.readings(study_id) if each.sequence == sequence]
    entries = look.ledger.entries(study_id=study_id)
    reading = readings[0] if readings else None
    draft = None if draft_id is None else look.drafts.get(draft_id)
    if draft is None and reading is not None:
        draft = look.drafts.held_against(reading)
    return replace(
        whole,
        draft=draft,
        reading=reading,
        corrections=tuple(each.correction for each in entries if each.sequence == sequence),
    )


def reason_to_leave_out(found: Stored, *, consented: bool) -> LeftOut | None:
    """Return why a study is not exported, before its text is searched."""
    study, signed = found.study, found.signed
    findings, impression = signed.sections.findings, signed.sections.impression
    reasons = {
        LeftOut.PHANTOM: study.phantom,
        LeftOut.CONSENT: not consented,
        # An addendum may take back what the report says.
        LeftOut.ADDENDUM: found.versions[-1].status is ReportStatus.ADDENDUM,
        LeftOut.LANGUAGE: signed.language != ENGLISH,
        LeftOut.EMPTY: not findings.strip() or not impression.strip(),
        LeftOut.NO_FRONTAL: found.film is None,
        LeftOut.NO_PATIENT: not study.patient.patient_id.strip(),
    }
    return next((reason for reason, applies in reasons.items() if applies), None)


class Search:
    """Looks for who and when in the texts of one patient."""

    def __init__(self, known: Known, readers: Iterable[str]) -> None:
        self._known, self._readers = known, tuple(readers)

    def found(self, text: str) -> LeftOut | None:
        """Return what was found first, or nothing."""
        reasons = {
            LeftOut.IDENTITY: self._known.names(text),
            LeftOut.PERSON: names_person(text, self._readers),
            LeftOut.DATE: self._known.dates(text),
            LeftOut.CONTACT: holds_contact(text),
        }
        return next((reason for reason, applies in reasons.items() if applies), None)


def known_of(place: Workspace, study: Study) -> Known:
    """Return all that is known of a study's patient."""
    with place.look() as look:
        studies = look.studies.of_patient(study.patient.patient_id)
        signed = tuple(each for one in studies for each in look.signed.versions(one.id))
    return Known(studies, signed)


def searched(found: Stored, film: Instance, search: Search) -> Searched:
    """Return what may leave of a study whose report was searched already."""
    signed, reading = found.signed, found.reading
    withheld: list[Withheld] = []
    draft = None if found.draft is None else in_language(found.draft, ENGLISH)
    corrections = found.corrections
    if draft is not None and search.found(report_words(draft.sections)):
        withheld.append(Withheld.DRAFT)
        draft = None
        # A sentence of the ledger stands beside what was drafted in its place.
        corrections = tuple(each for each in corrections if each.kind == "finding")
    before = (reading.before_in_english if reading else None) or Sections()
    if reading is not None and _in_another_language(reading):
        withheld.append(Withheld.BEFORE_LANGUAGE)
    before = Sections(findings=before.findings.strip(), impression=before.impression.strip())
    if search.found(report_words(before)):
        withheld.append(Withheld.BEFORE_REVEAL)
        before = Sections()
    if reading is not None and search.found(reading.reason_text):
        withheld.append(Withheld.REASON)
        reading = replace(reading, reason_text="")
    study = _nobody(found.study, search)
    if study.indication != _without_identity(found.study):
        withheld.append(Withheld.INDICATION)
    return Searched(
        study=study,
        film=film,
        sections=Sections(
            findings=signed.sections.findings.strip(),
            impression=signed.sections.impression.strip(),
        ),
        reader=signed.signed_by,
        model=_model(found),
        draft=draft,
        reading=reading,
        before_reveal=before,
        corrections=corrections,
        withheld=tuple(withheld),
    )


def _in_another_language(reading: Reading) -> bool:
    """Whether something was written first that neither labeller nor search can read."""
    before = reading.before_reveal
    return (
        before is not None
        and reading.before_in_english is None
        and bool(report_words(before).strip())
    )


def _model(found: Stored) -> ModelIdentity | None:
    """Whose draft the report was held against, whether or not anything was taken from it."""
    if found.draft is not None:
        return found.draft.model
    reading = found.reading
    return ModelIdentity(reading.model, reading.model_digest) if reading else None


def report_words(sections: Sections) -> str:
    """Return what of a report is exported, to be searched."""
    return f"{sections.findings}\n{sections.impression}"


def _without_identity(study: Study) -> str:
    patient = study.patient
    known = (patient.name, patient.patient_id, study.accession_number, patient.birth_date)
    return remover(known)(study.indication)


def _nobody(study: Study, search: Search) -> Study:
    """A study of nobody: what a prompt may say of it, and no more."""
    indication = _without_identity(study)
    if search.found(indication):
        indication = ""
    age = study.age
    return replace(
        study,
        study_instance_uid="",
        patient=Patient(
            sex=study.patient.sex,
            age="" if age is None else f"{min(age, OLDEST):03d}Y",
        ),
        accession_number="",
        description="",
        indication=indication,
        study_datetime=None,
        patient_stated=frozenset(),
    )
