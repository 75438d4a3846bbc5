"""Signed reports with their frontal films, as a folder that a corpus is imported from.

No identifier leaves with them: a patient is a hash under a key that is thrown away when the export
ends, films are grey PNG files without a tag, and a report in which the patient is named is left
out. Text that is burned into a film's pixels is not searched for.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import logging
import secrets
import shutil
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np

from core.domain.errors import N_
from core.domain.report import ENGLISH, ReportStatus, SignedVersion
from core.domain.study import Instance, Study
from core.domain.training_errors import CorpusError
from core.reporting.identity import identity_pattern
from core.training.corpus.sources.ledger import IMAGES, LEDGER, SCHEMA
from dashboard.services import films
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
    IDENTITY = "names_its_patient"


@dataclass(frozen=True)
class Exported:
    """How many studies and patients an export holds, and how many it leaves out, by reason."""

    studies: int
    patients: int
    left_out: Mapping[LeftOut, int]


def export_signed(place: Workspace, folder: Path) -> Exported:
    """Write the newest signed version of each study that has a frontal film and both sections.

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


def _fill(place: Workspace, staged: Path) -> Exported:
    (staged / IMAGES).mkdir(mode=0o700)
    key = secrets.token_bytes(32)
    lines: list[str] = []
    patients: set[str] = set()
    left_out: Counter[LeftOut] = Counter()
    for study_id in _signed_studies(place):
        with place.look() as look:
            study, versions = look.studies.get(study_id), look.signed.versions(study_id)
        newest = [each for each in versions if each.status is not ReportStatus.ADDENDUM][-1]
        film = _frontal(study, newest)
        reason = _reason(study, newest, versions[-1], film)
        if reason is not None or film is None:
            left_out[reason or LeftOut.NO_FRONTAL] += 1
            continue
        patient = _pseudonym(key, study)
        patients.add(patient)
        lines.append(_line(patient, newest, _keep_film(place, film, staged / IMAGES)))
    # Sorted by hash, they do not tell the order in which patients came.
    replace_file(staged / LEDGER, "".join(sorted(lines)).encode())
    return Exported(len(lines), len(patients), dict(sorted(left_out.items())))


def _signed_studies(place: Workspace) -> list[int]:
    with place.look() as look:
        return sorted({link.study_id for link in look.signed.links()})


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
        LeftOut.IDENTITY: _names_patient(study, signed, f"{findings}\n{impression}"),
    }
    return next((reason for reason, applies in reasons.items() if applies), None)


def _names_patient(study: Study, signed: SignedVersion, text: str) -> bool:
    """Whether a name, number or date of the patient, as stored or as signed, is in a text."""
    patient, identity = study.patient, signed.identity
    born = identity.get("birth_date") or ""
    known = (
        patient.name,
        patient.patient_id,
        patient.birth_date,
        study.accession_number,
        identity.get("patient_name"),
        identity.get("patient_id"),
        identity.get("accession_number"),
        dt.date.fromisoformat(born) if born else None,
    )
    pattern = identity_pattern(known)
    return pattern is not None and bool(pattern.search(unicodedata.normalize("NFC", text)))


def _pseudonym(key: bytes, study: Study) -> str:
    """A patient under the key of this export; a study without a patient stands alone."""
    patient = study.patient
    born = patient.birth_date.isoformat() if patient.birth_date else ""
    if patient.patient_id:
        who = ("id", patient.patient_id)
    elif patient.name and born:
        who = ("name", f"{patient.name}\x00{born}")
    else:
        who = ("study", str(study.id))
    return hmac.new(key, "\x00".join(who).encode(), hashlib.sha256).hexdigest()


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
