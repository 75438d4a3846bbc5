"""Evaluations of drafts that never were, in the layout of `core.evaluation.drafts`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from core.evaluation.drafts.figures import CRITICAL, FIGURES, HEADLINES
from core.evaluation.drafts.measured import (
    TEXTS,
    Difference,
    Measured,
    Role,
    System,
    write_measured,
)
from core.models.base import Interval

DIGEST = "ab" * 32
MODEL, OTHER, NEIGHBOUR, NORMAL = "small-writer", "template", "nearest-neighbour", "normal-report"
TITLES = {
    MODEL: "Small writer, 400 steps",
    OTHER: "Drafts from the embedded classifier",
    NEIGHBOUR: "nearest neighbour",
    NORMAL: "most frequent normal report",
}
BASELINES = (NEIGHBOUR, NORMAL)
MADE = "2026-11-26T10:00:00+00:00"
NOT_MEASURED = {"semantic_similarity": "no sentence encoder was named"}


def figures(level: float, *, without: tuple[str, ...] = ()) -> dict[str, Interval | None]:
    """Every figure near a level in [0, 1]; those ``without`` are undefined."""
    found: dict[str, Interval | None] = {}
    for figure in FIGURES:
        scale = {"s": 10.0, "bytes": 4e9, "tokens/s": 40.0, "score": 2.0}.get(figure.unit, 1.0)
        spread = 0.0 if figure.unit == "bytes" else 0.05
        value = Interval(scale * level, scale * (level - spread), scale * (level + spread), 240)
        found[figure.name] = None if figure.name in without else value
    found["failed_share"] = Interval(0.0, 0.0, 0.0, 240)
    for name in NOT_MEASURED:
        del found[name]
    return found


def findings(level: float) -> dict[str, dict[str, Any]]:
    """Rates of the critical five, and of one finding that no reference states."""
    rate = Interval(level, level - 0.1, level + 0.1, 240)
    told = {"precision": rate, "recall": rate, "f1": rate, "positives": 31}
    none = {"precision": None, "recall": None, "f1": None, "positives": 0}
    return {**{name: dict(told) for name in CRITICAL}, "hernia": none}


def system(name: str, level: float, title: str = "", digest: str = "") -> System:
    return System(
        name=name,
        title=title or TITLES.get(name, name),
        role=Role.BASELINE if name in BASELINES else Role.MODEL,
        digest=digest or (DIGEST if name == MODEL else ""),
        versions={"precision": "fp32", "device": "cpu"},
        figures=figures(level, without=("side_accuracy",) if name == NORMAL else ()),
        findings=findings(level),
    )


def differences(systems: tuple[System, ...], half_width: float = 0.06) -> tuple[Difference, ...]:
    """Every pair on every headline figure: significant where the levels are further apart."""
    found: list[Difference] = []
    for place, first in enumerate(systems):
        for second in systems[place + 1 :]:
            for figure in HEADLINES:
                ours, theirs = first.figures.get(figure), second.figures.get(figure)
                if ours is not None and theirs is not None:
                    by = ours.value - theirs.value
                    interval = Interval(by, by - half_width, by + half_width, 240)
                    found.append(Difference(first.name, second.name, figure, interval))
    return tuple(found)


def four_systems() -> tuple[System, ...]:
    levels = {MODEL: 0.42, OTHER: 0.40, NEIGHBOUR: 0.28, NORMAL: 0.12}
    return tuple(system(name, level) for name, level in levels.items())


def write_evaluation(
    folder: Path,
    systems: tuple[System, ...] = (),
    made: str = MADE,
    samples: int = 3,
    split: str = "validation",
    source: str = "films",
) -> Measured:
    """A whole evaluation with its texts."""
    systems = systems or four_systems()
    measured = Measured(
        folder=folder,
        made=made,
        command="python -m core.evaluation drafts --models small-writer --corpus films",
        corpus={
            "name": "films",
            "source": source,
            "digest": "cd" * 32,
            "split": split,
            "samples": 240,
            "groups": 198,
        },
        machine={"processor": "two cores", "device": "cpu", "python": "3.11"},
        systems=systems,
        differences=differences(systems),
        not_measured=NOT_MEASURED,
    )
    write_measured(measured)
    write_texts(folder, systems, samples)
    return measured


def write_texts(folder: Path, systems: tuple[System, ...], samples: int) -> None:
    """``texts.jsonl``: the plan, samples, systems, then a text of each for each sample."""
    rows: list[dict[str, Any]] = [
        {"row": "plan", "corpus": {}, "command": "", "machine": {}, "versions": {}}
    ]
    for place in range(samples):
        rows.append(
            {
                "row": "sample",
                "sample": f"film-{place}",
                "group": f"patient-{place}",
                "kind": "describe",
                "question": "Describe the <film>.",
                "reference": f"Reference {place}: a *large* effusion <b>left</b>.",
                "caption": "A large effusion.",
            }
        )
    for each in systems:
        for place in range(samples):
            failed = "out_of_memory" if (each.name, place) == (MODEL, 1) else ""
            rows.append(
                {
                    "row": "text",
                    "system": each.name,
                    "sample": f"film-{place}",
                    "text": "" if failed else f"{each.name} wrote {place} <script>x</script>",
                    "seconds": 0.5,
                    "tokens": None,
                    "memory_bytes": None,
                    "failed": failed,
                }
            )
    lines = (json.dumps(row, ensure_ascii=False) for row in rows)
    (folder / TEXTS).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def write_run(
    folder: Path,
    digest: str = DIGEST,
    trained: int = 1_200_000,
    total: int = 30_000_000,
    losses: tuple[float, ...] = (5.2, 2.1, 1.3),
    base: str = "",
    corpus: str = "cd" * 32,
) -> None:
    """A finished run, in the layout of `core.training.finetuning.runs`."""
    folder.mkdir(parents=True)
    run = {
        "model": {"name": "small-writer", "digest": base, "architecture": "encoder_decoder"},
        "corpus": {"name": "films", "digest": corpus, "samples": 1900},
        "recipe": {"name": "small", "steps": len(losses)},
        "backend": "transformers",
        "parameters": {"trained": trained, "total": total},
        "environment": {"device": "cpu"},
        "started": MADE,
        "command": "python -m core.training writer",
    }
    state = {"state": "done", "step": len(losses), "steps": len(losses), "updated": MADE}
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    (folder / "state.json").write_text(
        json.dumps({**state, "weights_sha256": digest}), encoding="utf-8"
    )
    steps = [
        {
            "step": place,
            "loss": loss,
            "learning_rate": 1e-4,
            "seconds": 1.0,
            "tokens_per_second": 90.0,
        }
        for place, loss in enumerate(losses, 1)
    ]
    lines = "".join(f"{json.dumps(step)}\n" for step in steps)
    (folder / "history.jsonl").write_text(lines, encoding="utf-8")
