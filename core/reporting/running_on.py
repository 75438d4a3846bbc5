"""Where the text of a language model stops being one: its control tokens, and endless repeats.

What is kept is as it was written, letter by letter: places in it are places in the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.report import SECTION_LIMIT

LONGEST_ROUND = 60
"""Words of the longest stretch that is looked for again right behind itself."""
ROUNDS = 3
"""A stretch that comes this often in a row is a loop; of one or two words, once more."""

_TOKEN = (
    r"<\|[^<>|\n]{1,40}\|>|<｜[^<>｜\n]{1,40}｜>|</?s>|"
    r"</?(?:unk|pad|bos|eos|eot|mask|image|img|video|start_of_turn|end_of_turn|start_of_image|"
    r"end_of_image|image_soft_token|think)>|"
    r"\[/?INST\]|<</?SYS>>|\[(?:PAD|CLS|SEP|UNK|MASK|DEC|ENC|BOS|EOS)\]"
)
_TURN = r"^[ \t]*(?:USER|ASSISTANT|HUMAN|SYSTEM|User|Assistant|Human):"
_MARK = re.compile(rf"{_TOKEN}|{_TURN}", re.MULTILINE)
_BEFORE = re.compile(rf"(?:\s|{_TOKEN}|{_TURN})*", re.MULTILINE)
_THOUGHT = "</think>"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
# A word with a letter; "XXXX" stands for a word that was taken out of a published report.
_WORD = re.compile(r"(?!X+\b)\w*[^\W\d_]\w*")


@dataclass(frozen=True)
class Kept:
    """What of a written text is a report.

    Attributes
    ----------
    text : str
        ``written[start:start + len(text)]``, with control characters as blanks.
    marks, repeats, too_long : bool
        Why something was left out: control tokens, a loop, more than a section holds.
    """

    text: str
    start: int
    marks: bool = False
    repeats: bool = False
    too_long: bool = False


def keep(written: str) -> Kept:
    """Cut a written text where it repeats itself without end, or where its control tokens begin.

    Tokens before the first word are passed over, and so is what a model said to itself before it
    answered. A loop is kept once.
    """
    thought = written.rfind(_THOUGHT)
    head = _BEFORE.match(written, 0 if thought < 0 else thought + len(_THOUGHT))
    start = head.end() if head else 0
    mark = _MARK.search(written, start)
    end = mark.start() if mark else len(written)
    looped = _second_round(written, start, end)
    end = end if looped is None else looped
    too_long = end - start > SECTION_LIMIT
    text = written[start : min(end, start + SECTION_LIMIT)].rstrip()
    return Kept(
        text=_CONTROL.sub(" ", text),
        start=start,
        marks=bool(written[:start].strip())
        or mark is not None
        or _CONTROL.search(text) is not None,
        repeats=looped is not None,
        too_long=too_long,
    )


def _second_round(written: str, start: int, end: int) -> int | None:
    """Where the first loop begins its second round."""
    found = list(_WORD.finditer(written, start, end))
    place = _first_loop([match.group().casefold() for match in found])
    return None if place is None else found[place].start()


def _first_loop(words: Sequence[str]) -> int | None:
    """Index of the word that begins the second round of the loop that is over first."""
    places = (_loop_of(words, size) for size in range(1, min(LONGEST_ROUND, len(words)) + 1))
    return min((place for place in places if place is not None), default=None)


def _loop_of(words: Sequence[str], size: int) -> int | None:
    rounds = ROUNDS + 1 if size < 3 else ROUNDS
    same = 0
    for i in range(len(words) - size):
        same = same + 1 if words[i] == words[i + size] else 0
        if same == size * (rounds - 1):
            return i - same + 1 + size
    return None
