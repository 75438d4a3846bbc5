"""An adapter for a chat model from its recipe and a corpus: the plan that the loop carries out."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

from core.models.language.checkpoint import Checkpoint
from core.models.language.digests import folder_digest
from core.training.corpus.folder import TRAIN, Corpus
from core.training.finetuning.backends.choice import UNSLOTH
from core.training.finetuning.base import architecture, compute_precision
from core.training.finetuning.checks import Reference, check, look
from core.training.finetuning.collator import ChatCollator
from core.training.finetuning.lengths import check_lengths
from core.training.finetuning.loop import Plan, Ready
from core.training.finetuning.recipe import FineTuning
from core.training.finetuning.runs import ADAPTER, CHECKPOINTS

PACKAGES = (
    "torch", "transformers", "peft", "trl", "accelerate", "bitsandbytes", "datasets", "unsloth",
)  # fmt: skip


class Adapting:
    """Makes the model ready, saves the adapter and has it checked; see `plan`."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        corpus: Corpus,
        recipe: FineTuning,
        backend: str,
        folder: Path,
        named: str,
    ) -> None:
        self._checkpoint = checkpoint
        self._recipe = recipe
        self._backend = backend
        self._folder = folder
        self._named = named
        self._rows = corpus.split(TRAIN).select_columns(["image", "messages"])
        self._corpus = corpus
        self._batch: Any = None

    def plan(self, command: str) -> Plan:
        """Return the run as `core.training.finetuning.loop.train` takes it.

        Raises
        ------
        RecipeError
            If films of the corpus are longer than the recipe's sequences.
        CheckpointRefusedError
        """
        sides = ["image", "messages", "width", "height"]
        check_lengths(
            self._checkpoint, self._recipe, self._corpus.split(TRAIN).select_columns(sides)
        )
        asked = {
            "model": {
                "name": self._checkpoint.source.name,
                "digest": self._checkpoint.digest,
                "architecture": architecture(self._checkpoint.folder),
                "folder": str(self._checkpoint.folder.resolve()),
                "named": self._named,
            },
            "corpus": {
                "name": self._corpus.manifest.name,
                "digest": self._corpus.manifest.digest,
                "samples": len(self._rows),
                "folder": str(self._corpus.folder.resolve()),
            },
            "recipe": self._recipe.document(),
            "backend": self._backend,
            "environment": environment(self._recipe),
            "command": command,
        }
        return Plan(self._folder, self._recipe, asked, self.ready, self.finish, self.check)

    def ready(self) -> Ready:
        if self._backend == UNSLOTH:
            from core.training.finetuning.backends import unsloth as backend
        else:
            from core.training.finetuning.backends import peft as backend  # type: ignore[no-redef]
        folder = self._folder / CHECKPOINTS
        ready: Ready = backend.ready(self._checkpoint, self._recipe, self._rows, folder)
        recipe = self._recipe
        collate = ChatCollator(ready.beside, recipe.max_length, recipe.picture_side)
        # Film and question of the first sample are tried before anything trains.
        self._batch = collate([self._rows[0]])
        return ready

    def finish(self, model: Any) -> tuple[str, Reference]:
        """Save the adapter alone; what it sits on keeps its words and its processor."""
        folder = self._folder / ADAPTER
        model.peft_config["default"].base_model_name_or_path = self._named
        # Told not to look: peft would ask a hub whether the base has other words.
        model.save_pretrained(str(folder), save_embedding_layers=False)
        (folder / "README.md").unlink(missing_ok=True)
        # Logits are compared from here on; Unsloth leaves them out otherwise, to save memory.
        os.environ["UNSLOTH_RETURN_LOGITS"] = "1"
        return folder_digest(folder).digest, look(model, self._batch)

    def check(self, reference: Reference) -> dict[str, dict[str, Any]]:
        adapter = self._folder / ADAPTER
        # Trained bias terms are in 32 bits in memory, and as the base holds them in the copy.
        exact = self._backend != UNSLOTH and self._recipe.bias == "none"
        return check(self._checkpoint, adapter, self._recipe, reference, exact)


def environment(recipe: FineTuning) -> dict[str, str]:
    """Return what a run depends on beside its files: versions, device, threads, precision."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    gpu = torch.cuda.is_available()
    return found | {
        "device": torch.cuda.get_device_name() if gpu else "cpu",
        "devices": os.environ.get("WORLD_SIZE", "1"),
        "threads": str(torch.get_num_threads()),
        "compute": compute_precision(recipe),
    }
