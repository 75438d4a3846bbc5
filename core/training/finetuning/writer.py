"""A small model that writes, made from nothing: what `python -m core.training writer` trains.

A convolutional trunk with two layers of attention on its last map reads the film; a decoder of the
GPT-2 kind writes. Both are standard parts of transformers, so that the folder opens as any other
checkpoint does. The weights stay under 30 MB.

References
----------
Dosovitskiy 2021 (the hybrid of a convolutional trunk and attention), He 2019 (the trunk's stem and
shortcuts), Radford 2019 (the decoder; byte-level pairs).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers as transformers_library

from core.domain.training_errors import RecipeError
from core.reporting.phrases.catalogue import phrases, sayable
from core.training.finetuning import writer_start

transformers: Any = transformers_library  # annotated in part

START, END, PADDING = "<start>", "<end>", "<pad>"
STRIDE = 16
"""Pixels of the film's square, in each direction, behind one token of the encoder."""
LEVELS = (0.5, 0.25)
"""Mean and deviation that grey levels are brought to: as the embedded network reads them."""


@dataclass(frozen=True)
class WriterShape:
    """Sizes of a writer.

    Attributes
    ----------
    size : int
        Side of the square that it reads, in pixels; a multiple of 16.
    widths, blocks : tuple of int
        Channels and residual blocks of the trunk's three stages.
    hidden : int
        Width of encoder and decoder.
    encoder_layers, decoder_layers, heads : int
    vocabulary : int
        At most so many tokens; 259 of them are bytes and marks.
    longest : int
        Tokens of the longest report.
    """

    size: int = 176
    widths: tuple[int, int, int] = (48, 96, 192)
    blocks: tuple[int, int, int] = (2, 2, 2)
    hidden: int = 256
    encoder_layers: int = 2
    decoder_layers: int = 3
    heads: int = 4
    vocabulary: int = 512
    longest: int = 128

    def __post_init__(self) -> None:
        if self.size < 2 * STRIDE or self.size % STRIDE:
            raise RecipeError(reason=f"a writer's size must be a multiple of {STRIDE}")
        if self.hidden % self.heads:
            raise RecipeError(reason="a writer's width must be a multiple of its heads")

    @property
    def cells(self) -> int:
        """Tokens of the encoder along a side of the square."""
        return self.size // STRIDE


def save_writer(
    folder: Path, captions: Iterable[str], shape: WriterShape, seed: int, *, taught: bool
) -> Path:
    """Make a writer and save it as a checkpoint: weights, tokenizer, image processor.

    Parameters
    ----------
    captions : iterable of str
        What the tokenizer learns its tokens from, beside every sentence that drafts may say.
    seed : int
        Of the weights that start at random.
    taught : bool
        Whether the trunk starts from the embedded network's first member, where shapes agree.

    Raises
    ------
    RecipeError
        If the trunk shall start from the embedded network, and its shape is another.
    """
    torch.manual_seed(seed)
    tokenizer = make_tokenizer(captions, shape)
    model = make_model(tokenizer, shape)
    if taught:
        writer_start.start_trunk(model.encoder.embeddings.backbone, shape.widths, shape.blocks)
    for part in (model, tokenizer, image_processor(shape)):
        part.save_pretrained(folder)
    return folder


def make_tokenizer(captions: Iterable[str], shape: WriterShape) -> Any:
    """Learn byte-level pairs from captions and from the sentences of drafts."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    english = phrases("en")
    sentences = [english.say(said) for said in sayable()]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=shape.vocabulary,
        special_tokens=[PADDING, START, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([*captions, *sentences], trainer)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=START,
        eos_token=END,
        pad_token=PADDING,
        model_max_length=shape.longest,
        clean_up_tokenization_spaces=False,
    )


def make_model(tokenizer: Any, shape: WriterShape) -> Any:
    """Return a `VisionEncoderDecoderModel` with random weights."""
    config = transformers.VisionEncoderDecoderConfig.from_encoder_decoder_configs(
        _encoder(shape), _decoder(tokenizer, shape)
    )
    special = {
        "decoder_start_token_id": tokenizer.bos_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    for name, token in special.items():
        setattr(config, name, token)
    model = transformers.VisionEncoderDecoderModel(config)
    model.generation_config = transformers.GenerationConfig(**special, max_length=shape.longest)
    return model


def image_processor(shape: WriterShape) -> Any:
    """Return what brings a picture to the square that the writer reads; it is squeezed into it."""
    mean, deviation = LEVELS
    return transformers.ViTImageProcessor(
        size={"height": shape.size, "width": shape.size},
        image_mean=[mean] * 3,
        image_std=[deviation] * 3,
    )


def _encoder(shape: WriterShape) -> Any:
    first, _, last = shape.widths
    trunk = transformers.RTDetrResNetConfig(
        embedding_size=first,
        hidden_sizes=list(shape.widths),
        depths=list(shape.blocks),
        layer_type="basic",
        out_features=["stage1", "stage2", "stage3"],
    )
    return transformers.DPTConfig(
        is_hybrid=True,
        backbone_config=trunk,
        backbone_featmap_shape=[1, last, shape.cells, shape.cells],
        image_size=shape.size,
        patch_size=STRIDE,
        hidden_size=shape.hidden,
        num_hidden_layers=shape.encoder_layers,
        num_attention_heads=shape.heads,
        intermediate_size=2 * shape.hidden,
        hidden_dropout_prob=0.1,
    )


def _decoder(tokenizer: Any, shape: WriterShape) -> Any:
    return transformers.GPT2Config(
        vocab_size=len(tokenizer),
        n_positions=shape.longest,
        n_embd=shape.hidden,
        n_layer=shape.decoder_layers,
        n_head=shape.heads,
        add_cross_attention=True,
        is_decoder=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
