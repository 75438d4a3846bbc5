"""The report on paper: gather what stands on it and lay it out."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import cv2
import numpy as np

from core.domain.draft import Draft
from core.domain.errors import N_, InvalidReportError, ReportNotSignedError
from core.domain.finding import Certainty, Finding
from core.domain.report import ReportStatus, SignedVersion
from core.domain.study import Instance, Projection, Study
from core.reporting import caveats
from core.reporting.drafting import in_reading_order
from core.reporting.pdf.blocks import moment
from core.reporting.pdf.content import Addendum, EvidencePanel, KeyImage, ReportContent
from core.reporting.pdf.document import report_pdf
from core.reporting.pdf.layout import PageSize, Translate
from core.reporting.pdf.translated import translated
from core.reporting.text_caveats import in_words
from dashboard import language
from dashboard.services import films
from dashboard.services.edit_report import Review, open_review, require_language
from dashboard.workspace import Workspace

KEY_IMAGES = 2


def report_document(place: Workspace, study_id: int, *, page: PageSize = "A4") -> bytes:
    """PDF of the newest signed version with its addenda, or of the draft, in the report's language.

    Raises
    ------
    NotFoundError
    """
    review = open_review(place, study_id)
    words = language.translator(review.language)
    content = _signed(place, review, words) if review.signed else _draft(place, review, words)
    return report_pdf(content, page=page, translate=words, language=review.language)


def translated_document(
    place: Workspace, study_id: int, to: str, *, page: PageSize = "A4"
) -> bytes:
    """PDF of a translation of the signed version: marked as one, not signed and not kept.

    Raises
    ------
    NotFoundError, ReportNotSignedError
    InvalidReportError
        If the report is signed in this language, or nothing can be put into it.
    """
    review = open_review(place, study_id)
    if not review.signed:
        raise ReportNotSignedError()
    require_language(to)
    if review.language == to:
        raise InvalidReportError(reason="a report is not translated into its own language")
    words = language.translator(to)
    content = translated(_signed(place, review, words), review.language, to, words)
    return report_pdf(content, page=page, translate=words, language=to)


def evidence_title(validated: bool, words: Translate = language.translate) -> str:
    """What a map may be called: only a measured localisation is a location."""
    return words(N_("evidence on the film") if validated else N_("model attention, not location"))


def finding_label(finding: Finding, words: Translate = language.translate) -> str:
    """A finding with its side."""
    name = words(finding.name)
    return f"{name}, {words(finding.laterality)}" if finding.laterality else name


def draft_notes(review: Review, words: Translate = language.translate) -> tuple[str, ...]:
    """What a draft says of itself, a sentence each: that it was made against the gate, who wrote it
    where that is not who scored it, and its limits.
    """
    warnings = review.draft.warnings if review.draft else ()
    act = review.override
    notes = tuple(
        _against_gate(act.reader, act.at, words)
        if act and warning.code == caveats.GATE_OVERRIDDEN.code
        else in_words(warning, words)
        for warning in warnings
    )
    first = 1 if act else 0
    return (*notes[:first], *_writers(review.draft, words), *notes[first:])


def _writers(draft: Draft | None, words: Translate) -> tuple[str, ...]:
    if draft is None or draft.scorer == draft.model:
        return ()
    told = words(caveats.WRITTEN_BY)
    return (told.format(writer=_named(draft), classifier=draft.scorer.name),)


def _named(draft: Draft) -> str:
    """The model's name, and the version of it that wrote."""
    return _with_version(draft.model.name, draft.versions.get("writer_version", ""))


def _with_version(name: str, version: str) -> str:
    return f"{name} ({version})" if version else name


def _against_gate(reader: str, asked_at: dt.datetime, words: Translate) -> str:
    sentence = words(caveats.OVERRIDDEN_BY)
    return sentence.format(reader=reader, time=moment(asked_at.astimezone()))


