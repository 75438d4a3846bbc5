"""Entries are data: what is shipped holds together, a user's own come on top, faults are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.domain.errors import ModelUnavailableError
from core.models.language.catalogue import (
    plain_name,
    prompt_text,
    read_catalogue,
    served_architectures,
    source_of,
    sources,
)

OWN = """
[[model]]
name = "our-qwen"
title = "Ours"
kind = "chat"
repository = "hospital/our-qwen"
prompt = "ours.txt"
architectures = ["Qwen9VLForConditionalGeneration"]
"""


def test_every_shipped_entry_can_be_read_and_its_prompt_is_there() -> None:
    catalogue = read_catalogue()
    assert catalogue.problems == ()
    names = [source.name for source in catalogue.sources]
    assert len(set(names)) == len(names) >= 9
    for source in catalogue.sources:
        assert source.beside is None
        assert bool(prompt_text(source.prompt)) == bool(source.prompt)
        assert served_architectures(source) or source.kind == "remote"
        # Memory would be told from a count without a unit to store it in.
        assert bool(source.stored) or not source.parameters


@pytest.mark.parametrize("name", ["qwen2-vl-2b", "llama-3.2-11b-vision"])
def test_a_shipped_model_of_the_hub_is_pinned_to_a_commit(name: str) -> None:
    source = source_of(name)
    assert len(source.revision) == 40 and source.licence and source.parameters > 10**9


def test_sizes_of_shipped_entries_agree_with_their_parameters() -> None:
    for source in sources():
        if source.size_bytes and source.stored in ("bf16", "fp16"):
            assert source.size_bytes == pytest.approx(2 * source.parameters, rel=0.01)


def test_a_fact_that_was_not_found_is_empty() -> None:
    source = source_of("blip-xray-report")
    facts = (source.revision, source.licence, source.parameters, source.size_bytes)
    assert facts == ("", "", 0, 0)


def test_a_new_model_is_an_entry_in_a_file_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(OWN, encoding="utf-8")
    (tmp_path / "ours.txt").write_text("Describe the film.\n", encoding="utf-8")
    for extra in (tmp_path, tmp_path / "ours.toml"):
        source = source_of("our-qwen", extra)
        assert source.beside == tmp_path
        assert served_architectures(source) == ("Qwen9VLForConditionalGeneration",)
        assert prompt_text(source.prompt, source.beside) == "Describe the film."
    assert len(sources(tmp_path)) == len(sources()) + 1


def test_an_entry_of_the_user_replaces_the_shipped_one(tmp_path: Path) -> None:
    own = OWN.replace("our-qwen", "qwen2-vl-2b", 1)
    (tmp_path / "ours.toml").write_text(own, encoding="utf-8")
    assert source_of("qwen2-vl-2b", tmp_path).repository == "hospital/our-qwen"
    assert len(sources(tmp_path)) == len(sources())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('name = "our-qwen"', 'name = "../../etc"'), "name"),
        (('kind = "chat"', 'kind = "pickle"'), "kind"),
        (('kind = "chat"', 'kind = "chat"\nrevision = "main"'), "revision"),
        (('prompt = "ours.txt"', 'prompt = "/etc/passwd"'), "prompt"),
        (('prompt = "ours.txt"', "colour = 3"), "colour"),
        (("hospital/our-qwen", "https://elsewhere/x"), "repository"),
        (("[[model]]", "[[model]"), "cannot be read"),
        (("[[model]]", "[[modell]]"), "holds no"),
    ],
)
def test_a_faulty_entry_is_named_and_the_others_stay(
    tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    (tmp_path / "bad.toml").write_text(OWN.replace(*change, 1), encoding="utf-8")
    (tmp_path / "good.toml").write_text(OWN, encoding="utf-8")
    catalogue = read_catalogue(tmp_path)
    assert [problem for problem in catalogue.problems if "bad.toml" in problem and said in problem]
    assert "our-qwen" in [source.name for source in catalogue.sources]


def test_where_an_entry_stands_is_not_for_the_entry_to_say(tmp_path: Path) -> None:
    own = OWN + 'beside = "/etc"\n'
    (tmp_path / "ours.toml").write_text(own, encoding="utf-8")
    assert source_of("our-qwen", tmp_path).beside == tmp_path


def test_what_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailableError, match="no model of this name"):
        source_of("gpt-17")
    with pytest.raises(ModelUnavailableError, match="prompt"):
        prompt_text("absent.txt", tmp_path)


def test_a_name_can_be_made_of_any_words() -> None:
    assert plain_name("Our Model, v2 (LoRA)/é") == "our-model-v2-lora"
