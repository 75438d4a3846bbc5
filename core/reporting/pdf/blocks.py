"""The parts of a report between header and foot, each as a list of flowables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from io import BytesIO

import cv2
import numpy as np
from reportlab.lib.units import mm
from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    Image,
    KeepTogether,
    Spacer,
    Table,
    TableStyle,
)

from core.domain.errors import N_, SettingsError
from core.domain.report import ReportStatus
from core.domain.study import Projection, Study
from core.reporting.pdf.content import Addendum, ReportContent
from core.reporting.pdf.layout import (
    BODY,
    CAPTION,
    HAIRLINE,
    HEADING,
    INSTITUTION,
    LABEL,
    LINE,
    MUTED,
    NOTE,
    STATUS,
    STRONG,
    TITLE,
    VALUE,
    Translate,
)
from core.reporting.pdf.script_runs import (
    ScriptParagraph,
    line_width,
    markup,
    paragraph,
    small_caps,
)

SECTIONS = {
    "indication": N_("Indication"),
    "comparison": N_("Comparison"),
    "technique": N_("Technique"),
    "findings": N_("Findings"),
    "impression": N_("Impression"),
}
STATUS_WORDS = {
    ReportStatus.DRAFT: N_("DRAFT"),
    ReportStatus.PRELIMINARY: N_("PRELIMINARY"),
    ReportStatus.FINAL: N_("FINAL"),
    ReportStatus.ADDENDUM: N_("FINAL WITH ADDENDUM"),
    ReportStatus.CORRECTED: N_("CORRECTED"),
}
SEX_WORDS = {"F": N_("female"), "M": N_("male"), "O": N_("other")}
PROJECTION_WORDS = {
    Projection.PA: N_("PA"),
    Projection.AP: N_("AP"),
    Projection.LATERAL: N_("lateral"),
}
# A table row cannot flow over a page; no identity in the standard is longer (PS3.5 6.2: 3 x 64).
LONGEST_VALUE = 600


def header(content: ReportContent, width: float, translate: Translate) -> list[Flowable]:
    """Institution and logo, title, status."""
    title = Table(
        [
            [
                paragraph(translate("Chest radiograph report"), TITLE),
                paragraph(status_word(content, translate), STATUS),
            ]
        ],
        colWidths=[width * 0.6, width * 0.4],
        style=TableStyle([*_NO_PADDING, ("VALIGN", (0, 0), (-1, -1), "BOTTOM")]),
    )
    return [*_letterhead(content, width), title, Spacer(1, 2 * mm)]


def status_word(content: ReportContent, translate: Translate) -> str:
    if content.translation:
        return translate("TRANSLATION")
    final = content.status is ReportStatus.FINAL and content.addenda
    return translate(STATUS_WORDS[ReportStatus.ADDENDUM if final else content.status])


def translation_notice(content: ReportContent) -> list[Flowable]:
    """What a translation is, before anything that it says."""
    if not content.translation:
        return []
    return [paragraph(content.translation, STRONG), Spacer(1, 2 * mm)]


def _letterhead(content: ReportContent, width: float) -> list[Flowable]:
    name = paragraph(_clipped(content.institution), INSTITUTION) if content.institution else ""
    logo = _logo(content.logo) if content.logo else ""
    if not name and not logo:
        return []
    style = TableStyle(
        [
            *_NO_PADDING,
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("ALIGN", (1, 0), (1, 0), "RIGHT"),
            ("LINEBELOW", (0, 0), (-1, -1), HAIRLINE, LINE),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2 * mm),
        ]
    )
    row = Table([[name, logo]], colWidths=[width - 45 * mm, 45 * mm], style=style)
    return [row, Spacer(1, 3 * mm)]


def _logo(encoded: bytes) -> Image:
    pixels = cv2.imdecode(np.frombuffer(encoded, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise SettingsError(reason="the logo of the institution is not a PNG or JPEG image")
    scale = min(14 * mm / pixels.shape[0], 42 * mm / pixels.shape[1])
    _, png = cv2.imencode(".png", pixels)
    size = pixels.shape[1] * scale, pixels.shape[0] * scale
    return Image(BytesIO(bytes(png)), *size, mask="auto", hAlign="RIGHT")


def patient_block(study: Study, width: float, translate: Translate) -> list[Flowable]:
    """Who was examined and when; what is not known is left out."""
    pairs = [(label, value) for label, value in _identity(study, translate) if value]
    cells: list[list[Flowable | str]] = [
        [paragraph(label, LABEL), paragraph(_clipped(value), STRONG if place == 0 else VALUE)]
        for place, (label, value) in enumerate(pairs)
    ]
    cells += [["", ""]] * (len(cells) % 2)
    rows = [cells[place] + cells[place + 1] for place in range(0, len(cells), 2)]
    style = [("LINEBELOW", (0, 0), (-1, -1), HAIRLINE, LINE), *_TIGHT_PADDING]
    if study.phantom:
        rows.insert(0, [paragraph(translate("Simulated phantom, no patient"), STRONG), "", "", ""])
        style.append(("SPAN", (0, 0), (-1, 0)))
    if not rows:
        return []
    style.append(("LINEABOVE", (0, 0), (-1, 0), HAIRLINE, LINE))
    label = _label_width([name for name, _ in pairs])
    widths = [label, width / 2 - label] * 2
    return [Table(rows, colWidths=widths, style=TableStyle(style)), Spacer(1, 2 * mm)]


def _identity(study: Study, translate: Translate) -> list[tuple[str, str]]:
    patient = study.patient
    seen = dict.fromkeys(film.projection for film in study.instances)
    views = [PROJECTION_WORDS[view] for view in seen if view in PROJECTION_WORDS]
    when = study.study_datetime
    return [
        (translate("Name"), patient.display_name),
        (translate("Patient ID"), patient.patient_id),
        *_birth(study, translate),
        (translate("Sex"), translate(SEX_WORDS.get(patient.sex.upper(), patient.sex))),
        (translate("Accession"), study.accession_number),
        (translate("Study"), f"{when:%Y-%m-%d %H:%M}" if when else ""),
        (translate("Projections"), ", ".join(translate(view) for view in views)),
    ]


def _birth(study: Study, translate: Translate) -> list[tuple[str, str]]:
    born = study.patient.birth_date
    age = "" if study.age is None else translate("{years} years").format(years=study.age)
    if study.age == 0:
        age = translate("under 1 year")
    if not born:
        return [(translate("Age"), age)]
    return [(translate("Born"), f"{born.isoformat()} ({age})" if age else born.isoformat())]


def running_line(study: Study, translate: Translate) -> str:
    """Name, identifier, birth date and accession in one line, for the pages after the first."""
    patient = study.patient
    born = patient.birth_date.isoformat() if patient.birth_date else ""
    labelled = [
        (translate("Patient ID"), patient.patient_id),
        (translate("Born"), born),
        (translate("Accession"), study.accession_number),
    ]
    parts = [patient.display_name, *(f"{label} {value}" for label, value in labelled if value)]
    if study.phantom:
        parts.insert(0, translate("Simulated phantom, no patient"))
    return " · ".join(_clipped(part) for part in parts if part)


def sections(content: ReportContent, translate: Translate) -> list[Flowable]:
    """The sections that hold text, each under its heading."""
    story: list[Flowable] = []
    for name, text in content.sections.as_dict().items():
        if text.strip():
            story += [*heading(translate(SECTIONS[name])), *_lines(text)]
    return story


def heading(text: str) -> list[Flowable]:
    """A heading that starts a new page rather than stand at the foot of one.

    Three lines have to fit below it: fewer could be moved on, as a paragraph leaves no lone line.
    """
    room = HEADING.spaceBefore + HEADING.leading + HEADING.spaceAfter + 3 * BODY.leading
    title = ScriptParagraph(small_caps(text, HEADING.fontSize), HEADING)
    return [CondPageBreak(room), title]


def _lines(text: str) -> list[Flowable]:
    """Typed line breaks stay; a blank line is half a line of space."""
    return [
        paragraph(line, BODY) if line.strip() else Spacer(1, BODY.leading / 2)
        for line in text.strip().splitlines()
    ]


def signature(content: ReportContent, width: float, translate: Translate) -> list[Flowable]:
    """Who signed, when, which version, and the digest of what was signed."""
    if not content.signed_by or not content.signed_at:
        return []
    version = translate("Version {number}").format(number=content.version)
    labelled = [
        (translate("Signed by"), paragraph(_clipped(content.signed_by), STRONG)),
        (
            translate("Signed at"),
            paragraph(f"{moment(content.signed_at)} · {version}", VALUE),
        ),
        (translate("Digest"), paragraph(content.digest or "", CAPTION)),
    ]
    rows: list[list[Flowable | str]] = [[paragraph(name, LABEL), value] for name, value in labelled]
    if content.translation:
        rows.insert(0, [paragraph(translate("Signed text"), STRONG), ""])
    style = TableStyle(
        [
            *_TIGHT_PADDING,
            ("LINEABOVE", (0, 0), (-1, 0), HAIRLINE, LINE),
            ("LINEBELOW", (0, -1), (-1, -1), HAIRLINE, LINE),
        ]
    )
    if content.translation:
        style.add("SPAN", (0, 0), (-1, 0))
    label = _label_width([name for name, _ in labelled])
    table = Table(rows, colWidths=[label, width - label], style=style)
    return [KeepTogether([Spacer(1, 5 * mm), table])]


def _label_width(labels: Sequence[str]) -> float:
    """Room for the widest label: words of some languages do not fit into those of others."""
    widest = max((line_width(label, LABEL) for label in labels), default=0.0)
    return float(min(max(22 * mm, widest + 3.5 * mm), 40 * mm))


def addendum(item: Addendum, translate: Translate) -> list[Flowable]:
    title = translate("Addendum {number}").format(number=item.number)
    line = translate("Signed by {name}, {time}").format(
        name=_clipped(item.signed_by), time=moment(item.signed_at)
    )
    *lines, last = item.text.strip().splitlines() or [""]
    # One paragraph with the last line, so that the signature never stands alone on a page.
    close = f'{markup(last)}<br/><font size="8" color="{MUTED.hexval()}">{markup(line)}</font>'
    return [*heading(title), *_lines("\n".join(lines)), ScriptParagraph(close, BODY)]


def closing(content: ReportContent) -> list[Flowable]:
    return [paragraph(content.provenance, NOTE)] if content.provenance else []


def moment(time: dt.datetime) -> str:
    """Date, time and offset from UTC: ``2026-11-20 09:14 UTC+05:30``."""
    return f"{time:%Y-%m-%d %H:%M} UTC{time.isoformat()[-6:]}"


def _clipped(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


_NO_PADDING = [
    (f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")
]
_TIGHT_PADDING = [
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 3 * mm),
    ("TOPPADDING", (0, 0), (-1, -1), 1.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
]
