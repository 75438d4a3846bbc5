"""The words by which a report denies, hedges, compares and takes sides.

Only words: ``labeller`` says how far each of them reaches. Regular expressions are matched without
regard to case.

References
----------
Chapman 2001 (NegEx: scope by trigger and termination), Irvin 2019 (CheXpert: negation before
uncertainty, phrases of uncertainty).
"""

from __future__ import annotations

import re


def _listed(words: str) -> tuple[str, ...]:
    return tuple(words.split(", "))


def _any(*phrases: str, bare: str = "(?!)") -> re.Pattern[str]:
    """Any of the phrases as whole words, or ``bare`` wherever it stands."""
    return re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)|{bare}", re.IGNORECASE)


# --- negation (negspacy's term set: scope runs from the phrase to a termination) ------------------

_CHANGES = _listed(
    "change, changes, interval change, significant change, significant interval change, "
    "definite change, appreciable change, substantial change, further, increase, interval "
    "increase, significant increase, decrease, improvement, interval improvement, worsening, "
    "interval worsening, significant worsening, progression, interval progression, growth, "
    "interval growth, resolution"
)
_EXCLUDE = _listed(
    "cannot exclude, can not exclude, cannot be excluded, could not be excluded, not "
    "excluded, not be excluded, not exclude, not entirely excluded, not ruled out, not rule "
    "out, cannot rule out, without difficulty, not only, not necessarily, not certain if, not "
    "certain whether, near complete resolution of, near-complete resolution of, nearly complete "
    "resolution of, partial resolution of, incomplete resolution of, partially resolved, "
    "nearly resolved"
)
_DEGREES_AFTER = _listed(
    "stable, unchanged, persistent, mild, moderate, severe, increased, small, trace, minimal, "
    "interval, possible, likely, probable"
)
_DENIALS = _listed(
    "no, without, absent, resolved, absence of, resolution of, cleared of, negative for, free of, "
    "free from, clear of, lack of, denies, never, neither, nor, fails to reveal, rather than, "
    "not a, not an, not any, not show, not demonstrate, not reveal, not see, not identify, "
    "not appreciate, not have, not appear to be, not suggest, not suggestive of, not represent, "
    "not associated with"
)
_TURNS = _listed(
    "but, however, although, though, except, aside from, apart from, yet, which, there is, "
    "there are, there's, with, ;, and a, and an"
)
NEGATION: dict[str, list[str]] = {
    "pseudo_negations": [*(f"no {word}" for word in _CHANGES), *_EXCLUDE],
    "preceding_negations": list(_DENIALS),
    # What follows a finding is read by the labeller: here it would reach back over whole clauses.
    "following_negations": [],
    "termination": [
        *_TURNS,
        *(f", {word}" for word in _DEGREES_AFTER),
        *(f"and {word}" for word in _DEGREES_AFTER),
    ],
}

_IN_PART = r"(?!near|part|most|large|incomplete|slight|mild|substantial)"
# Denies the finding before it.
ABSENT_AFTER = _any(
    r"(?:(?:is|are|was|were|has been|have been) )?(?:not|no longer) (?:\w+ly )?"
    r"(?:seen|identified|"
    r"visuali[sz]ed|evident|present|appreciated|demonstrated|noted|detected|apparent|observed|"
    r"visible|found|suspected|confirmed)",
    r"(?:(?:is|are) )?absent",
    r"(?:is|are) gone",
    r"(?:is|are|has been|have been|was|were) (?:excluded|ruled out)",
    rf"(?:has|have|had|is|are)(?: {_IN_PART}\w+ly)? (?:resolved|cleared)",
    r"(?:has|have) not (?:recurred|re-?accumulated|redeveloped|developed)",
    r"(?:is |are )?(?:very |highly )?unlikely",
    bare=r":\s*(?:none|no|absent|negative)\b",
)
# Says of the finding before it that it is as it should be ("vascular engorgement appears normal").
NORMAL_AFTER = re.compile(
    r"\s+(?:is|are|appears?|remains?)\s+(?:within (?:the )?(?:normal limits|limits of normal)|"
    r"normal|unremarkable)\b",
    re.IGNORECASE,
)

