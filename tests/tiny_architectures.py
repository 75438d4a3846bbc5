"""Configurations of tiny models, one function an architecture: a model and what lies beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests import tiny_tokenizers as tokenizers

# --- chat models ------------------------------------------------------------------------------


def _llama_text(tokenizer: Any, **more: Any) -> dict[str, Any]:
    return {
        "vocab_size": len(tokenizer),
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 1024,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        **more,
    }


_VISION = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "image_size": 56,
    "patch_size": 14,
}


def _mllama() -> tuple[Any, tuple[Any, ...]]:
    import transformers as library
    from transformers.models import mllama as parts

    transformers: Any = library
    mllama: Any = parts
    tokenizer, template = tokenizers.llama3()
    images = transformers.MllamaImageProcessor(size={"height": 56, "width": 56}, max_image_tiles=4)
    processor = transformers.MllamaProcessor(images, tokenizer, chat_template=template)
    vision = mllama.MllamaVisionConfig(
        hidden_size=64,
        num_hidden_layers=3,
        num_global_layers=1,
        attention_heads=2,
        intermediate_size=128,
        vision_output_dim=64 * 3,
        image_size=56,
        patch_size=14,
        max_num_tiles=4,
        intermediate_layers_indices=[0, 2],
    )
    rope = {"rope_type": "default", "rope_theta": 10000.0}
    text = mllama.MllamaTextConfig(
        **_llama_text(tokenizer, cross_attention_layers=[1, 3], rope_parameters=rope)
    )
    image = tokenizer.convert_tokens_to_ids("<|image|>")
    config = transformers.MllamaConfig(
        vision_config=vision, text_config=text, image_token_index=image
    )
    model = transformers.MllamaForConditionalGeneration(config)
    for name, parameter in model.named_parameters():
        if name.endswith("_gate"):  # shut in a new model: nothing of the film would come through
            parameter.data.fill_(0.5)
    return model, (processor,)


def _llava_next() -> tuple[Any, tuple[Any, ...]]:
    import transformers as library

    transformers: Any = library
    tokenizer, template = tokenizers.mistral()
    grids = [[56, 112], [112, 56], [112, 112]]
    images = transformers.LlavaNextImageProcessor(
        size={"shortest_edge": 56},
        crop_size={"height": 56, "width": 56},
        image_grid_pinpoints=grids,
    )
    processor = transformers.LlavaNextProcessor(
        images,
        tokenizer,
        patch_size=14,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=template,
    )
    config = transformers.LlavaNextConfig(
        vision_config=transformers.CLIPVisionConfig(**_VISION, projection_dim=64),
        text_config=transformers.MistralConfig(**_llama_text(tokenizer), sliding_window=None),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        image_grid_pinpoints=grids,
        vision_feature_select_strategy="default",
        vision_feature_layer=-2,
    )
    return transformers.LlavaNextForConditionalGeneration(config), (processor,)


def _qwen(newer: bool) -> tuple[Any, tuple[Any, ...]]:
    import transformers as library

    transformers: Any = library
    tokenizer, template = tokenizers.qwen2()
    images = transformers.Qwen2VLImageProcessor(
        min_pixels=28 * 28 * 4,
        max_pixels=28 * 28 * 64,
        patch_size=14,
        merge_size=2,
        temporal_patch_size=2,
    )
    rope = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [2, 3, 3]}
    ids = tokenizer.convert_tokens_to_ids
    common = {
        "text_config": _llama_text(
            tokenizer, rope_parameters=rope, bos_token_id=ids("<|endoftext|>")
        ),
        "image_token_id": ids("<|image_pad|>"),
        "video_token_id": ids("<|video_pad|>"),
        "vision_start_token_id": ids("<|vision_start|>"),
        "vision_end_token_id": ids("<|vision_end|>"),
    }
    vision = {"depth": 2, "num_heads": 2, "patch_size": 14, "temporal_patch_size": 2}
    vision |= {"spatial_merge_size": 2, "hidden_size": 64}
    if newer:
        vision |= {"intermediate_size": 128, "out_hidden_size": 64, "window_size": 56}
        config = transformers.Qwen2_5_VLConfig(
            **common, vision_config={**vision, "fullatt_block_indexes": [1]}
        )
        model = transformers.Qwen2_5_VLForConditionalGeneration(config)
        kind = transformers.Qwen2_5_VLProcessor
    else:
        config = transformers.Qwen2VLConfig(
            **common, vision_config={**vision, "embed_dim": 64, "mlp_ratio": 2}
        )
        model = transformers.Qwen2VLForConditionalGeneration(config)
        kind = transformers.Qwen2VLProcessor
    videos = transformers.Qwen2VLVideoProcessor()
    return model, (kind(images, tokenizer, videos, chat_template=template),)


def _gemma3() -> tuple[Any, tuple[Any, ...]]:
    import transformers as library

    transformers: Any = library
    tokenizer, template = tokenizers.gemma()
    images = transformers.Gemma3ImageProcessor(size={"height": 56, "width": 56})
    processor = transformers.Gemma3Processor(
        images, tokenizer, chat_template=template, image_seq_length=4
    )
    ids = tokenizer.convert_tokens_to_ids
    text = _llama_text(tokenizer, head_dim=16, sliding_window=64, sliding_window_pattern=2)
    config = transformers.Gemma3Config(
        vision_config=transformers.SiglipVisionConfig(**_VISION, vision_use_head=False),
        text_config=transformers.Gemma3TextConfig(**text),
        mm_tokens_per_image=4,
        boi_token_index=ids("<start_of_image>"),
        eoi_token_index=ids("<end_of_image>"),
        image_token_index=ids("<image_soft_token>"),
    )
    return transformers.Gemma3ForConditionalGeneration(config), (processor,)


# --- captioning models ------------------------------------------------------------------------


def _blip() -> tuple[Any, tuple[Any, ...]]:
    import transformers as library

    transformers: Any = library
    tokenizer = tokenizers.bert(("[DEC]",))
    images = transformers.BlipImageProcessor(size={"height": 64, "width": 64})
    vision = {**_VISION, "num_hidden_layers": 2, "image_size": 64, "patch_size": 16}
    config = transformers.BlipConfig(
        text_config={
            **_bert_text(tokenizer),
            "encoder_hidden_size": 64,
            "projection_dim": 64,
            "bos_token_id": tokenizer.convert_tokens_to_ids("[DEC]"),
            "eos_token_id": tokenizer.sep_token_id,
            "sep_token_id": tokenizer.sep_token_id,
        },
        vision_config={**vision, "projection_dim": 64},
        projection_dim=64,
    )
    processor = transformers.BlipProcessor(images, tokenizer)
    return transformers.BlipForConditionalGeneration(config), (processor,)


def _vision_encoder_decoder(decoder: str) -> tuple[Any, tuple[Any, ...]]:
    import transformers as library

    transformers: Any = library
    if decoder == "gpt2":
        tokenizer = tokenizers.gpt2()
        start, end = tokenizer.bos_token_id, tokenizer.eos_token_id
        words = transformers.GPT2Config(
            vocab_size=len(tokenizer),
            n_positions=256,
            n_embd=64,
            n_layer=2,
            n_head=4,
            bos_token_id=start,
            eos_token_id=end,
            add_cross_attention=True,
            is_decoder=True,
        )
    else:
        tokenizer = tokenizers.bert()
        start, end = tokenizer.cls_token_id, tokenizer.sep_token_id
        words = transformers.BertConfig(
            **_bert_text(tokenizer), add_cross_attention=True, is_decoder=True
        )
    vision = {**_VISION, "num_hidden_layers": 2, "image_size": 64, "patch_size": 16}
    config = transformers.VisionEncoderDecoderConfig.from_encoder_decoder_configs(
        transformers.ViTConfig(**vision), words
    )
    config.decoder_start_token_id, config.eos_token_id = start, end
    config.pad_token_id = tokenizer.pad_token_id
    model = transformers.VisionEncoderDecoderModel(config=config)
    model.generation_config.update(
        decoder_start_token_id=start, eos_token_id=end, pad_token_id=tokenizer.pad_token_id
    )
    images = transformers.ViTImageProcessor(size={"height": 64, "width": 64})
    return model, (images, tokenizer)


def _bert_text(tokenizer: Any) -> dict[str, Any]:
    return {
        "vocab_size": len(tokenizer),
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "max_position_embeddings": 256,
        "pad_token_id": tokenizer.pad_token_id,
    }


BUILDERS: dict[str, Callable[[], tuple[Any, tuple[Any, ...]]]] = {
    "mllama": _mllama,
    "llava_next": _llava_next,
    "qwen2_vl": lambda: _qwen(newer=False),
    "qwen2_5_vl": lambda: _qwen(newer=True),
    "gemma3": _gemma3,
    "blip": _blip,
    "vit_gpt2": lambda: _vision_encoder_decoder("gpt2"),
    "vit_bert": lambda: _vision_encoder_decoder("bert"),
}
