"""What stands in drafts alone: the model's findings with their figures."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer, Table, TableStyle

from core.domain.errors import N_
from core.domain.finding import Certainty, Finding, Laterality, digits_apart
from core.reporting.pdf.blocks import heading
from core.reporting.pdf.layout import HAIRLINE, LABEL, LINE, STRONG, VALUE, Translate
from core.reporting.pdf.script_runs import paragraph

NOTICE = N_("Draft by a research model; not for diagnosis without a qualified reader.")
# A shape next to each word: the sheet is printed without colours.
CERTAINTY_WORDS = {
    Certainty.PRESENT: ("●", N_("present")),
    Certainty.UNCERTAIN: ("◐", N_("uncertain")),
    Certainty.ABSENT: ("○", N_("absent")),
}
SIDE_WORDS = {
    Laterality.LEFT: N_("left"),
    Laterality.RIGHT: N_("right"),
    Laterality.BILATERAL: N_("bilateral"),
}


def notice(warnings: Sequence[str], translate: Translate) -> list[Flowable]:
    """What every draft is, then what this one says of its own limits."""
    said = [paragraph(warning, VALUE) for warning in warnings]
    return [paragraph(translate(NOTICE), STRONG), *said, Spacer(1, 2 * mm)]


def findings_table(
    findings: tuple[Finding, ...], width: float, translate: Translate
) -> list[Flowable]:
    """One row a finding; the head stands again on the next page."""
    if not findings:
        return []
    head = [N_("Finding"), N_("Side"), N_("Model's figure"), N_("Operating point"), N_("Certainty")]
    rows = [[paragraph(translate(word), LABEL) for word in head]]
    rows += [[paragraph(cell, VALUE) for cell in _row(item, translate)] for item in findings]
    style = TableStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 1.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5),
            ("LINEBELOW", (0, 0), (-1, -1), HAIRLINE, LINE),
        ]
    )
    shares = (0.21, 0.19, 0.33, 0.13, 0.14)
    table = Table(rows, colWidths=[width * share for share in shares], style=style, repeatRows=1)
    return [*heading(translate("Findings of the model")), table]


def _row(finding: Finding, translate: Translate) -> list[str]:
    side = translate(SIDE_WORDS[finding.laterality]) if finding.laterality else ""
    zone = translate(finding.zone) if finding.zone else ""
    shape, word = CERTAINTY_WORDS[finding.certainty]
    return [
        translate(finding.name),
        ", ".join(part for part in (side, zone) if part) or "–",
        figure(finding, translate),
        _operating_point(finding),
        f"{shape} {translate(word)}",
    ]


def _operating_point(finding: Finding) -> str:
    if finding.numbers is None:
        return "–"
    shown, point = finding.numbers
    return f"{point:.{digits_apart(shown, point)}f}"


def figure(finding: Finding, translate: Translate) -> str:
    """A probability names the prevalence it was calibrated at; a score says that it is none."""
    if finding.numbers is None:
        return translate("stated by the text, no score")
    shown, point = finding.numbers
    number = f"{shown:.{digits_apart(shown, point)}f} "
    if finding.probability is None:
        return number + translate("score, not calibrated")
    if finding.prevalence is None:
        return number + translate("probability")
    return number + translate("probability at prevalence {prevalence}").format(
        prevalence=f"{finding.prevalence:.2f}"
    )