def _signed(place: Workspace, review: Review, words: Translate) -> ReportContent:
    report, *addenda = review.signed
    shown = _films(review, report)
    return ReportContent(
        study=_as_signed(review.study, report),
        status=addenda[-1].status if addenda else report.status,
        sections=report.sections,
        version=report.number,
        addenda=tuple(
            Addendum(number, item.addendum, item.signed_by, item.signed_at.astimezone())
            for number, item in enumerate(addenda, start=1)
        ),
        signed_by=report.signed_by,
        signed_at=report.signed_at.astimezone(),
        digest=report.digest,
        key_images=tuple(_key_image(place, film, words) for film in shown),
        provenance=_provenance(report, words),
        institution=place.settings.institution,
    )


def _draft(place: Workspace, review: Review, words: Translate) -> ReportContent:
    pictured, draft = _films(review, None), review.draft
    found = in_reading_order(draft.findings if draft else ())
    shown = [item for item in found if item.certainty is not Certainty.ABSENT]
    return ReportContent(
        study=review.study,
        status=ReportStatus.DRAFT,
        sections=review.report.sections,
        version=review.report.version,
        key_images=tuple(_key_image(place, film, words) for film in pictured),
        findings=tuple(shown),
        evidence=_evidence(place, draft, shown, pictured, words) if draft else (),
        warnings=draft_notes(review, words),
        provenance=words(N_("Drafted by {model} (SHA-256 {digest}).")).format(
            model=_named(draft), digest=draft.model.digest[:12]
        )
        if draft and not draft.refusal
        else "",
        institution=place.settings.institution,
    )


def _films(review: Review, signed: SignedVersion | None) -> list[Instance]:
    """At most two films, the frontal first; on a signed sheet only those that were signed."""
    order = (Projection.PA, Projection.AP, Projection.UNKNOWN, Projection.LATERAL)
    chosen = [
        film
        for film in review.study.instances
        if signed is None or film.blob_digest in signed.image_digests
    ]
    return sorted(chosen, key=lambda film: order.index(film.projection))[:KEY_IMAGES]


def _as_signed(study: Study, signed: SignedVersion) -> Study:
    """The study with the identity that stands in the signed version."""
    identity = signed.identity
    born = identity["birth_date"]
    patient = replace(
        study.patient,
        name=identity["patient_name"],
        patient_id=identity["patient_id"],
        sex=identity["sex"],
        birth_date=dt.date.fromisoformat(born) if born else None,
    )
    return replace(study, patient=patient, accession_number=identity["accession_number"])


def _key_image(place: Workspace, film: Instance, words: Translate) -> KeyImage:
    levels = np.rint(films.grey(place, film) * 255).astype(np.uint8)
    captions = {
        Projection.UNKNOWN: N_("projection not stated"),
        Projection.LATERAL: N_("LATERAL"),
    }
    label = captions.get(film.projection, film.projection.value)
    return KeyImage(levels, words(label), film.spacing_mm)


def _evidence(
    place: Workspace,
    draft: Draft,
    shown: list[Finding],
    pictured: list[Instance],
    words: Translate,
) -> tuple[EvidencePanel, ...]:
    """The map of the leading finding: the draft's sheet has one heatmap."""
    places = {film.id: number for number, film in enumerate(pictured)}
    by_finding = {item.finding: item for item in draft.maps if item.instance_id in places}
    leading = next((item for item in shown if item.name in by_finding), None)
    if leading is None:
        return ()
    evidence = by_finding[leading.name]
    assert evidence.id is not None
    _, png = films.evidence(place, evidence.id)
    levels = np.asarray(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE))
    return (
        EvidencePanel(
            finding=finding_label(leading, words),
            title=evidence_title(evidence.validated, words),
            heat=np.asarray(levels / 255.0, dtype=np.float32),
            film=places[evidence.instance_id],
        ),
    )


def _provenance(signed: SignedVersion, words: Translate) -> str:
    if not signed.provenance:
        return words(N_("Written and signed by the reader, without a draft."))
    sentence = words(N_("Drafted by {model} (SHA-256 {digest}), edited and signed by the reader."))
    told = signed.provenance
    name = _with_version(told["model"], told.get("version", ""))
    drafted = sentence.format(model=name, digest=told["digest"][:12])
    asked_by = signed.provenance.get("gate_overridden_by")
    if asked_by is None:
        return drafted
    asked_at = dt.datetime.fromisoformat(signed.provenance["gate_overridden_at"])
    return f"{drafted} {_against_gate(asked_by, asked_at, words)}"
