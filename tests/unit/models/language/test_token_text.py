"""Text that grows token by token: nothing is taken back, and each token knows its characters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.models.language.token_text import TokenText
from tests import tiny_tokenizers

TAMIL = "இடது நுரையீரல் 🫁 தெளிவு."


@pytest.fixture(scope="module", params=["qwen2", "mistral", "bert"])
def tokenizer(request: pytest.FixtureRequest) -> Any:
    made = getattr(tiny_tokenizers, request.param)()
    return made[0] if isinstance(made, tuple) else made


def decoder(tokenizer: Any) -> Callable[[Sequence[int]], str]:
    return lambda tokens: tokenizer.decode(
        tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
    )


def grown(tokenizer: Any, tokens: Sequence[int]) -> tuple[TokenText, list[str]]:
    pieces: list[str] = []
    text = TokenText(decoder(tokenizer), pieces.append)
    for token in tokens:
        text.add(token)
    return text, pieces


def test_the_pieces_joined_are_what_the_tokens_say(tokenizer: Any) -> None:
    words = "there is a small left pleural effusion. the heart is enlarged."
    tokens = tokenizer(words, add_special_tokens=False)["input_ids"]
    text, pieces = grown(tokenizer, tokens)
    assert text.text == "".join(pieces) == decoder(tokenizer)(tokens) == words
    assert len(pieces) > 5 and len(text) == len(tokens)


def test_spans_of_words_follow_each_other_without_gaps(tokenizer: Any) -> None:
    tokens = tokenizer("small effusion. the heart", add_special_tokens=False)["input_ids"]
    text, _ = grown(tokenizer, tokens)
    assert text.spans[0][0] == 0 and text.spans[-1][1] == len(text.text)
    for (_, end), (start, _) in zip(text.spans, text.spans[1:], strict=False):
        assert end == start
    token_of = {text.text[first:last].strip(): n for n, (first, last) in enumerate(text.spans)}
    assert {"effusion", "heart"} <= set(token_of)


@pytest.mark.parametrize("kind", ["qwen2", "mistral"])
def test_a_character_of_many_tokens_comes_whole_and_belongs_to_each_of_them(kind: str) -> None:
    tokenizer, _ = getattr(tiny_tokenizers, kind)()
    tokens = tokenizer(TAMIL, add_special_tokens=False)["input_ids"]
    text, pieces = grown(tokenizer, tokens)
    assert text.text == "".join(pieces) == TAMIL
    assert all("\ufffd" not in piece and piece for piece in pieces)
    assert all(last > first for first, last in text.spans)
    lung = TAMIL.index("🫁")
    makers = [n for n, (first, last) in enumerate(text.spans) if first <= lung < last]
    assert len(makers) == 4  # its four bytes
    assert {text.spans[n] for n in makers} == {(lung, lung + 1)}


def test_a_token_that_ends_one_character_and_begins_another_belongs_to_both() -> None:
    content = {0: b"\xe0\xae", 1: b"\x87\xe0", 2: b"\xae\x9f"}

    def decode(tokens: Sequence[int]) -> str:
        return b"".join(content[token] for token in tokens).decode("utf-8", errors="replace")

    pieces: list[str] = []
    text = TokenText(decode, pieces.append)
    for token in range(3):
        text.add(token)
    assert pieces == ["இ", "ட"]
    assert text.spans == ((0, 1), (0, 2), (1, 2))


def test_a_character_cut_in_two_by_the_end_is_left_out() -> None:
    tokenizer, _ = tiny_tokenizers.qwen2()
    tokens = tokenizer("lungs 🫁", add_special_tokens=False)["input_ids"]
    text, pieces = grown(tokenizer, tokens[:-1])
    assert text.text == "".join(pieces) == "lungs "
    assert text.spans[-1] == (len(text.text), len(text.text))


def test_control_tokens_write_nothing(tokenizer: Any) -> None:
    end = tokenizer.eos_token_id if tokenizer.eos_token_id is not None else tokenizer.sep_token_id
    tokens = tokenizer("the heart", add_special_tokens=False)["input_ids"]
    text, _ = grown(tokenizer, [*tokens, end])
    assert text.text == "the heart" and text.spans[-1] == (9, 9)


@pytest.mark.parametrize("kind", ["qwen2", "mistral"])
@settings(max_examples=60, deadline=None)
@given(words=st.text(st.characters(codec="utf-8", exclude_characters="\ufffd▁"), max_size=30))
def test_any_text_comes_back_whole(kind: str, words: str) -> None:
    tokenizer, _ = made(kind)
    tokens = tokenizer(words, add_special_tokens=False)["input_ids"]
    text, pieces = grown(tokenizer, tokens)
    assert text.text == "".join(pieces) == decoder(tokenizer)(tokens)
    covered = {place for first, last in text.spans for place in range(first, last)}
    assert covered == set(range(len(text.text)))


_MADE: dict[str, Any] = {}


def made(kind: str) -> Any:
    if kind not in _MADE:
        _MADE[kind] = getattr(tiny_tokenizers, kind)()
    return _MADE[kind]


def test_a_decoder_that_changes_its_mind_takes_nothing_back() -> None:
    said = iter(["do", "do n", "don't", "don't."])
    pieces: list[str] = []
    text = TokenText(lambda _: next(said), pieces.append)
    for token in range(4):
        text.add(token)
    assert text.text == "".join(pieces) == "do nt."
