"""Which pictures are chest radiographs, by what their source says of them.

The rules, in this order:

1. A source of chest radiographs alone is believed.
2. A picture is none if a concept or a word of its caption names another modality (computed
   tomography, magnetic resonance, ultrasound, nuclear medicine, angiography, fluoroscopy,
   mammography, endoscopic views), a film of another region, or an animal. A caption of a chest
   radiograph that only mentions a CT falls with them: the picture may be either.
3. A picture is one if its concepts name plain radiography and the chest, or its caption names a
   radiograph of the chest.
4. Any other is none.

Lateral films are chest radiographs, and captions in other languages count where their words do.

References
----------
UMLS Metathesaurus (concept unique identifiers); Rückert et al. 2024 for the concepts that
ROCOv2 gives by hand: one modality a picture, and the region of plain radiographs.
"""

from __future__ import annotations

import re

from core.training.corpus.sample import Record

CHEST_RADIOGRAPH = frozenset({"C0039985"})  # plain chest X-ray
RADIOGRAPH = frozenset(
    {
        "C1306645",  # plain X-ray
        "C0043299",  # diagnostic radiologic examination
        "C0034571",  # radiography
        "C1962945",  # radiographic imaging procedure
    }
)
CHEST = frozenset(
    {
        "C0817096",  # chest
        "C0024109",  # lung
    }
)
OTHER_MODALITY = frozenset(
    {
        "C0040405",  # X-ray computed tomography
        "C0040395",  # tomography
        "C0024485",  # magnetic resonance imaging
        "C0041618",  # ultrasonography
        "C0013516",  # echocardiography
        "C0032743",  # positron emission tomography
        "C0034606",  # radionuclide imaging
        "C0002978",  # angiogram
        "C0016356",  # fluoroscopy
        "C0024671",  # mammography
    }
)

_STEM = re.compile(
    r"\bcomputed\s+tomog|\bcomputer(?:i[sz]ed)?\s+tomog|\btomo(?:gra|synth)|\bHRCT\b|\bCECT\b"
    r"|\bmagnetic\s+reson|\bMRI\b|\bMRA\b|\bMRCP\b|\bultraso|\bsonogra|\bechocardi|\bdoppler"
    r"|\bfluoroscop(?:y|ic)\b|\bangiogra|\baortogra|\bvenogra|\bcatheteri[sz]ation\s+image|\bmammogra"
    r"|\bscintigra|\bSPECT\b|\bpositron|\bbone\s+scan|\bbarium|\bo?esophagogra"
    r"|\bbronchoscop(?:y|ic)\s+(?:image|view)|\bendoscop(?:y|ic)\s+(?:image|view)|\bscout\s+view"
    r"|\b(?:rabbit|dog|cat|rat|mouse|mice|horse|foal|sheep|goat|monkey|piglet|feline|equine)s?\b"
    r"|\bventrodorsal",
    re.IGNORECASE,
)
# "cat" in capitals scans; "CT ratio" is of heart and chest; "MR" may be a valve's.
_CAPITALS = re.compile(r"\bCTs?\b(?!\s+ratio)|\bCTA\b|\bPET\b|\bMR\s+(?:imag|scan)")
_FILM = (
    r"(?:x[-\u2010\u2011\u2013]?\s?rays?|radio-?gra(?:m|ph|phs|phy|phic|phie|phies)\b|films?\b"
    r"|roent\w*)"
)
_CHEST = r"\b(?:chest|thora(?:x|cic|cique|cal)|pulmonary|lungs?)\b"
_ELSEWHERE = (
    r"\b(?:abdom(?:en|inal)|thoraco-?abdom\w+|pelvi[sc]|knees?|hips?|hands?|wrists?|elbows?|foot"
    r"|feet|ankles?|femurs?|tibia|legs?|arms?|humer(?:us|al)|forearms?|shoulders?|skull|cranial"
    r"|dental|panoramic|periapical|mandib\w+|facial|sinus|spine|spinal|vertebra[el]?|cervical"
    r"|lumbar|kub|babygram|skeletal|whole[\s-]body|neck)\b"
)
_OF_CHEST = re.compile(
    rf"\bCXR\b|{_CHEST}[^.;]{{0,25}}?\b{_FILM}|\b{_FILM}[^.;:]{{0,30}}?{_CHEST}"
    r"|\bchest\s+(?:PA|AP|XR|skiagram|roentgenogram|radiology|view)\b"
    r"|\b(?:skiagram|XR)\s+(?:of\s+(?:the\s+)?)?chest\b",
    re.IGNORECASE,
)
_OF_ELSEWHERE = re.compile(
    rf"{_ELSEWHERE}(?:\s+(?:plain|ap|lateral|view))?\s+{_FILM}"
    rf"|\b{_FILM}\s+(?:views?\s+)?(?:of|du|de)\s+(?:the\s+|la\s+|l')?(?:left\s+|right\s+|both\s+)?"
    rf"{_ELSEWHERE}",
    re.IGNORECASE,
)


def chest_radiograph(record: Record) -> bool:
    """Whether a record is of a chest radiograph, by the rules above. No picture is read."""
    if record.chest:
        return True
    concepts = frozenset(record.concepts)
    if concepts & OTHER_MODALITY or names_another(record.caption):
        return False
    by_concepts = bool(concepts & CHEST_RADIOGRAPH or (concepts & RADIOGRAPH and concepts & CHEST))
    return by_concepts or names_chest_radiograph(record.caption)


def names_chest_radiograph(caption: str) -> bool:
    """Whether the words name a radiograph of the chest."""
    return _OF_CHEST.search(caption) is not None


def names_another(caption: str) -> bool:
    """Whether the words name another modality, a film of another region, or an animal."""
    patterns = (_CAPITALS, _STEM, _OF_ELSEWHERE)
    return any(pattern.search(caption) for pattern in patterns)
