"""The card of relearned weights, written from their figures file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.training.card_figures import interval_text
from core.training.relearning.recipe import WHOLE

_PARTS = {
    "whole": "what each member says of the whole film; its maps are those of the parent",
    "head": "the head of each member, its maps too",
    "fuse": "the head of each member and the last stage of its trunk",
}


def write_card(document: Mapping[str, Any], path: Path) -> None:
    """Write the card as Markdown."""
    parts = (_head(document), _use(), _films(document), _figures(document), _limits(document))
    path.write_text("\n".join(parts).rstrip() + "\n", encoding="utf-8")


def _head(document: Mapping[str, Any]) -> str:
    from_ = document["relearned"]
    recipe = from_["recipe"]
    rehearsal = (
        f" Each rehearsed film counts {recipe['rehearsal']} of a film of the ledger."
        if from_["rehearsal_sha256"]
        else " No film was rehearsed."
    )
    return (
        f"# Model card: {document['name']}, relearned\n\n"
        f"Weights that learned from signed reports of one site. Parent: {from_['parent']}, SHA-256 "
        f"`{from_['parent_sha256']}`. Weights: `weights.safetensors`, SHA-256 "
        f"`{document['weights_sha256']}`. Labels: `labels.csv`, SHA-256 "
        f"`{from_['labels_sha256']}`, of which {from_['labels_before_reveal']} lines come from "
        "text written before the draft was seen.\n\n"
        f"Fitted again: {_PARTS[recipe['parts']]}. {recipe['epochs']} epochs, held to the old "
        f"weights by L2-SP (Li 2018) with {recipe['anchor']}.{rehearsal} Uncertain labels are left "
        f"out. Command: `{document['command']}`.\n"
    )


def _use() -> str:
    return (
        "## Intended use\n\n"
        "A draft for a qualified reader who looks at the same film, at the site whose reports it "
        "learned from. **Not a medical device; not for diagnosis without a qualified reader, not "
        "for triage.** Frontal films (PA, AP) of patients of 16 years and older.\n"
    )


def _films(document: Mapping[str, Any]) -> str:
    lines = ["## Films\n", "| source | learned from: films (patients) | frozen: films (patients) |"]
    lines.append("| --- | --- | --- |")
    split = document["split"]
    for source in sorted({*split["train"], *split["val"]}):
        cells = (_count(split[side].get(source)) for side in ("train", "val"))
        lines.append(f"| {source} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _count(entry: Mapping[str, int] | None) -> str:
    return f"{entry['films']} ({entry['patients']})" if entry else "-"


def _figures(document: Mapping[str, Any]) -> str:
    lines = [
        "## Figures on frozen patients\n",
        "95 % intervals are bootstrapped by patient. Points that were *kept* stand where the "
        "parent's stood on the raw score, without a calibration: too few films to choose them.\n",
        "| finding | positives | AUROC | sensitivity | specificity | points |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, entry in document["findings"].items():
        figures = (interval_text(entry[key]) for key in ("auroc", "sensitivity", "specificity"))
        lines.append(
            f"| {name} | {entry['positives']} | {' | '.join(figures)} | {entry['points']} |"
        )
    return "\n".join(lines) + "\n"


def _limits(document: Mapping[str, Any]) -> str:
    same = document["relearned"]["recipe"]["parts"] == WHOLE
    maps = (
        "Maps are those of the parent, and so is what was measured of them."
        if same
        else "Maps and sides were not measured again: no side is drafted, and maps are attention."
    )
    return (
        "## Limits\n\n"
        "- Labels are what readers of one site signed, read from text; readers who saw the draft "
        "may have followed it.\n"
        f"- {maps}\n"
        "- What the parent cannot see it has not learned to see: trunks are the parent's.\n"
    )
