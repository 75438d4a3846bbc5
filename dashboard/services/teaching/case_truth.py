"""What a case's reference says before a teacher sets it right: a phantom's truth, or the words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from core.domain.finding import Certainty, Laterality
from core.domain.report import SignedVersion
from core.domain.study import Instance, Study
from core.domain.teaching import Reference, Region, TrueFinding
from core.findings.labeller import stated
from core.findings.vocabulary import BY_NAME, TERMS
from core.imaging.outlines import outlines
from core.imaging.phantom.film import PhantomFilm
from core.imaging.phantom.random_lesions import KINDS
from core.imaging.phantom.samples import sample_film
from core.reporting.reading import read_text

OFFERED: Mapping[str, bool] = MappingProxyType(
    {term.name: term.sided for term in TERMS if term.worded}
)
"""Findings that a film can show in words, and whether each has a side."""
_ROWS = 384


@dataclass(frozen=True)
class Truth:
    reference: Reference
    findings: tuple[TrueFinding, ...]
    regions: tuple[Region, ...] = ()


def truth_of(study: Study, film: Instance, signed: SignedVersion) -> Truth:
    """A sample study is known to the last voxel; of any other the signed words are all there is."""
    phantom = _phantom(study.study_instance_uid) if study.phantom else None
    if phantom is None or not film.projection.frontal:
        return Truth(Reference.SIGNED, findings_of_words(signed))
    return Truth(
        Reference.PHANTOM,
        drawn_findings(phantom.findings, KINDS),
        drawn_regions(phantom, film.rows, film.columns),
    )


def findings_of_words(signed: SignedVersion) -> tuple[TrueFinding, ...]:
    """Findings that the signed text states as present or absent; what it leaves open is left out.

    Only those that trainees are offered: a diagnosis is none.
    """
    text = f"{signed.sections.findings}\n{signed.sections.impression}"
    found = stated(read_text(text, signed.language).mentions)
    return tuple(
        TrueFinding(name, present, _side(name, mention.laterality) if present else None)
        for name, mention in found.items()
        if name in OFFERED and mention.certainty is not Certainty.UNCERTAIN
        for present in [mention.certainty is Certainty.PRESENT]
    )


def drawn_findings(
    drawn: tuple[tuple[str, str | None], ...], kinds: tuple[str, ...]
) -> tuple[TrueFinding, ...]:
    """What was drawn is present, what else can be drawn is absent."""
    sides: dict[str, set[str]] = {}
    for name, side in drawn:
        sides.setdefault(name, set()).update({side} if side else ())
    present = [TrueFinding(name, True, _joined(name, found)) for name, found in sides.items()]
    return (*present, *(TrueFinding(name, False) for name in kinds if name not in sides))


def drawn_regions(phantom: PhantomFilm, rows: int, columns: int) -> tuple[Region, ...]:
    """Outlines of what was drawn, in pixels of a film of the same patient."""
    scale = columns / phantom.pixels.shape[1], rows / phantom.pixels.shape[0]
    return tuple(
        Region(name, outline)
        for name, mask in phantom.masks.items()
        for outline in outlines(mask, scale)
    )


def _joined(name: str, sides: set[str]) -> Laterality | None:
    side = Laterality.BILATERAL if len(sides) > 1 else next(map(Laterality, sides), None)
    return _side(name, side)


def _side(name: str, side: Laterality | None) -> Laterality | None:
    return side if BY_NAME[name].sided else None


@lru_cache(maxsize=8)
def _phantom(study_instance_uid: str) -> PhantomFilm | None:
    return sample_film(study_instance_uid, _ROWS)
