"""What a teacher's wish for a case must hold to before a case is made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NoReturn

from core.domain.errors import N_
from core.domain.report import Sections
from core.domain.study import Instance, Study
from core.domain.teaching import Level, Reference, Region, TrueFinding
from core.domain.teaching_errors import CaseRefusedError
from dashboard.services.teaching.case_truth import OFFERED
from dashboard.services.teaching.case_words import Search

TITLE_LIMIT, NOTE_LIMIT, WORDS_LIMIT = 120, 500, 5_000
MOST_BOXES, MOST_REGIONS, MOST_CORNERS = 100, 40, 2_000
# The labels of the form, so that a refusal names a field as the teacher sees it.
FIELDS: Mapping[str, str] = {
    "title": N_("Title"),
    "reference_note": N_("What the reference rests on"),
    "history": N_("History"),
    "learning_points": N_("Learning points"),
    "indication": N_("Indication"),
    "comparison": N_("Comparison"),
    "technique": N_("Technique"),
    "findings": N_("Findings"),
    "impression": N_("Impression"),
}


@dataclass(frozen=True)
class CaseWish:
    """What the teacher chose. ``masked`` are boxes of the film that are painted over.

    ``looked`` says that the teacher saw the text that is found in the masked film and lets it
    stand, since it names nobody.
    """

    title: str
    level: Level
    reference: Reference
    reference_note: str
    findings: tuple[TrueFinding, ...]
    regions: tuple[Region, ...]
    masked: tuple[tuple[int, int, int, int], ...]
    history: str
    learning_points: str
    report: Sections
    looked: bool = False

    @property
    def words(self) -> dict[str, str]:
        """Every text of the case by its field."""
        return {
            "title": self.title,
            "reference_note": self.reference_note,
            "history": self.history,
            "learning_points": self.learning_points,
            **self.report.as_dict(),
        }


def refused(reason: str, **named: object) -> NoReturn:
    """Raise the refusal of a case, its reason a template for what is named."""
    raise CaseRefusedError(reason=reason.format(**named), template=reason, named=named)


def check_wish(wish: CaseWish, study: Study, film: Instance, search: Search) -> None:
    """Raise CaseRefusedError on the first thing that is not as it must be."""
    _check_words(wish, search)
    _check_reference(wish, study)
    _check_findings(wish.findings)
    _check_regions(wish, film)
    check_boxes(wish.masked, film)


def _check_words(wish: CaseWish, search: Search) -> None:
    if not wish.title.strip():
        refused(N_("it has no title"))
    limits = {"title": TITLE_LIMIT, "reference_note": NOTE_LIMIT}
    for name, text in wish.words.items():
        limit = limits.get(name, WORDS_LIMIT if name in ("history", "learning_points") else None)
        if limit and len(text) > limit:
            refused(N_("{field} is longer than {limit} characters"), field=FIELDS[name],
                    limit=str(limit))  # fmt: skip
        if "\x00" in text:
            refused(N_("{field} holds a NUL character"), field=FIELDS[name])
    for name in search.among(wish.words):
        refused(N_("{field} still names somebody, a date or a contact"), field=FIELDS[name])


def _check_reference(wish: CaseWish, study: Study) -> None:
    if wish.reference is Reference.PHANTOM and not study.phantom:
        refused(N_("a film of a person has no phantom's truth"))
    explained = wish.reference_note.strip() or wish.reference is Reference.PHANTOM
    if wish.reference.firm and not explained:
        refused(N_("nothing says what the reference rests on"))
    if wish.reference.firm and not wish.findings:
        refused(N_("the reference states no finding as present or absent"))


def _check_findings(findings: Iterable[TrueFinding]) -> None:
    seen: set[str] = set()
    for finding in findings:
        if finding.name not in OFFERED:
            refused(N_("trainees are not offered the finding {finding}"), finding=finding.name)
        if finding.name in seen:
            refused(N_("the finding {finding} is stated twice"), finding=finding.name)
        if finding.laterality and not (finding.present and OFFERED[finding.name]):
            refused(N_("the finding {finding} has a side that it cannot have"),
                    finding=finding.name)  # fmt: skip
        seen.add(finding.name)


def _check_regions(wish: CaseWish, film: Instance) -> None:
    present = {finding.name for finding in wish.findings if finding.present}
    if len(wish.regions) > MOST_REGIONS:
        refused(N_("it has more than {count} regions"), count=str(MOST_REGIONS))
    for region in wish.regions:
        if region.finding not in present:
            refused(N_("a region marks {finding}, which is not present"), finding=region.finding)
        if not 3 <= len(region.outline) <= MOST_CORNERS:
            refused(N_("a region of {finding} is no area"), finding=region.finding)
        if not all(0 <= x <= film.columns and 0 <= y <= film.rows for x, y in region.outline):
            refused(N_("a region of {finding} lies outside the film"), finding=region.finding)


def check_boxes(boxes: tuple[tuple[int, int, int, int], ...], film: Instance) -> None:
    """Raise CaseRefusedError where boxes are too many or lie outside the film."""
    if len(boxes) > MOST_BOXES:
        refused(N_("more than {count} places of the film are masked"), count=str(MOST_BOXES))
    for x, y, width, height in boxes:
        inside = x >= 0 and y >= 0 and x + width <= film.columns and y + height <= film.rows
        if not inside or width < 1 or height < 1:
            refused(N_("a masked box lies outside the film"))
