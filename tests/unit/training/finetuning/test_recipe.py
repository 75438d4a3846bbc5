"""What a recipe may ask for, and what contradicts itself."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from core.domain.training_errors import RecipeError
from core.training.finetuning import base
from core.training.finetuning.recipe import (
    RECIPES,
    FineTuning,
    documentation,
    open_recipe,
    read_recipe,
)


def test_the_original_is_what_the_first_project_ran() -> None:
    original = RECIPES["original"]
    assert (original.r, original.alpha, original.dropout, original.bias) == (16, 16, 0.0, "none")
    assert (original.language_layers, original.vision_layers) == (True, False)
    assert original.attention and original.mlp and original.gradient_checkpointing
    assert (original.batch, original.accumulation, original.warmup_steps) == (2, 4, 5)
    assert (original.steps, original.learning_rate, original.seed) == (100, 2e-4, 3407)
    assert (original.quantization, original.optimizer) == ("nf4", "adamw_8bit")
    assert (original.weight_decay, original.schedule, original.max_length) == (0.01, "linear", 2048)
    assert original.loss == "answer"


def test_every_field_says_its_reason() -> None:
    assert set(documentation()) == {each.name for each in fields(FineTuning)}
    assert all(reason.endswith(".") for _unit, reason in documentation().values())


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_recipes_come_back_from_what_a_run_keeps(name: str) -> None:
    assert read_recipe(RECIPES[name].document()) == RECIPES[name]
    assert RECIPES[name].name == name


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"warmup_steps": 101}, "warm-up"),
        ({"learning_rate": 0.0}, "teaches nothing"),
        ({"method": "full"}, "cannot be trained whole"),
        ({"language_layers": False}, "neither language"),
        ({"attention": False, "mlp": False}, "neither attention"),
        ({"bias": "all"}, "bias"),
        ({"quantization": "int8", "compute": "fp16"}, "overflow"),
        ({"language_layers": False, "vision_layers": True, "loss": "whole_text"}, "words"),
        ({"r": 0}, "r lies between"),
        ({"dropout": float("nan")}, "dropout lies between"),
        ({"steps": "100"}, "wrong kind"),
        ({"batch": True}, "wrong kind"),
        ({"loss": "all"}, "loss is one of"),
        ({"rank": 16}, "no field rank"),
    ],
)
def test_contradictions_are_refused_in_a_sentence(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(RecipeError, match=said) as caught:
        open_recipe("original", **changed)
    facts = caught.value.facts
    assert facts["template"].format(**facts["named"]) == facts["reason"]


def test_a_file_of_fields_is_a_recipe(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("r = 4\nlearning_rate = 1\n")
    recipe = open_recipe(str(path), steps=9, warmup_steps=1)
    assert (recipe.r, recipe.learning_rate, recipe.steps) == (4, 1.0, 9)
    assert open_recipe(str(path)).name == open_recipe(str(path), r=4, seed=3407).name == "mine"


def test_nothing_is_called_by_the_name_of_what_it_is_not(tmp_path: Path) -> None:
    assert open_recipe("original", steps=100).name == "original"
    assert open_recipe("original", steps=99).name == "original, changed"
    path = tmp_path / "original.toml"
    path.write_text("r = 4\n")
    assert open_recipe(str(path)).name == "original, changed"
    path = tmp_path / "mine.toml"
    path.write_text("r = 4\n")
    assert open_recipe(str(path), r=8).name == "mine, changed"
    changed = open_recipe("small", seed=1)
    assert read_recipe(changed.document()) == changed


@pytest.mark.parametrize("text", ["r = ", "r = 4\nrank = 2", "r = 1979-05-27"])
def test_files_that_are_no_recipe_are_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(RecipeError):
        open_recipe(str(path))


def test_names_and_files_that_are_not_there_are_refused(tmp_path: Path) -> None:
    for name in ("nobody", str(tmp_path / "nowhere.toml")):
        with pytest.raises(RecipeError):
            open_recipe(name)


def test_what_the_machine_cannot_do_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RecipeError, match="4-bit already"):
        base.check_machine(RECIPES["small"], "nf4")
    with pytest.raises(RecipeError, match="fp16 arithmetic needs a GPU"):
        base.check_machine(open_recipe("small", compute="fp16"))
    monkeypatch.setattr(base, "find_spec", lambda _name: None)
    with pytest.raises(RecipeError, match="bitsandbytes"):
        base.check_machine(RECIPES["original"])
    base.check_machine(RECIPES["small"])