# --- uncertainty --------------------------------------------------------------------------------

# Before the finding they hedge.
UNCERTAIN_BEFORE = _any(
    *_listed(
        "possible, possibly, probable, probably, likely, questionable, questioned, suspected, "
        "suspect, presumed, presumably, perhaps, potential, potentially, equivocal, borderline, "
        "may, might, could, indeterminate, worrisome for, suggestive of, rule out, r/o, "
        "to exclude, consider, unclear, uncertain, probability of, likelihood of"
    ),
    "question(?: of)?",
    "whether(?: there (?:is|are))?",
    "suggest(?:s|ed|ing)?",
    r"suspicio(?:us|n) (?:for|of)",
    "concern(?:ing|s)? (?:for|of)",
    "favor(?:s|ed|ing)?",
    "favour(?:s|ed|ing)?",
    r"(?:cannot|can not|can't|could not|not|difficult to)(?: be)?(?: \w+ly)? "
    r"(?:exclude|rule out|excluding)",
    r"differential (?:diagnosis |considerations? )?includes?",
    bare=r"\?(?=\s*\w)",
)
# After the finding they hedge.
UNCERTAIN_AFTER = _any(
    r"(?:cannot|can not|can't|could not|not)(?: be)?(?: \w+ly)? (?:excluded|ruled out)",
    r"(?:is|are|was|were|remains?) (?:also )?(?:possible|probable|likely|suspected|questioned|"
    r"questionable|a consideration|considered|favou?red|in question|suggested|equivocal)",
    r"(?:may|might|could|would|should) be (?:present|there|considered|a consideration)",
    "not confirmed",
    r"(?:possible|probable|likely|suspected|questioned|questionable)(?=\s*(?:[.;,]|$))",
    bare=r"\?(?=\s*(?:[.,;)]|$))",
)
# Between two findings: one of them, so neither is sure.
EITHER = _any("or", "versus", r"vs\.?", "and/or")
OR_AFTER = re.compile(r"\s*(?:or|versus|vs\.?|and/or)\s", re.IGNORECASE)
VERSUS_BEFORE = re.compile(r"\b(?:versus|vs\.?)\s+(?:\w+\s+)?$", re.IGNORECASE)
# What follows is not said of this film.
NOT_STATED = _any(
    "history of",
    "h/o",
    "s/p",
    "resection of",
    "status post",
    "previous history of",
    "treated for",
    "to identify",
    "detecting",
    r"evaluat(?:e|ion|ing) for",
)

# "the known nodule": there, whatever is denied of it.
KNOWN_BEFORE = re.compile(
    r"\b(?:the|this|these|that|his|her|patient's) (?:previously )?known (?:[\w-]+ ){0,3}$",
    re.IGNORECASE,
)
# ", left effusion is stable": a clause of its own, out of reach of a denial before the comma.
UNCHANGED_AFTER = re.compile(
    r"\s(?:is|are|remains?|persists?|has|have)\b(?: (?:now|again|still|also|been))*"
    r" (?:stable|unchanged|persistent|increased|decreased|improved|larger|"
    r"smaller|worse|worsened)\b",
    re.IGNORECASE,
)

LISTED = _any("and", "or", "nor")

# --- normal statements --------------------------------------------------------------------------

