"""The report on paper: gather what stands on it and lay it out."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import cv2
import numpy as np

from core.domain.draft import Draft
from core.domain.finding import Certainty, Finding
from core.domain.report import ReportStatus, SignedVersion
from core.domain.study import Instance, Projection, Study
from core.reporting import caveats
from core.reporting.drafting import in_reading_order
from core.reporting.pdf.blocks import moment
from core.reporting.pdf.content import Addendum, EvidencePanel, KeyImage, ReportContent
from core.reporting.pdf.document import report_pdf
from core.reporting.pdf.layout import PageSize
from core.reporting.text_caveats import in_words
from dashboard import language
from dashboard.services import films
from dashboard.services.edit_report import Review, open_review
from dashboard.workspace import Workspace

KEY_IMAGES = 2


def report_document(place: Workspace, study_id: int, *, page: PageSize = "A4") -> bytes:
    """PDF of the newest signed version with its addenda, or of the draft.

    Raises
    ------
    NotFoundError
    """
    review = open_review(place, study_id)
    content = _signed(place, review) if review.signed else _draft(place, review)
    return report_pdf(
        content, page=page, translate=language.translate, language=place.settings.language
    )


def evidence_title(validated: bool) -> str:
    """What a map may be called: only a measured localisation is a location."""
    if validated:
        return language.translate("evidence on the film")
    return language.translate("model attention, not location")


def finding_label(finding: Finding) -> str:
    """A finding with its side, in the reader's language."""
    name = language.translate(finding.name)
    return f"{name}, {language.translate(finding.laterality)}" if finding.laterality else name


def draft_notes(review: Review) -> tuple[str, ...]:
    """What a draft says of its own limits, a sentence each, in the reader's language."""
    warnings = review.draft.warnings if review.draft else ()
    act = review.override
    return tuple(
        _against_gate(act.reader, act.at)
        if act and warning.code == caveats.GATE_OVERRIDDEN.code
        else in_words(warning, language.translate)
        for warning in warnings
    )


def _against_gate(reader: str, asked_at: dt.datetime) -> str:
    sentence = language.translate(caveats.OVERRIDDEN_BY)
    return sentence.format(reader=reader, time=moment(asked_at.astimezone()))


def _signed(place: Workspace, review: Review) -> ReportContent:
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
        key_images=tuple(_key_image(place, film) for film in shown),
        provenance=_provenance(report),
        institution=place.settings.institution,
    )


def _draft(place: Workspace, review: Review) -> ReportContent:
    pictured, draft = _films(review, None), review.draft
    found = in_reading_order(draft.findings if draft else ())
    shown = [item for item in found if item.certainty is not Certainty.ABSENT]
    return ReportContent(
        study=review.study,
        status=ReportStatus.DRAFT,
        sections=review.report.sections,
        version=review.report.version,
        key_images=tuple(_key_image(place, film) for film in pictured),
        findings=tuple(shown),
        evidence=_evidence(place, draft, shown, pictured) if draft else (),
        warnings=draft_notes(review),
        provenance=language.translate("Drafted by {model} (SHA-256 {digest}).").format(
            model=draft.model.name, digest=draft.model.digest[:12]
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


def _key_image(place: Workspace, film: Instance) -> KeyImage:
    levels = np.rint(films.grey(place, film) * 255).astype(np.uint8)
    unknown = film.projection is Projection.UNKNOWN
    label = language.translate("projection not stated") if unknown else film.projection.value
    return KeyImage(levels, label, film.spacing_mm)


def _evidence(
    place: Workspace, draft: Draft, shown: list[Finding], pictured: list[Instance]
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
            finding=finding_label(leading),
            title=evidence_title(evidence.validated),
            heat=np.asarray(levels / 255.0, dtype=np.float32),
            film=places[evidence.instance_id],
        ),
    )


def _provenance(signed: SignedVersion) -> str:
    if not signed.provenance:
        return language.translate("Written and signed by the reader, without a draft.")
    sentence = language.translate(
        "Drafted by {model} (SHA-256 {digest}), edited and signed by the reader."
    )
    drafted = sentence.format(
        model=signed.provenance["model"], digest=signed.provenance["digest"][:12]
    )
    asked_by = signed.provenance.get("gate_overridden_by")
    if asked_by is None:
        return drafted
    asked_at = dt.datetime.fromisoformat(signed.provenance["gate_overridden_at"])
    return f"{drafted} {_against_gate(asked_by, asked_at)}"
