"""A corpus that does not fit into a recipe's sequences is told before weights are read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from core.domain.training_errors import RecipeError
from core.models.torchvision_guard import ensure_torchvision
from core.training.finetuning.lengths import check_lengths, extremes
from core.training.finetuning.recipe import RECIPES
from tests import tiny_models
from tests.small_corpus import small_corpus

ensure_torchvision()

SMALL = RECIPES["small"]


def test_films_at_the_ends_of_a_corpus_are_asked_about() -> None:
    widths, heights = np.array([90, 40, 300, 100, 500]), np.array([100, 100, 100, 100, 400])
    assert extremes(widths, heights) == [1, 2, 3, 4]
    assert extremes(np.array([], int), np.array([], int)) == []


def test_the_length_that_is_needed_is_named(
    tiny_checkpoint: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.training.corpus.folder import TRAIN
    from core.training.finetuning import base

    def no_weights(*_: Any) -> Any:
        raise AssertionError("weights were read")

    monkeypatch.setattr(base, "load_base", no_weights)
    checkpoint = tiny_models.checkpoint("qwen2_vl", tiny_checkpoint("qwen2_vl"))
    rows = small_corpus(tmp_path / "corpus").split(TRAIN)
    check_lengths(checkpoint, SMALL, rows)
    with pytest.raises(RecipeError, match="max_length is 8") as caught:
        check_lengths(checkpoint, replace(SMALL, max_length=8), rows)
    needed = int(re.findall(r"max_length of (\d+) is needed", str(caught.value))[0])
    check_lengths(checkpoint, replace(SMALL, max_length=needed), rows)
    facts = caught.value.facts
    assert facts["template"].format(**facts["named"]) == facts["reason"]


def test_a_square_film_is_more_to_llava_than_the_original_recipe_takes(tmp_path: Path) -> None:
    """The processor of the published shape, without a weight."""
    from benchmarks import random_weights
    from core.training.corpus.folder import TRAIN
    from core.training.finetuning.parameters import config_of, shapes

    shape = next(shape for shape in shapes() if shape.name.startswith("llava"))
    config = config_of(shape)
    random_weights._processor(config).save_pretrained(tmp_path / "model")
    config.save_pretrained(tmp_path / "model")
    checkpoint: Any = SimpleNamespace(folder=tmp_path / "model")
    rows = small_corpus(tmp_path / "corpus", 2, 1120).split(TRAIN)
    original = RECIPES["original"]
    with pytest.raises(RecipeError, match=r"max_length is 2048; .* is needed") as caught:
        check_lengths(checkpoint, original, rows)
    assert 2928 < int(caught.value.facts["named"]["tokens"]) < 3100
    check_lengths(checkpoint, replace(original, max_length=4096), rows)
