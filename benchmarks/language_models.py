"""What streaming, stopping and evidence cost beside transformers' own ``generate``, one CPU.

Run: python -m benchmarks.language_models
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from benchmarks.films import phantom
from benchmarks.record import Cell, Ratio, Result, Spread, Table, arguments, measure, publish
from core.models.base import Grey
from core.models.drafter import Prompt, Sampling, Speaker, Turn
from core.models.language.picture import LONG_SIDE, film_picture
from core.models.language.precision import Precision
from tests import tiny_architectures, tiny_models

AIM = 1.1
WORDS = "Describe the chest radiograph. Write the findings and the impression."


@dataclass(frozen=True)
class Plan:
    kinds: tuple[str, ...]
    side: int
    tokens: int
    texts: int
    width: int
    depth: int


FULL = Plan(("mllama", "llava_next", "qwen2_vl", "gemma3", "blip", "vit_gpt2"), 560, 64, 9, 512, 12)
SMALL = Plan(("qwen2_vl", "blip"), 128, 6, 2, 64, 2)
WIDE = "qwen2_vl, wider"


def wide(plan: Plan, folder: Path) -> Path:
    """A Qwen2-VL whose layers do enough that a token's own cost is what is measured."""
    import transformers as library

    transformers: Any = library
    torch.manual_seed(0)
    model, beside = tiny_architectures.BUILDERS["qwen2_vl"]()
    (processor,) = beside
    # In the way of the real one: a token for each 28 x 28 pixels, as many as the picture has.
    processor.image_processor.size = {"shortest_edge": 28 * 28 * 4, "longest_edge": 28 * 28 * 1600}
    config = model.config
    words = config.text_config
    words.hidden_size, words.intermediate_size = plan.width, 4 * plan.width
    words.num_hidden_layers, words.max_position_embeddings = plan.depth, 4096
    words.layer_types = ["full_attention"] * plan.depth
    half = plan.width // words.num_attention_heads // 2
    words.rope_parameters["mrope_section"] = [half // 4, half * 3 // 8, half * 3 // 8]
    config.vision_config.hidden_size = plan.width
    model = transformers.Qwen2VLForConditionalGeneration(config).eval()
    return tiny_models.write(model, beside, folder)


@dataclass(frozen=True)
class Timed:
    """Seconds to the first token and to the whole text, of several texts."""

    first: list[float]
    whole: list[float]


def ours(folder: Path, kind: str, film: Grey, plan: Plan) -> Timed:
    """A text as the worker has it written: streamed, stoppable, with its evidence."""
    drafter = tiny_models.loaded(kind, folder, Precision.FP32)
    endless(drafter._loaded.model)
    words = WORDS if drafter.converses else ""
    prompt = Prompt((Turn(Speaker.READER, words),))
    first: list[float] = []
    whole: list[float] = []

    def write() -> None:
        begun = time.perf_counter()
        asked: list[float] = []

        def stop() -> bool:
            asked.append(time.perf_counter() - begun)
            return False

        sampling = Sampling(max_new_tokens=plan.tokens)
        written = drafter.write(film, prompt, sampling, lambda _: None, stop)
        if len(asked) != plan.tokens or written.attention is None:
            raise SystemExit(f"{kind} wrote {len(asked)} of {plan.tokens} tokens, or without maps")
        first.append(asked[0])
        whole.append(time.perf_counter() - begun)

    measure(write, n=plan.texts, warm=0)
    return Timed(first[1:], whole[1:])


def theirs(folder: Path, kind: str, film: Grey, plan: Plan, *, maps: bool) -> Timed:
    """``generate`` from film to tokens, decoded once; with ``maps`` it returns all attention."""
    import transformers as library

    transformers: Any = library
    drafter = tiny_models.loaded(kind, folder, Precision.FP32)  # its preparation, not its writing
    model = transformers.AutoModelForImageTextToText.from_pretrained(
        folder, attn_implementation="eager" if maps else None
    ).eval()
    endless(model)
    words = WORDS if drafter.converses else ""
    prompt = Prompt((Turn(Speaker.READER, words),))
    options: dict[str, Any] = {"do_sample": False}
    if maps:
        options |= {"output_attentions": True, "return_dict_in_generate": True}

    def write(tokens: int) -> Callable[[], None]:
        def act() -> None:
            inputs = drafter.prepare(film_picture(film, LONG_SIDE), prompt).inputs
            with torch.inference_mode():
                made = model.generate(**inputs, **options, max_new_tokens=tokens)
            drafter.decode((made.sequences if maps else made)[0].tolist())

        return act

    first = measure(write(1), n=plan.texts - 1, warm=1)
    return Timed(first, measure(write(plan.tokens), n=plan.texts - 1, warm=1))


def endless(model: Any) -> None:
    """Let nothing end a text, so that all are of one length."""
    for part in (model, getattr(model, "text_decoder", None)):
        if part is not None:
            part.generation_config.eos_token_id = None
    if hasattr(model.config, "text_config"):
        model.config.text_config.sep_token_id = None


def row(kind: str, what: str, timed: Timed, tokens: int) -> tuple[Cell, ...]:
    first, whole = Spread.of(timed.first, 1000), Spread.of(timed.whole, 1000)
    return (kind, what, first.p50, whole.p50, whole.p95, tokens * 1000 / whole.p50, whole.n)


def footprints(folder: Path, kind: str) -> tuple[float, ...]:
    return tuple(
        tiny_models.loaded(kind, folder, precision)._loaded.model.get_memory_footprint() / 1e6
        for precision in (Precision.FP32, Precision.BF16, Precision.NF4)
    )


def result(plan: Plan, *, small: bool) -> Result:
    torch.set_num_threads(1)
    film = phantom(side=plan.side).pixels.astype("float32")
    film /= film.max()
    times: list[tuple[Cell, ...]] = []
    memory: list[tuple[Cell, ...]] = []
    ratios = []
    with tempfile.TemporaryDirectory() as place:
        folders = {kind: tiny_models.save(kind, Path(place) / kind) for kind in plan.kinds}
        folders[WIDE] = wide(plan, Path(place) / "wide")
        for name, folder in folders.items():
            kind = name.partition(",")[0]
            written = ours(folder, kind, film, plan)
            plain = theirs(folder, kind, film, plan, maps=False)
            times.append(row(name, "streamed, with maps", written, plan.tokens))
            times.append(row(name, "generate", plain, plan.tokens))
            over = Spread.of(written.whole).p50 / Spread.of(plain.whole).p50
            aim = AIM if name == WIDE else None
            ratios.append(Ratio(f"streamed with maps over generate, {name}, p50", over, aim))
            if kind != "blip":  # it returns none
                full = theirs(folder, kind, film, plan, maps=True)
                times.append(row(name, "generate, all attention", full, plan.tokens))
            memory.append((name, *footprints(folder, kind)))
    head = ("model", "what", "first token", "text p50", "text p95", "tokens a second", "n")
    return Result(
        name="language_models",
        title="Models that write: what streaming and evidence cost",
        method=(
            f"A film of {plan.side} x {plan.side} pixels and {plan.tokens} greedy tokens, one "
            "thread, fp32, random weights; nothing ends a text early; the first text is warm-up.",
            "Streamed, with maps: as a worker writes, each token decoded, given out and asked "
            "about, its attention noted and laid over the film. Generate: transformers' own, "
            "decoded once at the end; with all attention, eager, as it returns it.",
            "The models are tiny (64 numbers wide, 2 to 4 layers): a token costs them little but "
            "calls of Python, which is the worst case for what is added. The wider one has "
            f"{plan.depth} layers of {plan.width} and sees the film at the scale of the real one.",
        ),
        tables=(
            Table("Milliseconds, tokens a second", head, tuple(times)),
            Table(
                "Megabytes of weights in memory", ("model", "fp32", "bf16", "nf4"), tuple(memory)
            ),
        ),
        ratios=tuple(ratios),
        small=small,
    )


def main() -> None:
    chosen = arguments(__doc__)
    publish(result(SMALL if chosen.small else FULL, small=chosen.small), chosen.results)


if __name__ == "__main__":
    main()
