"""What a person would train, and whether it can be: told before anything starts."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from core.domain.errors import N_
from core.domain.training_errors import CorpusError, RunError
from core.models.language.catalogue import LanguageSource
from core.models.language.checkpoint import Checkpoint, examine
from core.models.language.memory import memory_at_hand
from core.models.language.precision import Memory, Precision, needs
from core.models.language.standing import Standing
from core.training.corpus.folder import TRAIN, Corpus, open_corpus
from core.training.finetuning.recipe import (
    EIGHT_BIT,
    INT8,
    NF4,
    NO_QUANTIZATION,
    RECIPES,
    FineTuning,
    open_recipe,
    refuse,
)
from dashboard.services.corpus_shelf import corpus_shelf
from dashboard.services.fetch_model import shelf
from dashboard.workspace import Workspace

KINDS = ("chat",)
"""Kinds whose answers an adapter is trained on."""
PRECISIONS = {NF4: Precision.NF4, INT8: Precision.INT8, NO_QUANTIZATION: Precision.FP32}
"""What the frozen weights of a recipe are held in, at most: fp32 is that of a CPU."""


@dataclass(frozen=True)
class Wish:
    """What a run is asked to do.

    Attributes
    ----------
    model : str
        A name of the shelf, or the whole path of a folder.
    corpus : str
        Name of a folder in OVERREAD_HOME/corpora.
    recipe : str
        One of `recipe_names`.
    steps : int
        Optimizer steps.
    """

    model: str
    corpus: str
    recipe: str
    steps: int


@dataclass(frozen=True)
class Room:
    """Bytes. ``weights`` is 0 where the size of the model is not known.

    ``weights`` counts no gradients and no activations: nobody can tell those before the first step.
    """

    weights: int
    memory: Memory
    disk: int


def recipe_names() -> tuple[str, ...]:
    return tuple(RECIPES)


def recipe_of(name: str, steps: int | None = None) -> FineTuning:
    """Return a recipe that ships, with other steps where they are given.

    Raises
    ------
    RecipeError
        If the steps contradict it.
    """
    changed = {} if steps is None else {"steps": steps}
    return open_recipe(name, **changed)


def refused_before_start(place: Workspace, wish: Wish) -> None:
    """Look through what would be trained, and on what; no weights are read, no torch is loaded.

    Raises
    ------
    RecipeError, CorpusError, CheckpointRefusedError, ModelUnavailableError, RunError
        In one sentence, as the run itself would say it later.
    """
    recipe = recipe_of(wish.recipe, wish.steps)
    corpus = open_corpus(corpus_folder(place, wish.corpus))
    if recipe.batch > corpus.manifest.samples.get(TRAIN, 0):
        raise RunError(reason=N_("a batch is larger than the corpus"))
    stored = model_of(place, wish.model).source.stored
    if stored == NF4 and recipe.quantization != NF4:
        refuse(N_("the files of this model are 4-bit already, and the recipe asks for others"))
    small = recipe.quantization in (NF4, INT8) or recipe.optimizer in EIGHT_BIT
    if small and find_spec("bitsandbytes") is None:
        refuse(N_("4-bit weights and 8-bit optimizers need bitsandbytes, which is not installed"))


def trainable_models(place: Workspace) -> tuple[Standing, ...]:
    """Return the models of the shelf whose files are here and that learn to write."""
    return tuple(
        each
        for each in shelf(place).standings(memory_at_hand())
        if each.here and each.source.kind in KINDS and not each.source.adapter_of
    )


def corpora_at_hand(place: Workspace) -> tuple[Corpus, ...]:
    """Return the whole corpora of this home folder, newest first."""
    return corpus_shelf(place).corpora


def corpus_folder(place: Workspace, name: str) -> Path:
    """Return the folder of a corpus.

    Raises
    ------
    CorpusError
        If there is none of this name here.
    """
    if not name or Path(name).name != name or not (place.settings.corpora / name).is_dir():
        raise CorpusError(reason=N_("there is none of this name"))
    return place.settings.corpora / name


def model_of(place: Workspace, model: str) -> Checkpoint:
    """Look through the model that would be trained.

    Raises
    ------
    CheckpointRefusedError, ModelUnavailableError
        In one sentence.
    RunError
        If it is neither a name nor a whole path.
    """
    models, asked = shelf(place), model_asked_for(place, model)
    if any(each.name == asked for each in models.sources):
        return models.looked_through(models.source(asked))
    return examine(_own(Path(asked)), Path(asked))


def model_asked_for(place: Workspace, model: str) -> str:
    """Return a name of the shelf as it is, and a folder by its whole path, the home spelled out.

    Raises
    ------
    RunError
        If it is neither a name nor a whole path.
    """
    if any(each.name == model for each in shelf(place).sources):
        return model
    try:
        folder = Path(model).expanduser()
    except RuntimeError:  # a home of nobody
        folder = Path(model)
    if not folder.is_absolute():
        raise RunError(reason=N_("write the whole path of the model's folder"))
    return str(folder)


def room(place: Workspace, found: Checkpoint, recipe: FineTuning) -> Room:
    """Return what the weights of a model take under a recipe, and what is free."""
    disk = shutil.disk_usage(place.settings.home).free
    weights = needs(found.source, PRECISIONS[recipe.quantization], found.bytes)
    return Room(weights, memory_at_hand(), disk)


def _own(folder: Path) -> LanguageSource:
    return LanguageSource(name="own-folder", title=folder.name or "folder", kind="chat")
