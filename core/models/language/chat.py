"""Every model that converses through a chat template: Llama Vision, LLaVA, Qwen2-VL, Gemma."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from jinja2 import TemplateError
from PIL import Image
from torch import nn

from core.domain.draft import ModelIdentity
from core.domain.errors import N_, DraftFailedError
from core.explain.attention import decoder_layers
from core.explain.patches import CHAT_LAYOUTS, Shown, chat_keys
from core.models.drafter import Prompt, Speaker, Turn
from core.models.language.generation import Loaded, LocalDrafter, Prepared

_MARKS = ("image_token", "video_token", "boi_token", "eoi_token", "audio_token")


class ChatDrafter(LocalDrafter):
    """A model with a processor and a chat template; see `LocalDrafter`.

    Parameters
    ----------
    identity : ModelIdentity
    loaded : Loaded
    processor
        Of transformers, for words and pictures.
    """

    converses = True

    def __init__(self, identity: ModelIdentity, loaded: Loaded, processor: Any) -> None:
        super().__init__(identity, loaded)
        self._processor = processor
        self._tokenizer = processor.tokenizer
        self._control = control_tokens(processor)
        known = loaded.model.config.model_type in CHAT_LAYOUTS
        self._layers = decoder_layers(loaded.model) if known else ()

    def prepare(self, picture: Image.Image | None, prompt: Prompt) -> Prepared:
        """Fill the chat template; a picture goes with the reader's first turn."""
        try:
            inputs = self._filled(self._messages(picture, prompt))
        except TemplateError:
            # Some templates take no system turn, or none beside a picture.
            inputs = self._filled(self._messages(picture, system_first(prompt)))
        tokens = int(inputs["input_ids"].shape[1])
        if picture is None:
            return Prepared(inputs, tokens, None)
        shown = Shown(self._loaded.model.config, inputs, (picture.height, picture.width))
        return Prepared(inputs, tokens, chat_keys(shown))

    def decode(self, tokens: Sequence[int]) -> str:
        return str(
            self._tokenizer.decode(
                tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
            )
        )

    def layers(self) -> tuple[nn.Module, ...]:
        return self._layers

    def ends(self) -> frozenset[int]:
        return end_tokens(self._loaded.model.generation_config.eos_token_id)

    def _messages(self, picture: Image.Image | None, prompt: Prompt) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = []
        if prompt.system:
            messages.append(_message("system", self._plain(prompt.system)))
        waiting = picture is not None
        for turn in prompt.turns:
            message = _message(turn.speaker.value, self._plain(turn.text))
            if waiting and turn.speaker is Speaker.READER:
                message["content"].insert(0, {"type": "image", "image": picture})
                waiting = False
            messages.append(message)
        return messages

    def _filled(self, messages: list[dict[str, Any]]) -> Any:
        try:
            return self._processor.apply_chat_template(
                messages,
                add_generation_prompt=True,
                tokenize=True,
                return_dict=True,
                return_tensors="pt",
            )
        except ValueError as error:
            # Such as Qwen2-VL's of pictures two hundred times as long as wide.
            reason = N_("the model's own preparation of pictures refuses this film")
            raise DraftFailedError(reason=reason) from error

    def _plain(self, text: str) -> str:
        return plain(text, self._control)


def control_tokens(processor: Any) -> tuple[str, ...]:
    """Return what steers a model when it stands in its prompt: turns, pictures, ends."""
    tokenizer = processor.tokenizer
    special = {str(token) for token in tokenizer.all_special_tokens}
    special |= {str(token) for token in tokenizer.added_tokens_decoder.values() if token.special}
    for holder in (processor, tokenizer):
        special |= {str(getattr(holder, name, None) or "") for name in _MARKS}
    return tuple(sorted((token for token in special if len(token) > 1), key=len, reverse=True))


def plain(text: str, control: Iterable[str]) -> str:
    """Return words that a model reads as words: no turn begins and no picture stands in them.

    Tags of a study and sentences of a report reach a prompt, and whoever wrote them could write
    a control token too. A space after its first character that is no blank makes it ordinary text.
    A token of less than two such characters cannot be parted and is left.

    It comes to an end: each turn of the loop widens the gap between two characters of the text
    that are no blanks, their number never changes, and no token fits a gap wider than itself.
    """
    parted = {token: _parted(token) for token in control if len("".join(token.split())) > 1}
    while found := next((token for token in parted if token in text), None):
        text = text.replace(found, parted[found])
    return text


def _parted(token: str) -> str:
    cut = len(token) - len(token.lstrip()) + 1
    return f"{token[:cut]} {token[cut:]}"


def system_first(prompt: Prompt) -> Prompt:
    """Return a prompt whose system words stand at the head of the reader's first turn."""
    turns = list(prompt.turns)
    first = next(n for n, turn in enumerate(turns) if turn.speaker is Speaker.READER)
    words = f"{prompt.system}\n\n{turns[first].text}" if prompt.system else turns[first].text
    turns[first] = Turn(Speaker.READER, words)
    return Prompt(tuple(turns))


def end_tokens(*named: Any) -> frozenset[int]:
    """Return end tokens as a set, from single ones, lists of them, or nothing."""
    ends: set[int] = set()
    for each in named:
        ends.update([each] if isinstance(each, int) else each or ())
    return frozenset(ends)


def _message(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": [{"type": "text", "text": text}]}
