"""Tokenizers and chat templates of the kinds that the real models have, over a few sentences."""

from __future__ import annotations

import json
from typing import Any

SENTENCES = (
    "FINDINGS: The lungs are clear. No pleural effusion or pneumothorax is seen.",
    "IMPRESSION: No acute cardiopulmonary abnormality.",
    "There is a small left pleural effusion with adjacent atelectasis. The heart is enlarged.",
    "There is a right lower lobe consolidation.",
    "Describe the chest radiograph. Write the findings and the impression.",
    "The effusion blunts the left costophrenic angle.",
)

_PARTS = """
{%- if m['content'] is string %}{{- m['content'] }}{%- else %}{%- for c in m['content'] %}
{%- if c['type'] == 'image' %}{{- 'IMAGE' }}{%- elif c['type'] == 'text' %}{{- c['text'] }}
{%- endif %}{%- endfor %}{%- endif %}"""

# Like the real one, it refuses a system turn beside an image.
LLAMA3 = (
    "{{- bos_token }}{%- for m in messages %}{%- if m['role'] == 'system' %}"
    "{{- raise_exception('Prompting with images is incompatible with system messages.') }}"
    "{%- endif %}{{- '<|start_header_id|>' + m['role'] + '<|end_header_id|>\n\n' }}"
    + _PARTS.replace("IMAGE", "<|image|>")
    + "{{- '<|eot_id|>' }}{%- endfor %}{%- if add_generation_prompt %}"
    "{{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{%- endif %}"
)
QWEN2 = (
    "{%- for m in messages %}{{- '<|im_start|>' + m['role'] + '\n' }}"
    + _PARTS.replace("IMAGE", "<|vision_start|><|image_pad|><|vision_end|>")
    + "{{- '<|im_end|>\n' }}{%- endfor %}{%- if add_generation_prompt %}"
    "{{- '<|im_start|>assistant\n' }}{%- endif %}"
)
MISTRAL = (
    "{%- for m in messages %}{%- if m['role'] == 'system' %}{{- '<<SYS>>\n' }}"
    "{%- elif m['role'] == 'user' %}{{- '[INST] ' }}{%- endif %}"
    + _PARTS.replace("IMAGE", "<image>\n")
    + "{%- if m['role'] == 'system' %}{{- '\n<</SYS>>\n\n' }}{%- elif m['role'] == 'user' %}"
    "{{- ' [/INST]' }}{%- else %}{{- eos_token }}{%- endif %}{%- endfor %}"
)
GEMMA = (
    "{{- bos_token }}{%- for m in messages %}{{- '<start_of_turn>' + "
    "('model' if m['role'] == 'assistant' else m['role']) + '\n' }}"
    + _PARTS.replace("IMAGE", "<start_of_image>")
    + "{{- '<end_of_turn>\n' }}{%- endfor %}{%- if add_generation_prompt %}"
    "{{- '<start_of_turn>model\n' }}{%- endif %}"
)


def llama3() -> tuple[Any, str]:
    special = ["<|begin_of_text|>", "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>"]
    special += ["<|image|>", "<|finetune_right_pad_id|>"]
    return _byte_level(special, bos=special[0], eos=special[1], pad=special[5]), LLAMA3


def qwen2() -> tuple[Any, str]:
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>"]
    special += ["<|image_pad|>", "<|video_pad|>"]
    return _byte_level(special, bos=None, eos="<|im_end|>", pad="<|endoftext|>"), QWEN2


def gpt2() -> Any:
    special = ["<|endoftext|>", "<pad>", "<start>"]
    return _byte_level(special, bos="<start>", eos="<|endoftext|>", pad="<pad>")


def mistral() -> tuple[Any, str]:
    special = ["<unk>", "<s>", "</s>", "<pad>", "<image>"]
    return _byte_fallback(special, bos="<s>", eos="</s>", pad="<pad>"), MISTRAL


def gemma() -> tuple[Any, str]:
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"]
    image = {
        "boi_token": "<start_of_image>",
        "eoi_token": "<end_of_image>",
        "image_token": "<image_soft_token>",
    }
    tokenizer = _byte_fallback(
        [*special, *image.values()],
        bos="<bos>",
        eos="<end_of_turn>",
        pad="<pad>",
        extra_special_tokens=image,
    )
    return tokenizer, GEMMA


def bert(extra: tuple[str, ...] = ()) -> Any:
    """A WordPiece tokenizer in lower case, whole words of the sentences and single letters."""
    import transformers as library

    transformers: Any = library
    words = sorted({word for line in SENTENCES for word in _words(line)})
    letters = [chr(code) for code in range(33, 127)]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters]
    pieces += [f"##{letter}" for letter in letters]
    pieces += [word for word in words if word not in pieces]
    tokenizer = transformers.BertTokenizerFast(
        vocab={piece: place for place, piece in enumerate(pieces)}
    )
    if extra:
        tokenizer.add_special_tokens({"additional_special_tokens": list(extra)})
    return tokenizer


def _words(line: str) -> list[str]:
    return line.lower().replace(".", " . ").replace(":", " : ").split()


def _byte_level(special: list[str], *, bos: str | None, eos: str, pad: str) -> Any:
    """Byte-level BPE, as of Llama 3, Qwen and GPT-2: a token may be part of a character."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(SENTENCES * 4, trainer)
    return _wrapped(tokenizer, special, bos, eos, pad)


def _byte_fallback(special: list[str], *, bos: str, eos: str, pad: str, **more: Any) -> Any:
    """SentencePiece-like BPE, as of Mistral and Gemma: unknown characters as bytes ``<0xE0>``."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    spaces = pre_tokenizers.Metaspace(prepend_scheme="never", split=True)
    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = spaces
    trainer = trainers.BpeTrainer(vocab_size=500, special_tokens=special, show_progress=False)
    trained.train_from_iterator(SENTENCES * 4, trainer)
    model = json.loads(trained.to_str())["model"]
    vocabulary = model["vocab"] | {f"<0x{n:02X}>": len(model["vocab"]) + n for n in range(256)}
    merges = [tuple(merge) for merge in model["merges"]]
    tokenizer = Tokenizer(
        models.BPE(vocabulary, merges, byte_fallback=True, unk_token="<unk>", fuse_unk=True)
    )
    tokenizer.pre_tokenizer = spaces
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    tokenizer.add_special_tokens(special)
    return _wrapped(tokenizer, special, bos, eos, pad, **more)


def _wrapped(
    tokenizer: Any, special: list[str], bos: str | None, eos: str, pad: str, **more: Any
) -> Any:
    import transformers as library

    transformers: Any = library
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=bos,
        eos_token=eos,
        pad_token=pad,
        additional_special_tokens=[name for name in special if name not in (bos, eos, pad)],
        **more,
    )