_HEART = r"(?:heart|cardiac|cardiomediastinal|cardio-?mediastinal|cardiopericardial)"
_NOT_HEART = (
    r"(?!\b(?:no|not|without|but|enlarged|large|enlargement|cardiomegaly|increased|prominent|"
    r"borderline|abnormal|lungs? (?:are|is)|pressure)\b)"
)
NORMAL_HEART = re.compile(
    rf"\b{_HEART}\b(?:{_NOT_HEART}[^;:]){{0,120}}?\b(?:normal|unremarkable|"
    r"not (?:\w+ly )?enlarged|not (?:be )?(?:\w+ly )?(?:increased|large))\b"
    rf"|\b(?:normal|unremarkable)[\s-](?:(?:sized?|in|appearing|overall|the)\s+)*{_HEART}\b",
    re.IGNORECASE,
)
BORDERLINE_HEART = re.compile(
    rf"\b{_HEART}(?: (?:size|silhouette|shadow|is|are|appears|remains|of|at))* borderline"
    rf"(?! (?:enlarged|large))|\bborderline {_HEART}(?: (?:size|silhouette))?"
    r"(?! (?:enlarge|is enlarged))",
    re.IGNORECASE,
)
CLEAR_LUNGS = re.compile(
    r"\blungs?\b(?:(?!\b(?:no|not|without|clearing)\b)[^;:,]){0,80}?\bclear\b(?! of\b)"
    r"|\bclear (?:(?:left|right|bilateral|both) )?lungs?\b",
    re.IGNORECASE,
)
# No entry may begin another one that ends in a listed word: nested repeats would take for ever.
_FILL = (
    r"(?:radiographic|definite|evidence|signs?|findings?|of|for|significant|new|other|obvious|"
    r"convincing|specific|identifiable|visible|suspicious|an|any|xxxx)"
)
_SCOPE = (
    r"(?:acute|active|cardio-?\s?pulmonary|cardiothoracic|cardiovascular|cardiac|pulmonary|lung|"
    r"thoracic|intra-?thoracic|chest)"
)
_VIEW = r"(?:views?|pa|ap|portable|frontal|and|lateral|two|2|single)"
_FILM = r"(?:radiographs?|x-?rays?|films?|exam|examination|study|series)"
NOTHING_FOUND = re.compile(
    rf"\bno\s+(?:{_FILL}\s+)*{_SCOPE}(?:[\s/]+(?:{_FILL}|{_SCOPE}|or|and|radiographic))*\s+"
    r"(?:abnormalit(?:y|ies)|disease|process(?:es)?|findings?|pathology|changes?|problems?)\b"
    rf"|(?<!otherwise )(?<!not )\b(?:normal|negative|unremarkable|clear)\s+(?:{_VIEW}\s+)*"
    r"(?:chest|thorax)\b"
    rf"|(?<!otherwise )(?<!not )\bnormal\s+(?:{_VIEW}\s+)*{_FILM}\b"
    rf"|\bchest(?:\s+(?:{_VIEW}|{_FILM}))*\s+(?:(?:is|appears|remains|are)\s+)?"
    r"(?:within normal limits|normal|negative|unremarkable)\b",
    re.IGNORECASE,
)

# --- sides and zones ----------------------------------------------------------------------------

