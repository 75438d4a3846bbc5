"""Teaching cases: made from signed studies, without identity; kept and retired."""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from core.domain.errors import N_, NotFoundError, UnreadableFileError
from core.domain.reader import Reader
from core.domain.report import ReportStatus, Sections, SignedVersion
from core.domain.study import Instance, Study
from core.domain.teaching import CaseFilm, Reference, Region, TeachingCase, TrueFinding
from core.imaging.burned_in import Box, FoundText
from core.imaging.deidentify import MaskedFilm, deidentify
from core.imaging.radiograph import encode_pixels
from dashboard.services.teaching import case_film
from dashboard.services.teaching.case_draft import draft_of
from dashboard.services.teaching.case_truth import OFFERED, truth_of
from dashboard.services.teaching.case_wish import CaseWish, check_boxes, check_wish, refused
from dashboard.services.teaching.case_words import Leads, search_for
from dashboard.workspace import Workspace

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class CaseProposal:
    """What a signed study would become: shown to the teacher before anything is made.

    ``report`` and ``history`` are the signed words as far as they may be shown; ``leads``
    names the sections in which the patient, a reader, a date or a contact was recognised, and which
    of these: those must be rewritten first. ``preview`` is an 8-bit PNG of the
    film as it lies, of at most 1,024 pixels a side, with ``scale`` film pixels to one of its own.
    ``regions`` are known of a phantom alone; ``films`` are all that the case could be of.
    """

    study: Study
    film: Instance
    preview: bytes
    scale: float
    burned_in: tuple[FoundText, ...]
    report: Sections
    history: str
    findings: tuple[TrueFinding, ...]
    reference: Reference
    regions: tuple[Region, ...] = ()
    leads: Mapping[str, tuple[Leads, ...]] = field(default_factory=dict)
    films: tuple[Instance, ...] = ()


def propose_case(place: Workspace, study_id: int, *, film_id: int | None = None) -> CaseProposal:
    """Look through a signed study: its film, what is burned in, its words, its findings.

    Raises
    ------
    CaseRefusedError
        If the study is not signed or has no frontal film.
    NotFoundError
    """
    study, signed, film = _signed_study(place, study_id, film_id)
    truth = truth_of(study, film, signed)
    history = signed.sections.indication.strip()
    # The indication is shown before the commit as history, and only there.
    report = replace(signed.sections, indication="")
    leads = search_for(place, study).among({"history": history, **report.as_dict()})
    preview, scale = case_film.preview(place, film)
    return CaseProposal(
        study=study,
        film=film,
        preview=preview,
        scale=scale,
        burned_in=case_film.text_in(place, film),
        report=report,
        history=history,
        findings=truth.findings,
        reference=truth.reference,
        regions=truth.regions,
        leads=leads,
        films=_films(study, signed),
    )


def look_masked(
    place: Workspace, study_id: int, boxes: tuple[Box, ...], *, film_id: int | None = None
) -> tuple[bytes, tuple[FoundText, ...]]:
    """The film as a case would hold it, as an 8-bit PNG, and the text that is still found in it.

    Raises
    ------
    CaseRefusedError, NotFoundError
    """
    _, _, film = _signed_study(place, study_id, film_id)
    check_boxes(boxes, film)
    return case_film.preview(place, film, boxes)[0], case_film.text_in(place, film, boxes)


def make_case(place: Workspace, study_id: int, wish: CaseWish, *, reader: Reader,
              film_id: int | None = None) -> TeachingCase:  # fmt: skip
    """Make the case: a de-identified DICOM object and masked pixels, stored anew, and its row.

    Raises
    ------
    CaseRefusedError
        If words of the wish still name somebody, boxes or regions lie outside the film, or text is
        found in the masked film that the teacher has not seen.
    StorageFullError, StorageUnavailableError
    """
    study, signed, film = _signed_study(place, study_id, film_id)
    search = search_for(place, study)
    check_wish(wish, study, film, search)
    left = [item for item in case_film.text_in(place, film, wish.masked) if not item.marker]
    if left and not wish.looked:
        refused(N_("text is left in the film: {text}"), text=left[0].text)
    draft = draft_of(place, study_id, film, signed.language, search)
    digest, dicom_digest = _store_film(place, film, wish, text_left=bool(left))
    case = TeachingCase(
        id=0,
        title=wish.title.strip(),
        level=wish.level,
        reference=wish.reference,
        reference_note=wish.reference_note.strip(),
        findings=wish.findings,
        regions=wish.regions,
        film=_case_film(film, digest),
        history=wish.history.strip(),
        learning_points=wish.learning_points.strip(),
        report=wish.report,
        draft=draft,
        made_by=reader.name,
        made_at=dt.datetime.now(dt.UTC),
        study_id=study.id,
        language=signed.language,
    )
    with place.work() as work:
        case = work.teaching_cases.add(case, dicom_blob_digest=dicom_digest)
    logger.info("reader %d made teaching case %d", reader.id, case.id)
    return case


