"""What a fine-tuning run is asked for: each field with its unit and its reason.

Contradictions are refused. The texts below are what ``--help`` and the Training runs page show.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from core.domain.errors import N_
from core.models.language.picture import LONG_SIDE
from core.training.finetuning.contradictions import ANSWER as ANSWER
from core.training.finetuning.contradictions import EIGHT_BIT as EIGHT_BIT
from core.training.finetuning.contradictions import FULL as FULL
from core.training.finetuning.contradictions import INT8 as INT8
from core.training.finetuning.contradictions import LORA as LORA
from core.training.finetuning.contradictions import NF4 as NF4
from core.training.finetuning.contradictions import NO_QUANTIZATION as NO_QUANTIZATION
from core.training.finetuning.contradictions import WHOLE_TEXT as WHOLE_TEXT
from core.training.finetuning.contradictions import check_together
from core.training.finetuning.contradictions import refuse as refuse

MOST_BYTES = 100_000


def _option(
    default: Any,
    reason: str,
    unit: str = "",
    *,
    choices: tuple[str, ...] = (),
    least: float | None = None,
    most: float | None = None,
) -> Any:
    facts = {"reason": reason, "unit": unit, "choices": choices, "least": least, "most": most}
    return field(default=default, metadata=facts)


@dataclass(frozen=True)
class FineTuning:
    """One recipe for every backend. As it stands it is ``original``: what the first project ran.

    Raises
    ------
    RecipeError
        In one sentence, where fields contradict each other.
    """

    name: str = _option("original", N_("What the run's page calls the recipe."))
    method: str = _option(
        LORA,
        N_("lora trains small matrices beside frozen weights; full trains every weight."),
        choices=(LORA, FULL),
    )
    r: int = _option(
        16,
        N_("Rank of the two matrices beside each layer: more can learn more, and costs memory."),
        N_("rank"),
        least=1,
        most=1024,
    )
    alpha: int = _option(
        16,
        N_("The matrices' product is scaled by alpha / r; equal to r it is left as it is."),
        least=1,
        most=4096,
    )
    dropout: float = _option(
        0.0,
        N_("Share of the matrices' inputs left out at random; 0 is what Unsloth's kernels need."),
        N_("share"),
        least=0.0,
        most=0.9,
    )
    bias: str = _option(
        "none", N_("Which bias terms train too."), choices=("none", "all", "lora_only")
    )
    language_layers: bool = _option(True, N_("Whether the layers that write are adapted."))
    vision_layers: bool = _option(
        False, N_("Whether the layers that see are adapted; the original froze them.")
    )
    attention: bool = _option(True, N_("Whether attention is adapted in those layers."))
    mlp: bool = _option(True, N_("Whether the feed-forward part is adapted in those layers."))
    quantization: str = _option(
        NF4,
        N_("How the frozen weights are held: nf4 takes about a quarter of 16 bits."),
        choices=(NF4, INT8, NO_QUANTIZATION),
    )
    compute: str = _option(
        "auto",
        N_("Precision of the arithmetic: auto is bf16 on a GPU that has it, fp16 on an older one, "
           "fp32 on a CPU."),
        choices=("auto", "bf16", "fp16", "fp32"),
    )  # fmt: skip
    batch: int = _option(
        2, N_("Samples at once on each device; bound by memory."), N_("samples"), least=1, most=4096
    )
    accumulation: int = _option(
        4,
        N_("Batches whose gradients are added up for one step: a larger batch without its memory."),
        N_("batches"),
        least=1,
        most=4096,
    )
    steps: int = _option(
        100,
        N_("Optimizer steps; the original ran 50 and 100."),
        N_("steps"),
        least=1,
        most=10_000_000,
    )
    warmup_steps: int = _option(
        5,
        N_("Steps over which the learning rate rises from zero, while Adam's means are unsettled."),
        N_("steps"),
        least=0,
        most=10_000_000,
    )
    learning_rate: float = _option(
        2e-4,
        N_("Highest step size; small matrices bear ten times what whole models do."),
        least=0.0,
        most=1.0,
    )
    schedule: str = _option(
        "linear",
        N_("How the learning rate falls after warm-up."),
        choices=("linear", "cosine", "constant", "constant_with_warmup"),
    )
    optimizer: str = _option(
        "adamw_8bit",
        N_("AdamW; adamw_8bit keeps its two means in 8 bits, a quarter of the memory."),
        choices=(*EIGHT_BIT, "adamw_torch"),
    )
    weight_decay: float = _option(
        0.01, N_("How fast weights are drawn to zero."), least=0.0, most=1.0
    )
    gradient_clip: float = _option(
        1.0, N_("Largest norm of the gradients of a step."), least=0.0, most=1e6
    )
    gradient_checkpointing: bool = _option(
        True, N_("Whether activations are computed again for the gradients: less memory, slower.")
    )
    max_length: int = _option(
        2048,
        N_("Longest sequence, film and words together; an answer beyond it is cut."),
        N_("tokens"),
        least=8,
        most=1_000_000,
    )
    loss: str = _option(
        ANSWER,
        N_("answer learns the report alone; whole_text learns the question too, as the original "
           "did."),
        choices=(ANSWER, WHOLE_TEXT),
    )  # fmt: skip
    picture_side: int = _option(
        LONG_SIDE,
        N_("Long side of the film before the model's own preparation, as when it drafts."),
        N_("pixels"),
        least=28,
        most=8192,
    )
    save_steps: int = _option(
        10,
        N_("Steps between checkpoints; at most so many are lost when the machine goes down."),
        N_("steps"),
        least=1,
        most=10_000_000,
    )
    seed: int = _option(
        3407, N_("Order of the samples and start of the matrices."), least=0, most=2**31 - 1
    )

    def __post_init__(self) -> None:
        for each in fields(self):
            _check_value(each.name, getattr(self, each.name), each.metadata)
        check_together(self)

    def document(self) -> dict[str, Any]:
        """Return every field as it stands in ``run.json``."""
        return asdict(self)


def open_recipe(name: str, **changed: Any) -> FineTuning:
    """Return a recipe by its name or from a TOML file of its fields, with single fields changed.

    Its name says that it is changed, so that none is shown as one that ships and is another.

    Raises
    ------
    RecipeError
    """
    document = RECIPES[name].document() if name in RECIPES else _read(Path(name))
    recipe = read_recipe(document | changed)
    before = FineTuning().document() | document
    shipped = RECIPES.get(recipe.name, recipe)
    if any(before[field] != value for field, value in changed.items()) or recipe != shipped:
        return replace(recipe, name=f"{recipe.name}, changed")
    return recipe


def read_recipe(document: Mapping[str, Any]) -> FineTuning:
    """Return a recipe from its fields; those that are left out are the original's.

    Raises
    ------
    RecipeError
    """
    known = {each.name: each for each in fields(FineTuning)}
    for name in document:
        if name not in known:
            refuse(N_("it has no field {field}"), field=str(name)[:60])
    whole: dict[str, Any] = {
        name: float(value) if known[name].type == "float" and type(value) is int else value
        for name, value in document.items()
    }
    return replace(FineTuning(), **whole)


def documentation() -> dict[str, tuple[str, str]]:
    """Return unit and reason of each field, as templates for the translators."""
    return {
        each.name: (each.metadata["unit"], each.metadata["reason"]) for each in fields(FineTuning)
    }


def _read(path: Path) -> dict[str, Any]:
    if path.suffix != ".toml":
        refuse(N_("there is no recipe {name}"), name=str(path)[:60])
    try:
        if path.stat().st_size > MOST_BYTES:
            refuse(N_("its file is too large"))
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        refuse(N_("its file cannot be read"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        refuse(N_("its file is no TOML"))
    return {"name": path.stem} | document


def _check_value(name: str, value: Any, facts: Mapping[str, Any]) -> None:
    kind = type(next(each.default for each in fields(FineTuning) if each.name == name))
    if type(value) is not kind:
        refuse(N_("{field} is of the wrong kind"), field=name)
    if facts["choices"] and value not in facts["choices"]:
        refuse(N_("{field} is one of {choices}"), field=name, choices=", ".join(facts["choices"]))
    least, most = facts["least"], facts["most"]
    if least is not None and not least <= value <= most:
        refuse(
            N_("{field} lies between {least} and {most}"),
            field=name,
            least=f"{least:g}",
            most=f"{most:g}",
        )


RECIPES: Mapping[str, FineTuning] = {
    "original": FineTuning(),
    "original-50": FineTuning(name="original-50", steps=50),
    "small": FineTuning(
        name="small",
        r=8,
        alpha=8,
        quantization=NO_QUANTIZATION,
        optimizer="adamw_torch",
        batch=1,
        accumulation=4,
        steps=50,
        gradient_checkpointing=False,
        picture_side=448,
    ),
}
"""By name; ``small`` is for a model of up to some hundred million numbers on a CPU."""
