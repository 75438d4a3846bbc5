"""What a language model is given for one answer: this study, this conversation, and nothing else.

Report and tags are text that anybody may have written. They are quoted as JSON, their control
tokens are broken, and no other study is ever at hand to leak: the prompt is made from one
`StudyContext` alone.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from core.domain.conversation import Audience, Level, Message, Role
from core.models.drafter import Prompt, Speaker, Turn
from core.reporting.identity import Identity, identity_pattern
from core.reporting.study_context import StudyContext

PROMPTS = Path(__file__).parent / "prompts"
REMOVED = "[removed]"

_LEVELS = {
    Level.SHORT: "a reader of twelve years",
    Level.FULLER: "an adult without medical training",
}
# Chat templates turn these back into tokens that end a turn, open another or stand for a picture.
_ANGLED = re.compile(r"<[|/\w｜▁][^<>\s]{0,80}>")
_BRACKETED = re.compile(r"\[/?[A-Z_]{2,32}\]")
# Line breaks, and the joiners that some scripts are written with.
_KEPT = "\n\t\u200c\u200d"
_FENCES = str.maketrans({"<": "‹", ">": "›", "[": "⟦", "]": "⟧"})


def conversation_prompt(
    context: StudyContext,
    earlier: Sequence[Message],
    question: Message,
    *,
    language: str,
    identity: Iterable[Identity] = (),
) -> Prompt:
    """Frame a question with the study that it is about.

    Parameters
    ----------
    earlier : sequence of Message
        Of this conversation, oldest first. A patient's answer rests on the patient's own
        conversation and the signed report; a reader's on all of it and the findings too.
    language : str
        Name of the language to answer in.
    identity : iterable of str or date
        Names, numbers and birth date of the patient, which are taken out wherever they are
        recognised; see `core.reporting.identity`.

    Returns
    -------
    Prompt
        Each question and answer is a turn; the record of the study opens the first one.
    """
    for_patient = question.audience is Audience.PATIENT
    name = "conversation_patient" if for_patient else "conversation_reader"
    system = _file(name).format(language=language, level=_LEVELS[question.level])
    remove = remover(identity)
    told = [item for item in earlier if not for_patient or item.audience is Audience.PATIENT]
    spoken = [_turn(item, remove) for item in (*told, question) if item.text or item.whole_report]
    record = json.dumps(_record(context, for_patient, remove), ensure_ascii=False, indent=1)
    first = Turn(spoken[0].speaker, f"Record of the study, quoted:\n{record}\n\n{spoken[0].text}")
    return Prompt((first, *spoken[1:]), system)


def prompt_digest(prompt: Prompt) -> str:
    """SHA-256 over all the text of a prompt."""
    turns = [[turn.speaker.value, turn.text] for turn in prompt.turns]
    canonical = json.dumps([prompt.system, turns], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def harmless(text: str) -> str:
    """Return a text whose control tokens and control characters are broken, else as it is."""
    kept = "".join(
        char for char in text if char in _KEPT or unicodedata.category(char) not in ("Cc", "Cf")
    )
    broken = _ANGLED.sub(lambda match: match.group().translate(_FENCES), kept)
    return _BRACKETED.sub(lambda match: match.group().translate(_FENCES), broken)


def _record(context: StudyContext, for_patient: bool, remove: Remover) -> dict[str, object]:
    sections = {name: remove(text) for name, text in context.sections.as_dict().items() if text}
    record: dict[str, object] = {"report": sections, "signed": context.signed}
    if context.addenda:
        record["addenda"] = [remove(text) for text in context.addenda]
    if not for_patient:
        record["findings"] = [
            {"name": item.name, "certainty": item.certainty.value, "side": item.laterality}
            for item in context.findings
        ]
    return record


def _turn(message: Message, remove: Remover) -> Turn:
    speaker = Speaker.READER if message.role is Role.READER else Speaker.MODEL
    whole = message.whole_report and message.role is Role.READER
    return Turn(speaker, _file("explain_report") if whole else remove(message.text))


class Remover:
    """Takes a patient's identity out of a text, and makes the rest harmless; the text is NFC."""

    def __init__(self, pattern: re.Pattern[str] | None) -> None:
        self._pattern = pattern

    def __call__(self, text: str) -> str:
        plain = unicodedata.normalize("NFC", harmless(text))
        return plain if self._pattern is None else self._pattern.sub(REMOVED, plain)


def remover(identity: Iterable[Identity]) -> Remover:
    """Return what takes these names, numbers and dates out of a text."""
    return Remover(identity_pattern(identity))


@cache
def _file(name: str) -> str:
    return (PROMPTS / f"{name}.txt").read_text(encoding="utf-8").strip()