def cases(
    place: Workspace, *, retired: bool = False, drills: bool = False
) -> tuple[TeachingCase, ...]:
    """Every case, newest first; retired ones and drills only where asked for."""
    with place.look() as look:
        return look.teaching_cases.every(retired=retired, drills=drills)


def retire_case(place: Workspace, case_id: int, *, reader: Reader, retired: bool = True) -> None:
    """Take a case out of what sessions offer, or put it back; reads of it stay."""
    with place.work() as work:
        work.teaching_cases.retire(case_id, retired=retired)
    act = "retired" if retired else "put back"
    logger.info("reader %d %s teaching case %d", reader.id, act, case_id)


def case_of_study(place: Workspace, study_id: int) -> TeachingCase | None:
    """The case that was made of a study last, for the review page."""
    with place.look() as look:
        return look.teaching_cases.of_study(study_id)


def deidentified_dicom(place: Workspace, case_id: int) -> bytes:
    """The case's film as a DICOM object after the basic profile, for the teacher's own files.

    Raises
    ------
    NotFoundError
        Also for a generated film, which never was a file.
    """
    with place.look() as look:
        digest = look.teaching_cases.dicom_blob(case_id)
    if not digest:
        raise NotFoundError(what="DICOM file")
    return place.blobs.get(digest)


def findings_offered() -> Mapping[str, bool]:
    """Findings that a trainee may pick, and whether each has a side; every case offers the same."""
    return OFFERED


def _signed_study(
    place: Workspace, study_id: int, film_id: int | None
) -> tuple[Study, SignedVersion, Instance]:
    """A study, what was signed of it last, and the film that the case is of."""
    with place.look() as look:
        study, versions = look.studies.get(study_id), look.signed.versions(study_id)
    reports = [each for each in versions if each.status is not ReportStatus.ADDENDUM]
    if not reports:
        refused(N_("its report is not signed"))
    signed = reports[-1]
    later = [each for each in versions if each.sequence > signed.sequence]
    films = _films(study, signed)
    film = next((each for each in films if film_id in (None, each.id)), None)
    if film is None:
        refused(N_("no frontal film was signed with it"))
    # An addendum may take back what the report says: it goes with it.
    addenda = "\n\n".join(each.addendum for each in later if each.addendum)
    impression = "\n\n".join(filter(None, (signed.sections.impression, addenda)))
    return study, replace(signed, sections=replace(signed.sections, impression=impression)), film


def _films(study: Study, signed: SignedVersion) -> tuple[Instance, ...]:
    """Frontal films that were there when the report was signed."""
    return tuple(film for film in study.frontals if film.pixel_blob_digest in signed.pixel_digests)


def _store_film(
    place: Workspace, film: Instance, wish: CaseWish, *, text_left: bool
) -> tuple[str, str]:
    """Store the masked pixels and the DICOM object; a row names them afterwards."""
    pixels = case_film.masked(place, film, wish.masked)
    anew = MaskedFilm(
        pixels=pixels,
        window=film.window,
        monochrome1=film.monochrome1,
        spacing_mm=film.spacing_mm,
        projection=film.projection.value,
        masked=bool(wish.masked),
        text_left=text_left,
    )
    try:
        # The key is gone with this call: nothing leads from the new UIDs back to the old ones.
        dicom = deidentify(place.blobs.get(film.blob_digest), anew, key=secrets.token_bytes(32))
    except UnreadableFileError:
        refused(N_("the header of its file is damaged"))
    return place.blobs.put(encode_pixels(pixels)), place.blobs.put(dicom)


def _case_film(film: Instance, digest: str) -> CaseFilm:
    return CaseFilm(
        key=secrets.token_urlsafe(32),
        rows=film.rows,
        columns=film.columns,
        window=film.window,
        monochrome1=film.monochrome1,
        spacing_mm=film.spacing_mm,
        projection=film.projection.value,
        pixel_blob_digest=digest,
    )
