"""What a correction sets right: of a finding, and of a sentence."""

from __future__ import annotations

import pytest

from core.domain.correction import align_sentences, compare_findings
from core.domain.finding import Certainty, Laterality, Mention, Severity, Zone
from core.domain.natures import with_natures
from core.domain.reading import Nature
from core.findings.labeller import label, stated

P, U, A = Certainty.PRESENT, Certainty.UNCERTAIN, Certainty.ABSENT
L, R = Laterality.LEFT, Laterality.RIGHT


def _said(
    certainty: Certainty,
    side: Laterality | None = None,
    zone: Zone | None = None,
    severity: Severity | None = None,
) -> Mention:
    return Mention("nodule", certainty, side, zone=zone, severity=severity)


@pytest.mark.parametrize(
    ("drafted", "signed", "natures", "detail"),
    [
        (_said(P, L), _said(P, L), "", ""),
        (None, _said(P, L), "missed", "present, left"),
        (_said(A), _said(U), "missed", "absent -> uncertain"),
        (_said(P), None, "false", "present"),
        (_said(U), _said(A), "false", "uncertain -> absent"),
        (_said(P, L), _said(P, R), "side", "left -> right"),
        (_said(A, L), _said(A, R), "side", "left -> right"),
        (_said(P), _said(U), "certainty", "present -> uncertain"),
        (_said(P, L, Zone.UPPER), _said(P, L, Zone.BASAL), "zone", "upper -> basal"),
        (_said(P, L), _said(P, L, Zone.BASAL), "zone", "no zone -> basal"),
        (_said(P, L, Zone.BASAL), _said(P, L, Zone.LOWER), "", ""),
        (_said(P, severity=Severity.SMALL), _said(P, severity=Severity.LARGE), "severity",
         "small -> large"),
        (_said(P, L, None, Severity.LARGE), _said(U, R, Zone.APICAL),
         "side zone severity certainty",
         "present -> uncertain, left -> right, no zone -> apical, large -> no degree"),
        # a denial that comes or goes corrects nothing
        (None, _said(A), "style", "absent"),
        (_said(A), None, "style", "absent"),
    ],
)  # fmt: skip
def test_findings(
    drafted: Mention | None, signed: Mention | None, natures: str, detail: str
) -> None:
    (correction,) = compare_findings(
        {"nodule": drafted} if drafted else {}, {"nodule": signed} if signed else {}
    )
    assert " ".join(correction.natures) == natures
    assert correction.detail == detail
    assert (correction.change == "kept") is (natures == "")


def _of_sentences(before: list[str], after: list[str]) -> list[str]:
    aligned = align_sentences(
        [("findings", text) for text in before], [("findings", text) for text in after]
    )
    whole = compare_findings(stated(label("\n".join(before))), stated(label("\n".join(after))))
    named = with_natures(aligned, whole, lambda text: stated(label(text)))
    return [f"{each.change} {' '.join(each.natures)}".strip() for each in named]


@pytest.mark.parametrize(
    ("before", "after", "natures"),
    [
        (["Left effusion."], ["Left effusion."], ["kept"]),
        (["There is a small left pleural effusion."], ["Small left pleural effusion is seen."],
         ["changed style"]),
        (["There is a left pleural effusion."], ["There is a right pleural effusion."],
         ["changed side"]),
        (["There is a small left pleural effusion."], ["There is a large left pleural effusion."],
         ["changed severity"]),
        ([], ["There is a nodule."], ["added missed"]),
        (["There is a nodule."], [], ["removed false"]),
        # told elsewhere in the text as well
        (["Nodule.", "There is a left effusion."], ["Nodule.", "Left effusion and a nodule."],
         ["kept", "changed style"]),
        (["There is a nodule."], ["There is a nodule.", "A nodule is seen as described."],
         ["kept", "added style"]),
        # outside of the vocabulary: nobody knows what it corrects
        ([], ["Old rib fracture."], ["added"]),
    ],
)  # fmt: skip
def test_sentences(before: list[str], after: list[str], natures: list[str]) -> None:
    assert _of_sentences(before, after) == natures


def test_what_nobody_can_read_is_not_called_style() -> None:
    aligned = align_sentences([("findings", "a b c")], [("findings", "a b d")])
    (named,) = with_natures(aligned, (), lambda _text: None)
    assert named.change == "changed" and named.natures == ()


def test_every_nature_fits_its_column() -> None:
    assert len(",".join(Nature)) <= 96
