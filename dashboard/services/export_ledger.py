"""The lines that one study gives to each file of an export.

``chat.jsonl`` and ``preferences.jsonl`` ask what a model that writes is asked for a draft
(`core.reporting.draft_prompt`), in the shapes that `trl` takes for conversations with pictures:
``messages``, or ``prompt``, ``chosen`` and ``rejected``, beside ``images``, which names the files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.domain.correction import Correction
from core.domain.report import Sections
from core.models.language.catalogue import prompt_text
from core.reporting.draft_prompt import draft_prompt
from core.training.corpus.sources.ledger import IMAGES, SCHEMA
from dashboard.services.export_labels import label_cells
from dashboard.services.export_split import Pseudonyms
from dashboard.services.export_study import Searched

PROMPT = "report.txt"
"""What the shipped entries of models that converse are asked."""


@dataclass(frozen=True)
class Named:
    """How one study is called in an export: its film's digest, its patient, the patient's side."""

    image: str
    patient: str
    split: str

    @property
    def columns(self) -> dict[str, Any]:
        return {"image": self.image, "patient": self.patient, "split": self.split}


def ledger_line(of: Searched, named: Named) -> str:
    """Return the line of a corpus' source; see `core.training.corpus.sources.ledger`."""
    sections = {"findings": of.sections.findings, "impression": of.sections.impression}
    return _line(
        {
            "patient": named.patient,
            "schema": SCHEMA,
            "split": named.split,
            "sections": sections,
            "images": [named.image],
        }
    )


def chat_line(of: Searched, named: Named) -> str:
    """Return the request for a draft with the film, and the signed report as its answer."""
    messages = [_asked(of), _said(answer(of.sections))]
    return _line({**named.columns, "images": [_file(named)], "messages": messages})


def preference_line(of: Searched, named: Named) -> str | None:
    """Return the signed report as preferred to the draft; ``None`` where they do not differ."""
    if of.draft is None:
        return None
    chosen, rejected = answer(of.sections), answer(of.draft.sections)
    if not rejected or chosen.split() == rejected.split():
        return None
    return _line(
        {
            **named.columns,
            "images": [_file(named)],
            "prompt": [_asked(of)],
            "chosen": [_said(chosen)],
            "rejected": [_said(rejected)],
        }
    )


def label_row(of: Searched, named: Named) -> dict[str, str]:
    """Return the row of the table of labels.

    What was written before the draft was seen counts before what was signed after it: a draft must
    not confirm itself.
    """
    alone = bool(of.before_reveal.findings or of.before_reveal.impression)
    cells = label_cells(of.before_reveal if alone else of.sections)
    return {**named.columns, "before_reveal": "1" if alone else "0", **cells}


def correction_line(of: Searched, named: Named, names: Pseudonyms) -> str | None:
    """Return what the reader changed, and how; ``None`` where there was no draft to change."""
    if of.model is None:
        return None
    reading = of.reading
    return _line(
        {
            **named.columns,
            "schema": SCHEMA,
            "reader": names.reader(of.reader),
            "model": {"name": of.model.name, "digest": of.model.digest},
            "seconds_reading": _rounded(reading.seconds_reading if reading else None),
            "seconds_editing": _rounded(reading.seconds_editing if reading else None),
            "reason": reading.reason.value if reading else "",
            "reason_text": reading.reason_text if reading else "",
            "before_reveal": _sections(of.before_reveal),
            "sentences": [_sentence(each) for each in of.corrections if each.kind == "sentence"],
            "findings": [_finding(each) for each in of.corrections if each.kind == "finding"],
        }
    )


def answer(sections: Sections) -> str:
    """Return a report under the headings that the request names."""
    parts = {"FINDINGS": sections.findings, "IMPRESSION": sections.impression}
    return "\n\n".join(f"{head}: {text.strip()}" for head, text in parts.items() if text.strip())


def _asked(of: Searched) -> Mapping[str, Any]:
    prompt = draft_prompt(prompt_text(PROMPT), of.study, of.film.projection, converses=True)
    (turn,) = prompt.turns
    return {
        "role": turn.speaker.value,
        "content": [{"type": "image"}, {"type": "text", "text": turn.text}],
    }


def _said(text: str) -> Mapping[str, Any]:
    return {"role": "assistant", "content": [{"type": "text", "text": text}]}


def _file(named: Named) -> str:
    return f"{IMAGES}/{named.image}.png"


def _sections(sections: Sections) -> dict[str, str] | None:
    texts = {"findings": sections.findings, "impression": sections.impression}
    return texts if any(texts.values()) else None


def _sentence(each: Correction) -> dict[str, Any]:
    return {
        "section": each.section,
        "change": each.change,
        "before": each.before,
        "after": each.after,
        "natures": list(each.natures),
    }


def _finding(each: Correction) -> dict[str, Any]:
    return {
        "finding": each.finding or "",
        "change": each.change,
        "before": each.before,
        "after": each.after,
        "detail": each.detail,
        "natures": list(each.natures),
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 1)


def _line(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False) + "\n"
