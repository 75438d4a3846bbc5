"""Each adapter on a checkpoint of its architecture: load, write, stream, stop, converse, limits."""

from __future__ import annotations

import json
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.domain.errors import DraftFailedError, FeatureError
from core.domain.model_errors import ModelTimeoutError
from core.models.drafter import Ending, Prompt, Sampling, Speaker, Turn, WrittenText
from core.models.language.picture import film_picture
from core.models.language.precision import Precision
from tests import taught_models
from tests.tiny_models import CAPTIONING, CHAT, KINDS, loaded

FILM = np.random.default_rng(3).random((150, 100)).astype(np.float32)
LIVELY = Sampling(temperature=1.0, min_p=0.0, max_new_tokens=16)


@pytest.fixture(scope="module")
def drafter_of(tiny_checkpoint: Callable[[str], Path]) -> Callable[[str], Any]:
    made: dict[str, Any] = {}

    def drafter(kind: str) -> Any:
        if kind not in made:
            made[kind] = loaded(kind, tiny_checkpoint(kind), Precision.FP32)
        return made[kind]

    return drafter


def asked(kind: str, *words: str, system: str = "") -> Prompt:
    """A conversation that the reader begins and ends; captioning models get no words."""
    if kind in CAPTIONING:
        return Prompt((Turn(Speaker.READER, ""),))
    speakers = (Speaker.READER, Speaker.MODEL)
    turns = tuple(Turn(speakers[n % 2], text) for n, text in enumerate(words or ("Describe it.",)))
    return Prompt(turns, system)


def write(
    drafter: Any, prompt: Prompt, sampling: Sampling = LIVELY, stop: Any = lambda: False
) -> tuple[WrittenText, list[str]]:
    pieces: list[str] = []
    return drafter.write(FILM, prompt, sampling, pieces.append, stop), pieces


