"""The whole path as commands: each of them is one that the program knows."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from benchmarks.writer_run import Stage, stages
from core.evaluation.__main__ import COMMANDS as MEASURING
from core.training.__main__ import COMMANDS as TRAINING

STAGES = stages(Path("films"), Path("work"), 4, (2, 3))


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.words[1] + stage.words[2])
def test_every_command_is_understood(stage: Stage) -> None:
    words = stage.words
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    for command in TRAINING if words[1] == "core.training" else MEASURING:
        command.add(commands)
    parser.parse_args(words[2:])


def test_what_one_stage_makes_the_next_one_takes() -> None:
    phantoms, films, first, second, measured = (stage.words for stage in STAGES)

    def out(words: tuple[str, ...]) -> str:
        return words[words.index("--out") + 1]

    assert first[first.index("--corpus") + 1] == out(phantoms)
    assert second[second.index("--corpus") + 1] == out(films)
    assert second[second.index("--start") + 1] == out(first)
    assert measured[measured.index("--models") + 1].split(",")[0] == out(second)
    assert measured[measured.index("--corpus") + 1] == out(films)
