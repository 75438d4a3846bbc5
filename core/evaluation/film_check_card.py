"""The card of the film check, written from its figures file so that the two cannot disagree."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from core.models.measured import CARD, MEASURED
from core.training.card import CITATIONS, SOURCES


def write_card(folder: Path) -> None:
    """Write ``card.md`` beside the ``measured.json`` of a film check that was measured."""
    document = json.loads((folder / MEASURED).read_text(encoding="utf-8"))
    parts = (_head(document), _films(document), _figures(document["figures"]), _LIMITS)
    (folder / CARD).write_text("\n".join(parts) + "\n", encoding="utf-8")


def _head(document: Mapping[str, Any]) -> str:
    points, side = document["points"], document["input_size"]
    return f"""# Model card: {document["name"]}

A network of {document["parameters"]:,} parameters that looks at a film of {side} x {side} pixels
before anything is drafted: is this a frontal chest film, how must it be turned to stand upright,
are its grey levels reversed? SHA-256 `{document["weights_sha256"]}`.
Every number below is copied from `measured.json`.

A film below the chest point {points["chest"]} gets no draft; a reader may have it drafted all the
same, and who did is kept. A turn is told from a score of {points["turn"]}, an inversion from
{points["inverted"]}; below them a film is read as it lies. **Not a medical device.** Mirrored films
pass: the check cannot tell left from right.

Command: `{document["command"]}`,
figures by `python -m core.evaluation film-check --data FOLDER --dicom FOLDER --write`.
"""


def _films(document: Mapping[str, Any]) -> str:
    lines = [
        f"| {SOURCES[name][0]} | {SOURCES[name][1]} | {count} |"
        for name, count in document["train_films"].items()
    ]
    cited = "\n".join(f"- {citation}" for citation in _cited(document["train_films"]))
    rules = document["rules"]
    return f"""## Films

| source | licence | train films |
| --- | --- | --- |
{chr(10).join(lines)}

Of the train patients one fold in {document["recipe"]["folds"]}
({document["films_for_points"]} films) was kept from the network and chose its points: at most
{100 * rules["false_rejects"]:g} % of these films refused, at most {100 * rules["false_turns"]:g} %
of those that lie as they should called turned or inverted. To these films come thorax phantoms.
What is no chest film was drawn by this project (limbs, abdomens, skulls, slices, ultrasound,
mammograms, pages, screens, textures, lateral phantoms), cut from chest films, or cropped from the
two sample photographs of scikit-learn (CC BY 2.0, danielbuechele and vultilion). No real film of
another body part was learned from.

{cited}
"""


def _cited(sources: Iterable[str]) -> list[str]:
    """The citations of these sources, which name them by author and year: *Wang 2017*."""
    named = re.findall(r"(\w+) (\d{4})", " ".join(SOURCES[source][2] for source in sources))
    return [
        citation
        for citation in CITATIONS
        if any(citation.startswith(f"{author} ") and year in citation for author, year in named)
    ]


def _figures(figures: Mapping[str, Any]) -> str:
    refused = [
        f"| {name} | {item['refused']} of {item['films']} | {item['patients']} "
        f"| {item['rate']['value']:.4f} ({item['rate']['low']:.4f} to {item['rate']['high']:.4f}) |"
        for name, item in figures["false_rejects"].items()
    ]
    poses = [
        f"| {name} | {'; '.join(f'{key} {value}' for key, value in item.items())} |"
        for name, item in figures["poses"].items()
    ]
    return f"""## Val films refused

Intervals of 95 %, by patient: bootstrap, or Clopper-Pearson where none was refused.

| source | refused | patients | share |
| --- | --- | --- | --- |
{chr(10).join(refused)}

## Val films in all eight ways to lie

| films | counts |
| --- | --- |
{chr(10).join(poses)}

## Other pictures let through

| pictures | passed |
| --- | --- |
{chr(10).join(_passed(figures))}
{_left_out(figures.get("dicom_left_out", {}))}"""


def _passed(figures: Mapping[str, Any]) -> list[str]:
    groups = {
        "drawn, a kind learned": figures["drawn_kinds_learned"],
        "drawn, a kind held out": figures["drawn_kinds_held_out"],
        "DICOM file": figures.get("dicom", {}),
    }
    return [
        f"| {group}: {name} | {count['passed']} of {count['pictures']} |"
        for group, part in groups.items()
        for name, count in part.items()
    ]


def _left_out(reasons: Mapping[str, int]) -> str:
    if not reasons:
        return ""
    counts = "; ".join(f"{reason} {count}" for reason, count in reasons.items())
    return f"\nDICOM files that were not tried: {counts}.\n"


_LIMITS = """## Limits

Real pictures of other body parts behind these figures are few, and none of them was a photograph
of a film held in a hand. Lateral films were learned from phantoms alone. The figures of phantoms
and drawn pictures are no clinical figures. A film that is cropped hard, or white on one side, may
be refused: the reader decides. The score is not a calibrated probability.
"""