_NOT_OF_A_FINDING = (
    r"(?!\s+(?:heart|cardiac|ventric\w+|atri\w+|aort\w+|arch|paratracheal|hemidiaphragm|diaphragm|"
    r"shoulder|clavic\w+|humer\w+|ribs?|breast|axilla\w*|arm|picc|ij|internal jugular|subclavian|"
    r"jugular|port\w*|chest tube|chest port|pigtail|central|catheter|pacemaker|pacer|icd|"
    r"main ?stem|upper quadrant|chest wall|"
    r"lateral (?:decubitus|views?|films?|images?|projections?))\b)"
)
LEFT = _any(r"(?:left|lt|lul|lll|lingular?)" + _NOT_OF_A_FINDING)
RIGHT = _any(r"(?:right|rt|rul|rml|rll)" + _NOT_OF_A_FINDING)
BOTH = _any(
    "bilateral(?:ly)?",
    r"both(?! of which)(?! (?:the )?(?:pa|ap|frontal|lateral|views?|films?|images?|projections?|"
    r"radiographs?|stud(?:y|ies)|exams?)\b)",
    "bibasilar",
    "bibasal",
    "biapical",
    "b/l",
    r"(?:left|right) (?:and|or|(?:greater|more|larger|worse) than|>) (?:the )?(?:left|right)",
)
NO_SIDE = _any(r"compared (?:to|with)(?: the)? (?:left|right)")
# After one of these a side belongs to the finding before it.
PLACED = re.compile(
    r"\b(?:on|in|at|of|within|over|overlying|to|along|throughout)(?: the)?\s*$", re.IGNORECASE
)
ZONE_ONLY = re.compile(
    r"^\W*(?:(?:in|on|at|of|within|over|overlying|along|throughout|the|to|both|bilateral|left|"
    r"right|lt|rt|upper|middle|mid|lower|lungs?|lobes?|bas\w+|apex|apices|apical|zones?|"
    r"hemithorax|chest|perihilar|hilum|hilar|lateral\w*|medial\w*|anterior\w*|posterior\w*|sides?|"
    r"sided|greater|larger|more|worse|than|predominantly|retrocardiac|costophrenic|angles?|"
    r"sulc\w+|fields?|there|is|are|a|an|small|tiny|trace|mild|minimal|moderate|large|patchy|"
    r"streaky|focal|dense|diffuse|ill-defined|bibasilar|bibasal|biapical|suprahilar|infrahilar|lingular?|rul|rml|rll|lul|lll|region|aspect|or|and)"
    r"\b\W*)+$",
    re.IGNORECASE,
)
SEPARATOR = re.compile(
    r"[,;:]|\b(?:and|or|with|without|but|however|which|while|whereas|as well as|versus|vs)\b",
    re.IGNORECASE,
)
# Ends the reach of every word above.
HARD_BREAK = re.compile(
    r";|\b(?:but|however|although|though|which|with|without|there (?:is|are))\b", re.IGNORECASE
)

# --- comparison ---------------------------------------------------------------------------------

# "increased opacity" describes the film; "increased effusion" and "has increased" compare two.
_DENSITY = (
    r"(?! (?:\w+ ){0,2}(?:opaci\w+|densit\w+|markings?|lucenc\w+|volumes?|diameter|attenuation|"
    r"retrosternal|interstiti\w+|bronchovascular|perihilar|aeration|conspicuity))"
)
_STUDIES = (
    r"(?:stud(?:y|ies)|exams?|examinations?|radiographs?|films?|chest|x-?rays?|ct|imaging|images?|"
    r"reports?|comparison|films)"
)
COMPARED = _any(
    "unchanged",
    "stable",
    "stably",
    "no (?:\\w+ ){0,2}changes?",
    "new",
    "newly",
    "interval",
    "compared",
    "in comparison",
    r"since (?:the )?(?:prior|previous|last|preceding|earlier|comparison|\d)",
    "persist(?:s|ent|ently|ing)?",
    "remains?",
    r"again (?:seen|noted|identified|demonstrated|observed)",
    "redemonstrated",
    "re-demonstrated",
    rf"(?:increased|decreased|enlarging|diminished){_DENSITY}",
    "(?:increase|decrease) in",
    r"worsen(?:ed|ing)",
    r"improv(?:ed|ing|ement)",
    "progress(?:ed|ion|ing)",
    "resol(?:ved|ving)",
    "resolution",
    "similar to",
    "as before",
    r"than (?:before|previously|earlier|on (?:the )?(?:prior|previous|last|earlier)|"
    r"(?:the )?(?:prior|previous|last))",
    r"previous(?:ly)? (?:seen|noted|described|identified)",
    rf"(?:prior|previous|earlier|recent) (?:\w+ ){{0,2}}{_STUDIES}",
    "from (?:the )?(?:prior|previous)",
)