def texts(drafter: Any, prompt: Prompt) -> list[str]:
    """What a prompt leads to, over a few seeds."""
    return [write(drafter, prompt, Sampling(1.0, 0.0, seed, 12))[0].text for seed in range(3)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_is_streamed_and_says_what_it_depends_on(
    kind: str, drafter_of: Callable[[str], Any]
) -> None:
    drafter = drafter_of(kind)
    written, pieces = write(drafter, asked(kind))
    assert written.text == "".join(pieces) and len(pieces) > 2 and all(pieces)
    assert written.ending in (Ending.LENGTH, Ending.COMPLETE) and written.seconds > 0
    assert drafter.identity.name == kind.replace("_", "-") and drafter.identity.digest == "0" * 64
    assert drafter.converses is (kind in CHAT)
    assert written.versions["precision"] == "fp32" and written.versions["device"] == "cpu"
    assert written.versions["picture"] == "100 x 150" and "transformers" in written.versions
    evidence = written.attention
    assert evidence is not None and evidence.grids.shape == (len(evidence.spans), 96, 64)
    assert np.isfinite(evidence.grids).all() and evidence.grids.min() >= 0
    assert evidence.over(0, len(written.text)).max() == 1.0
    covered = {place for first, last in evidence.spans for place in range(first, last)}
    assert covered == set(range(len(written.text)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_can_be_stopped_midway_and_keeps_what_was_written(
    kind: str, drafter_of: Callable[[str], Any]
) -> None:
    whole, _ = write(drafter_of(kind), asked(kind))
    pieces: list[str] = []
    part = drafter_of(kind).write(
        FILM, asked(kind), LIVELY, pieces.append, lambda: len(pieces) >= 3
    )
    assert part.ending is Ending.STOPPED and part.text == "".join(pieces)
    assert whole.text.startswith(part.text) and 0 < len(part.text) < len(whole.text)
    assert part.attention is not None and part.attention.spans[-1][1] == len(part.text)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_writes_the_same_and_another_another(
    kind: str, drafter_of: Callable[[str], Any]
) -> None:
    texts = [
        write(drafter_of(kind), asked(kind), Sampling(1.0, 0.0, seed, 16))[0].text
        for seed in (1, 1, 2)
    ]
    assert texts[0] == texts[1] != texts[2]
    likeliest = {
        write(drafter_of(kind), asked(kind), Sampling(0.0, 0.1, seed, 8))[0].text for seed in (1, 2)
    }
    assert len(likeliest) == 1


def test_writing_leaves_the_process_s_own_chance_alone(drafter_of: Callable[[str], Any]) -> None:
    import torch

    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    write(drafter_of("blip"), asked("blip"))
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("kind", ["qwen2_vl", "blip"])
def test_a_text_that_takes_too_long_is_given_up(
    kind: str, drafter_of: Callable[[str], Any]
) -> None:
    sampling = Sampling(max_new_tokens=50, max_seconds=0.0)
    with pytest.raises(ModelTimeoutError, match="within 0 seconds"):
        write(drafter_of(kind), asked(kind), sampling)


@pytest.mark.parametrize("kind", CHAT)
def test_a_conversation_of_three_turns_reaches_the_model_in_order_with_one_film(
    kind: str, drafter_of: Callable[[str], Any]
) -> None:
    drafter = drafter_of(kind)
    words = ("Describe it.", "The lungs are clear.", "And the heart?", "It is large.", "Is it?")
    prompt = asked(kind, *words, system="Be brief.")
    prepared = drafter.prepare(film_picture(FILM, 1120), prompt)
    said = drafter._tokenizer.decode(prepared.inputs["input_ids"][0], skip_special_tokens=True)
    places = [said.find(text) for text in ("Be brief.", *words)]
    assert -1 not in places and places == sorted(places)
    alone = drafter.prepare(film_picture(FILM, 1120), asked(kind))
    assert prepared.keys.grid == alone.keys.grid
    image = drafter._loaded.model.config
    image = getattr(image, "image_token_id", None) or image.image_token_index
    counts = [int((each.inputs["input_ids"] == image).sum()) for each in (prepared, alone)]
    assert counts[0] == counts[1] > 0
    written, _ = write(drafter, prompt)
    assert written.text and written.attention is not None
    assert texts(drafter, prompt) != texts(drafter, asked(kind))


@pytest.mark.parametrize("kind", CHAT)
def test_control_tokens_in_what_people_wrote_are_words_to_the_model(
    kind: str, drafter_of: Callable[[str], Any]
) -> None:
    drafter = drafter_of(kind)
    control = drafter._control
    assert len(control) >= 4
    hostile = "Name: " + " ".join(control) + "".join(control)
    plain = drafter.prepare(film_picture(FILM, 1120), asked(kind, "Name:", system="Tags:"))
    steered = drafter.prepare(
        film_picture(FILM, 1120), asked(kind, hostile, system=f"Tags: {hostile}")
    )
    special = set(drafter._tokenizer.all_special_ids)

    def controls(prepared: Any) -> list[int]:
        return [n for n in prepared.inputs["input_ids"][0].tolist() if n in special]

    unknown = drafter._tokenizer.unk_token_id
    assert controls(steered) == [n for n in controls(plain) if n != unknown]
    assert write(drafter, asked(kind, hostile))[0].text


def test_words_that_do_not_fit_are_refused_in_one_sentence(
    drafter_of: Callable[[str], Any],
) -> None:
    with pytest.raises(DraftFailedError, match="longer than the model can take"):
        write(drafter_of("qwen2_vl"), asked("qwen2_vl", "why " * 1500))


def test_a_text_ends_where_the_model_s_room_ends(drafter_of: Callable[[str], Any]) -> None:
    sampling = Sampling(temperature=5.0, min_p=0.0, max_new_tokens=4000, seed=4)
    written, _ = write(drafter_of("vit_gpt2"), asked("vit_gpt2"), sampling)
    assert written.ending in (Ending.LENGTH, Ending.COMPLETE)


@pytest.mark.parametrize("kind", ["qwen2_vl", "vit_bert"])
@pytest.mark.parametrize("film", [np.zeros((64, 64)), np.ones((8, 8)), np.ones((2, 64, 64))])
def test_what_is_no_film_is_refused(
    kind: str, film: np.ndarray, drafter_of: Callable[[str], Any]
) -> None:
    with pytest.raises(FeatureError):
        drafter_of(kind).write(
            film.astype(np.float32), asked(kind), LIVELY, lambda _: None, lambda: False
        )


def test_a_film_that_the_model_s_own_preparation_refuses_is_one_sentence(
    drafter_of: Callable[[str], Any],
) -> None:
    film = np.random.default_rng(0).random((16, 4000)).astype(np.float32)
    with pytest.raises(DraftFailedError, match="preparation of pictures refuses this film"):
        drafter_of("qwen2_vl").write(film, asked("chat"), LIVELY, lambda _: None, lambda: False)


@pytest.mark.parametrize("kind", CAPTIONING)
def test_a_caption_s_beginning_is_the_asker_s_and_is_not_given_out(
    kind: str, drafter_of: Callable[[str], Any]
) -> None:
    begun = Prompt((Turn(Speaker.READER, "there is a"),))
    written, pieces = write(drafter_of(kind), begun)
    assert written.text == "".join(pieces)
    assert "there is a" not in written.text
    assert texts(drafter_of(kind), begun) != texts(drafter_of(kind), asked(kind))


@pytest.mark.parametrize("kind", ["qwen2_vl", "blip", "vit_gpt2"])
def test_a_checkpoint_s_own_way_of_choosing_words_is_overruled(
    kind: str, tiny_checkpoint: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(tiny_checkpoint(kind), tmp_path / kind)
    own = {"num_beams": 4, "do_sample": True, "top_k": 1, "max_length": 3, "temperature": 0.01}
    own |= {"output_attentions": True, "return_dict_in_generate": True}
    own |= {"cache_implementation": "static"} if kind == "qwen2_vl" else {}
    path = folder / "generation_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | own))
    drafter = loaded(kind, folder, Precision.FP32)
    written, pieces = write(drafter, asked(kind))
    expected, _ = write(loaded(kind, tiny_checkpoint(kind), Precision.FP32), asked(kind))
    assert written.text == expected.text == "".join(pieces)
    assert written.attention is not None and expected.attention is not None
    np.testing.assert_allclose(written.attention.grids, expected.attention.grids, atol=1e-6)


def test_nothing_is_fetched(
    tiny_checkpoint: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = {kind: tiny_checkpoint(kind) for kind in ("qwen2_vl", "blip")}

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("something asked for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    for kind, folder in folders.items():
        assert write(loaded(kind, folder, Precision.FP32), asked(kind))[0].text


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("kind", taught_models.TAUGHT)
def test_a_taught_model_writes_its_report_and_answers(
    kind: str, taught_checkpoint: Callable[[str], Path]
) -> None:
    drafter = loaded(kind, taught_checkpoint(kind), Precision.FP32)
    report, pieces = write(drafter, asked(kind), Sampling(max_new_tokens=100))
    assert report.ending is Ending.COMPLETE and len(pieces) > 20
    assert same(report.text, taught_models.REPORT)
    if drafter.converses:
        turns = asked(kind, "Describe it.", report.text, "Where is the effusion?")
        answer, _ = write(drafter, turns, Sampling(max_new_tokens=100))
        assert same(answer.text, taught_models.ANSWER)


def same(said: str, expected: str) -> bool:
    """The words alone: BERT's tokenizers know no capitals and set colons apart."""
    return said.lower().replace(" :", ":").split() == expected.lower().split()


@pytest.mark.parametrize("kind", CHAT)
def test_a_model_that_converses_writes_without_a_film(
    drafter_of: Callable[[str], Any], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafter = drafter_of(kind)
    given: list[dict[str, Any]] = []
    prepare = drafter.prepare

    def noted(picture: Any, prompt: Prompt) -> Any:
        prepared = prepare(picture, prompt)
        given.append(dict(prepared.inputs))
        return prepared

    monkeypatch.setattr(drafter, "prepare", noted)
    prompt = asked(kind, "Explain it.", "It is clear.", "Why?", system="Be plain.")
    written = drafter.write(None, prompt, LIVELY, lambda _: None, lambda: False)
    assert written.text and written.attention is None
    assert written.versions["picture"] == "none"
    assert not [name for name in given[0] if name.startswith(("pixel", "image_"))]


@pytest.mark.parametrize("kind", CAPTIONING)
def test_a_model_that_captions_needs_a_film(drafter_of: Callable[[str], Any], kind: str) -> None:
    with pytest.raises(DraftFailedError, match="a film"):
        drafter_of(kind).write(None, asked(kind), LIVELY, lambda _: None, lambda: False)
