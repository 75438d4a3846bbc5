"""The sentences of drafts, one file a language.

A file holds whole sentences for each form and side, since word order, endings and articles are a
language's own; only the noun of a finding is put in. A sentence that the file can make is read back
from the same file, so that a text in any language is known as far as it stands word for word.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import combinations
from pathlib import Path
from types import MappingProxyType

from core.domain.errors import N_
from core.domain.finding import Laterality
from core.domain.report import ENGLISH
from core.domain.study import Projection
from core.findings.vocabulary import BY_NAME, LUNG_OPACITY, TERMS, narrower
from core.reporting.phrases.statement import Compared, Form, Said, Statement, Taken

FOLDER = Path(__file__).parent
_SIDES = {
    None: "none",
    Laterality.LEFT: "left",
    Laterality.RIGHT: "right",
    Laterality.BILATERAL: "both",
}
# For translators: the English names of the languages below.
NAMES = (N_("English"), N_("Tamil"))
_DATE = r"(?P<date>\d{4}-\d{2}-\d{2})"


@dataclass(frozen=True)
class Phrases:
    """One language.

    ``name`` is what the language calls itself, ``english`` its English name; ``placeholder`` stands
    where a side has not been earned.
    """

    code: str
    name: str
    english: str
    placeholder: str
    nouns: Mapping[str, Mapping[str, str]]
    forms: Mapping[Form, Mapping[str, str]]
    technique: Mapping[str, str]
    comparison: Mapping[str, str]

    # --- writing --------------------------------------------------------------------------------

    def say(self, said: Said) -> str:
        """One sentence; empty for a technique without films."""
        if isinstance(said, Taken):
            return self.technique.get(" ".join(film.value for film in said.films), "")
        if isinstance(said, Compared):
            return self.comparison["prior" if said.date else "none"].format(date=said.date)
        if said.form is Form.DENIED:
            return self._denial(said.names)
        # Of an opacity and what it is, the opacity's word stands in the sentence already.
        noun = self._noun(said.names[-1])
        sentences = self.forms[said.form]
        side = "open" if said.open_side else _SIDES[said.side]
        many = said.side is Laterality.BILATERAL and "many" in noun
        return sentences[f"{side}_many" if many else side].format_map(noun)

    def _denial(self, names: tuple[str, ...]) -> str:
        words, table = [self._noun(name)["noun"] for name in names], self.forms[Form.DENIED]
        if len(words) == 1:
            return table["one"].format(list=words[0])
        listed = f"{table['comma'].join(words[:-1])}{table['last']}{words[-1]}"
        return table["many"].format(list=listed)

    def _noun(self, name: str) -> dict[str, str]:
        noun = {"a": "", "side": self.placeholder, **self.nouns[name]}
        return {**noun, "Noun": noun["noun"][:1].upper() + noun["noun"][1:]}

    # --- reading --------------------------------------------------------------------------------

    def read(self, sentence: str) -> Said | None:
        """What a sentence says, if this file can make it.

        White space does not count, nor a small letter at the beginning: a reader who writes "left"
        for "[side]" leaves one.
        """
        plain = _plain(sentence)
        plain = plain[:1].upper() + plain[1:]
        return self._by_sentence.get(plain) or self._denied(plain) or self._prior(plain)

    @cached_property
    def _by_sentence(self) -> Mapping[str, Said]:
        return {_plain(self.say(said)): said for said in sayable()}

    def _denied(self, plain: str) -> Statement | None:
        table = self.forms[Form.DENIED]
        by_noun = {noun["noun"]: name for name, noun in self.nouns.items()}
        for template in (table["many"], table["one"]):
            before, _, after = template.partition("{list}")
            if not (plain.startswith(before) and plain.endswith(after)):
                continue
            listed = plain.removeprefix(before).removesuffix(after)
            first, last, rest = listed.rpartition(table["last"])
            words = [*first.split(table["comma"]), rest] if last else [rest]
            names = tuple(by_noun[word] for word in words if word in by_noun)
            if len(names) == len(words) and self._denial(names) == plain:
                return Statement(Form.DENIED, names)
        return None

    def _prior(self, plain: str) -> Compared | None:
        before, _, after = self.comparison["prior"].partition("{date}")
        found = re.fullmatch(f"{re.escape(before)}{_DATE}{re.escape(after)}", plain)
        return Compared(found["date"]) if found else None


def sayable() -> Iterator[Said]:
    """Everything that a draft may say, but for denials and dates: those are without end."""
    yield Compared()
    for count in range(1, len(Projection) + 1):
        yield from (Taken(films) for films in combinations(Projection, count))
    for term in TERMS:
        if term.worded:
            for form in (Form.SEEN, Form.NAMED, Form.LIKELY, Form.POSSIBLE):
                yield from _with_sides(form, term.name, sided=term.sided)
    for name in sorted(narrower(LUNG_OPACITY)):
        if BY_NAME[name].sided and BY_NAME[name].worded:
            for side in Laterality:
                yield Statement(Form.EXPLAINED, (LUNG_OPACITY, name), side)


def _with_sides(form: Form, name: str, *, sided: bool) -> Iterator[Statement]:
    yield Statement(form, (name,))
    if sided:
        yield Statement(form, (name,), open_side=True)
        yield from (Statement(form, (name,), side) for side in Laterality)


def taken(films: Iterable[Projection]) -> Taken:
    """The technique of films in any order, each projection once."""
    there = set(films)
    return Taken(tuple(view for view in Projection if view in there))


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


# --- files --------------------------------------------------------------------------------------


@cache
def languages() -> Mapping[str, str]:
    """What each language that has a file calls itself, by its code; English first."""
    codes = sorted((path.stem for path in FOLDER.glob("*.toml")), key=lambda code: code != ENGLISH)
    return MappingProxyType({code: phrases(code).name for code in codes})


def known_language(code: str) -> str:
    """The code of a language that has a file, such as ``ta`` for ``ta_IN``; else English."""
    short = code.replace("_", "-").split("-")[0].lower()
    return short if short in languages() else ENGLISH


@cache
def phrases(code: str) -> Phrases:
    """Read the file of one language.

    Raises
    ------
    FileNotFoundError
        If it has none; ask `languages` or `known_language` first.
    """
    text = (FOLDER / f"{code}.toml").read_text(encoding="utf-8")
    document = tomllib.loads(unicodedata.normalize("NFC", text))
    return Phrases(
        code=code,
        name=document["language"]["name"],
        english=document["language"]["english"],
        placeholder=document["language"]["placeholder"],
        nouns=document["nouns"],
        forms={form: document[form.value] for form in Form},
        technique=document["technique"],
        comparison=document["comparison"],
    )
