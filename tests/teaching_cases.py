"""Teaching cases in the database, made without a study, text search or model: for the other tests.

Every field that could give the answer away holds words that stand nowhere else, so that a test can
look for them where they must not be.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence

import cv2
import numpy as np

from core.domain.finding import Laterality
from core.domain.report import Sections
from core.domain.study import Window
from core.domain.teaching import (
    CaseDraft,
    CaseFilm,
    CaseMap,
    Drill,
    Level,
    Reference,
    Region,
    TeachingCase,
    TrueFinding,
)
from core.explain.map_png import map_png
from core.imaging.radiograph import encode_pixels
from dashboard.workspace import Workspace
from tests.factories import film_pixels

ROWS, COLUMNS = 240, 200
TITLE = "Quokka titleword"
NOTE = "Wombat noteword, CT two days later"
LEARNING = "Numbat learningword: look at the costophrenic angle"
SIGNED_FINDINGS = "Bilby reportword. Pleural effusion on the right."
SIGNED_IMPRESSION = "Bandicoot impressionword. Right pleural effusion."
DRAFTED = "Potoroo draftword. Pleural effusion."
MODEL = "Kowari modelword"
HISTORY = "Cough and dyspnoea, echidna historyword"
ANSWER_WORDS = ("Quokka", "Wombat", "Numbat", "Bilby", "Bandicoot", "Potoroo", "Kowari")
"""One word of every field that is hidden before the commit."""

EFFUSION = "pleural effusion"
OUTLINE = ((23.5, 151.25), (61.5, 151.25), (61.5, 209.75), (23.5, 209.75))
"""Where the effusion of `made_case` lies, (x, y) in pixels."""
INSIDE, OUTSIDE = (40.0, 180.0), (150.0, 60.0)
_PRESENT = (TrueFinding(EFFUSION, True, Laterality.RIGHT), TrueFinding("pneumothorax", False))
_ABSENT = (TrueFinding(EFFUSION, False), TrueFinding("pneumothorax", False))
MADE_AT = dt.datetime(2026, 11, 2, 8, 0, tzinfo=dt.UTC)


def made_film(place: Workspace, *, seed: int = 0, lesion: bool = True) -> CaseFilm:
    """A small grey film whose pixels are stored; a bright square where the lesion lies."""
    pixels = film_pixels(ROWS, COLUMNS, seed)
    if lesion:
        (left, top), (right, bottom) = OUTLINE[0], OUTLINE[2]
        pixels[int(top) : int(bottom), int(left) : int(right)] += 700
    return CaseFilm(
        key=secrets.token_urlsafe(32),
        rows=ROWS,
        columns=COLUMNS,
        window=Window(2000.0, 3500.0),
        monochrome1=False,
        spacing_mm=(1.5, 1.5),
        projection="PA",
        pixel_blob_digest=place.blobs.put(encode_pixels(pixels)),
    )


def made_case(
    place: Workspace,
    *,
    title: str = TITLE,
    reference: Reference = Reference.CT,
    findings: Sequence[TrueFinding] = _PRESENT,
    regions: Sequence[Region] = (Region(EFFUSION, OUTLINE),),
    level: Level = Level.BASIC,
    history: str = HISTORY,
    drill: Drill | None = None,
    seed: int = 0,
) -> TeachingCase:
    """An effusion on the right with its region, report, draft and map; kept."""
    film = made_film(place, seed=seed, lesion=bool(regions))
    case = TeachingCase(
        id=0,
        title=title,
        level=level,
        reference=reference,
        reference_note=NOTE,
        findings=tuple(findings),
        regions=tuple(regions),
        film=film,
        history=history,
        learning_points=LEARNING,
        report=Sections(findings=SIGNED_FINDINGS, impression=SIGNED_IMPRESSION),
        draft=None if drill else _draft(place, seed),
        made_by="Dr. Test",
        made_at=MADE_AT,
        drill=drill,
    )
    with place.work() as work:
        return work.teaching_cases.add(case)


def normal_case(place: Workspace, *, seed: int = 1) -> TeachingCase:
    """A case whose reference says that nothing is there."""
    return made_case(
        place, title="Quokka normalword", findings=_ABSENT, regions=(), history="", seed=seed
    )


def unscored_case(place: Workspace, *, seed: int = 2) -> TeachingCase:
    """A case that rests on the signed report alone."""
    return made_case(place, title="Quokka unscoredword", reference=Reference.SIGNED, seed=seed)


def drill_case(
    place: Workspace,
    *,
    contrast: float = 0.5,
    size_mm: float = 15.0,
    lesion: bool = True,
    seed: int = 3,
) -> TeachingCase:
    """A generated film with a drawn nodule, or, without a lesion, a normal one of its set."""
    drawn = "nodule" if lesion else ""
    return made_case(
        place,
        title="Quokka drillword",
        reference=Reference.PHANTOM,
        findings=(TrueFinding("nodule", lesion, Laterality.RIGHT if lesion else None),),
        regions=(Region("nodule", OUTLINE),) if lesion else (),
        history="",
        drill=Drill(drawn, size_mm if lesion else 0.0, contrast if lesion else 0.0, False,
                    "phantom", seed),
        seed=seed,
    )  # fmt: skip


def _draft(place: Workspace, seed: int) -> CaseDraft:
    grey = np.zeros((ROWS, COLUMNS), dtype=np.float32)
    grey[150:210, 24:62] = 0.9
    grey[seed % ROWS, 0] = 1.0  # another picture for another case
    digest = place.blobs.put(map_png(cv2.blur(grey, (9, 9)), ROWS, COLUMNS))
    return CaseDraft(
        model=MODEL,
        findings=(
            {
                "name": EFFUSION,
                "certainty": "present",
                "laterality": "right",
                "value": 0.871,
                "probability": True,
            },
        ),
        sections=Sections(findings=DRAFTED, impression=DRAFTED),
        maps=(CaseMap(secrets.token_urlsafe(32), EFFUSION, True, digest),),
    )
