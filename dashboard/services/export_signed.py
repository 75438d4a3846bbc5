"""Signed reports with their frontal films, as a folder that a corpus is imported from.

A patient is a hash under a key that is thrown away when the export ends, and films are grey PNG
files without a tag. A report in which the patient, a reader, a date or a way to reach somebody is
found is left out: `dashboard.services.export_search` says what is searched for. What that does not
find leaves with the text, and text that is burned into a film's pixels is not searched for.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import secrets
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np

from core.domain.errors import N_
from core.domain.report import ENGLISH, ReportStatus, Sections, SignedVersion
from core.domain.study import Instance, Study
from core.domain.training_errors import CorpusError
from core.training.corpus.sources.ledger import IMAGES, LEDGER, SCHEMA
from dashboard.services import films
from dashboard.services.export_search import Known, holds_contact, names_person
from dashboard.services.verify_chain import verify_chain
from dashboard.workspace import Workspace
from storage.failures import in_one_sentence
from storage.whole_file import replace_file, sync_folder

logger = logging.getLogger(__name__)


class LeftOut(StrEnum):
    """Why a signed study is not exported. The first that applies is counted."""

    PHANTOM = "phantom"
    ADDENDUM = "addendum"
    LANGUAGE = "not_in_english"
    EMPTY = "no_findings_or_impression"
    NO_FRONTAL = "no_frontal_film"
    NO_PATIENT = "no_patient_id"
    IDENTITY = "names_its_patient"
    PERSON = "names_a_reader_or_another_person"
    DATE = "holds_a_date"
    CONTACT = "holds_a_telephone_number_or_an_address"


@dataclass(frozen=True)
class Exported:
    """How many studies and patients an export holds, and how many it leaves out, by reason."""

    studies: int
    patients: int
    left_out: Mapping[LeftOut, int]


def export_signed(place: Workspace, folder: Path) -> Exported:
    """Write the newest signed version of each study that has a frontal film and both sections.

    A study without a patient ID is left out: another one of its patient might have it, and the two
    would lie on both sides of a split.

    Parameters
    ----------
    folder : Path
        Is made by this, for its owner alone: there must be nothing of this name yet. It appears
        when it is whole.

    Raises
    ------
    CorpusError
        If there is something in that place.
    SignedRecordBrokenError
        If the chain does not hold: what is exported is what was signed.
    StorageFullError, StorageUnavailableError, DatabaseUnavailableError
    """
    folder = folder.absolute()
    if folder.exists() or folder.is_symlink():
        template, named = N_("there is something of the name {folder} already"), folder.name
        reason = template.format(folder=named)
        raise CorpusError(reason=reason, template=template, named={"folder": named})
    verify_chain(place)
    with in_one_sentence():
        folder.parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        with in_one_sentence():
            exported = _fill(place, staged)
            staged.rename(folder)
            sync_folder(folder.parent)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    return exported


def log_export(exported: Exported) -> None:
    """Log the counts."""
    logger.info("exported %d signed studies of %d patients", exported.studies, exported.patients)
    for reason, count in exported.left_out.items():
        logger.info("left out: %d %s", count, reason.value.replace("_", " "))
    logger.info("text burned into a film is not searched for: look at the films before they go")
    logger.info("a name that is misspelt or stored nowhere is not found: read the texts, too")


def _fill(place: Workspace, staged: Path) -> Exported:
    (staged / IMAGES).mkdir(mode=0o700)
    key = secrets.token_bytes(32)
    lines: list[str] = []
    patients: set[str] = set()
    left_out: Counter[LeftOut] = Counter()
    studies, readers = _signed_studies(place)
    for study_id in studies:
        with place.look() as look:
            study, versions = look.studies.get(study_id), look.signed.versions(study_id)
        newest = [each for each in versions if each.status is not ReportStatus.ADDENDUM][-1]
        film = _frontal(study, newest)
        reason = _reason(study, newest, versions[-1], film)
        reason = reason or _searched(_known(place, study), readers, newest.sections)
        if reason is not None or film is None:
            left_out[reason or LeftOut.NO_FRONTAL] += 1
            continue
        patient = _pseudonym(key, study)
        patients.add(patient)
        lines.append(_line(patient, newest, _keep_film(place, film, staged / IMAGES)))
    # Sorted by hash, they do not tell the order in which patients came.
    replace_file(staged / LEDGER, "".join(sorted(lines)).encode())
    return Exported(len(lines), len(patients), dict(sorted(left_out.items())))


def _signed_studies(place: Workspace) -> tuple[list[int], set[str]]:
    """The studies that are signed, and the names of those who signed."""
    studies: set[int] = set()
    readers: set[str] = set()
    with place.look() as look:
        for link in look.signed.links():
            studies.add(link.study_id)
            readers.add(link.signed_by)
    return sorted(studies), readers


def _known(place: Workspace, study: Study) -> Known:
    with place.look() as look:
        studies = look.studies.of_patient(study.patient.patient_id)
        signed = tuple(each for one in studies for each in look.signed.versions(one.id))
    return Known(studies, signed)


def _frontal(study: Study, signed: SignedVersion) -> Instance | None:
    """The first film that is known to be frontal, of those that were signed."""
    return next(
        (
            film
            for film in study.frontals
            if film.projection.frontal and film.pixel_blob_digest in signed.pixel_digests
        ),
        None,
    )


def _reason(
    study: Study, signed: SignedVersion, last: SignedVersion, film: Instance | None
) -> LeftOut | None:
    # An addendum may take back what the report says.
    findings, impression = signed.sections.findings, signed.sections.impression
    reasons = {
        LeftOut.PHANTOM: study.phantom,
        LeftOut.ADDENDUM: last.status is ReportStatus.ADDENDUM,
        LeftOut.LANGUAGE: signed.language != ENGLISH,
        LeftOut.EMPTY: not findings.strip() or not impression.strip(),
        LeftOut.NO_FRONTAL: film is None,
        LeftOut.NO_PATIENT: not study.patient.patient_id.strip(),
    }
    return next((reason for reason, applies in reasons.items() if applies), None)


def _searched(known: Known, readers: Iterable[str], sections: Sections) -> LeftOut | None:
    text = f"{sections.findings}\n{sections.impression}"
    reasons = {
        LeftOut.IDENTITY: known.names(text),
        LeftOut.PERSON: names_person(text, readers),
        LeftOut.DATE: known.dates(text),
        LeftOut.CONTACT: holds_contact(text),
    }
    return next((reason for reason, applies in reasons.items() if applies), None)


def _pseudonym(key: bytes, study: Study) -> str:
    """A patient under the key of this export."""
    patient = study.patient.patient_id.strip()
    return hmac.new(key, patient.encode(), hashlib.sha256).hexdigest()


def _keep_film(place: Workspace, film: Instance, images: Path) -> str:
    """Write a film through its default window as an 8-bit PNG; return its digest."""
    levels = np.rint(films.grey(place, film) * 255).astype(np.uint8)
    encoded = cv2.imencode(".png", levels)[1].tobytes()
    digest = hashlib.sha256(encoded).hexdigest()
    replace_file(images / f"{digest}.png", encoded)
    return digest


def _line(patient: str, signed: SignedVersion, digest: str) -> str:
    sections = {
        "findings": signed.sections.findings.strip(),
        "impression": signed.sections.impression.strip(),
    }
    study = {"patient": patient, "schema": SCHEMA, "sections": sections, "images": [digest]}
    return json.dumps(study, ensure_ascii=False) + "\n"
