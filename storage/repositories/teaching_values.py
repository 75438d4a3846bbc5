"""Answers and scores of blind reads as plain JSON values, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from core.domain.finding import Laterality
from core.domain.teaching import (
    Answer,
    AnsweredFinding,
    FindingScore,
    Mark,
    MarkScore,
    ReadScore,
)

Values = dict[str, Any]


def answer_values(answer: Answer) -> Values:
    return asdict(answer)


def answer_of(values: Mapping[str, Any]) -> Answer:
    return Answer(
        findings=tuple(_answered(item) for item in values["findings"]),
        marks=tuple(Mark(**item) for item in values["marks"]),
        impression=values["impression"],
    )


def score_values(score: ReadScore) -> Values:
    return asdict(score)


def score_of(values: Mapping[str, Any]) -> ReadScore:
    return ReadScore(
        **{
            **values,
            "findings": tuple(FindingScore(**item) for item in values["findings"]),
            "marks": tuple(_marked(item) for item in values["marks"]),
            "worded": tuple(values["worded"]),
            "unworded": tuple(values["unworded"]),
            "misworded": tuple(values["misworded"]),
        }
    )


def _answered(item: Mapping[str, Any]) -> AnsweredFinding:
    side = item["laterality"]
    return AnsweredFinding(item["name"], item["certainty"], Laterality(side) if side else None)


def _marked(item: Mapping[str, Any]) -> MarkScore:
    return MarkScore(Mark(**item["mark"]), item["hit"], item["distance"], item["in_mm"])
