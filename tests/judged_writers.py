"""A model that writes with registered adapters, and evaluations of their texts that were never run.

The files are as `tests.checkpoints` makes them; every digest is that of the files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from core.domain.reader import Reader
from core.evaluation.__main__ import main as evaluation
from core.evaluation.drafts.measured import Role
from core.evaluation.drafts.texts import Asked, Journal, Plan, Text, Writer
from core.models.language.digests import folder_digest
from core.training.finetuning.runs import ADAPTER
from dashboard.services.fetch_model import shelf
from dashboard.services.register_adapter import register_run
from dashboard.workspace import Workspace
from tests.checkpoints import change_json, write_checkpoint
from tests.run_folders import write_adapter_of, write_run

BASE = "qwen2-vl-2b"
ILL = (
    "There is a right pneumothorax. There is a pleural effusion. There is a consolidation. "
    "There is a lung opacity. There is a lung mass. There is a lung nodule."
)
WELL = "The heart is normal in size."
ENOUGH, FEW = 180, 20
Writes = Callable[[int], str]
SETTINGS = {"precision": "bf16", "tokens": "512"}


def caption(number: int) -> str:
    """Every other patient has every critical finding."""
    return ILL if number % 2 else WELL


def forgetful(number: int) -> str:
    """A third of what is there is forgotten."""
    return caption(number) if number % 3 else WELL


def silent(_number: int) -> str:
    """Nothing, of nobody."""
    return ""


def write_texts(
    folder: Path,
    systems: Mapping[str, tuple[str, Writes]],
    samples: int = ENOUGH,
    corpus: Mapping[str, str] | None = None,
    failed: str = "",
) -> Path:
    """Keep an evaluation: of each system its digest and what it writes about a sample.

    ``failed`` is a system that left no text of the first sample.
    """
    corpus = corpus or {"name": "made", "split": "validation", "digest": "ee" * 32}
    with Journal(folder) as journal:
        journal.add(Plan(corpus, "made", {}, {}, SETTINGS))
        for number in range(samples):
            said = caption(number)
            journal.add(Asked(f"s{number}", f"g{number}", "describe", "What?", said, said))
        for name, (digest, write) in systems.items():
            journal.add(Writer(name, name, Role.MODEL, digest, {}))
            for number in range(samples):
                why = "out_of_memory" if name == failed and number == 0 else ""
                journal.add(Text(name, f"s{number}", write(number), 1.0, failed=why))
    return folder


def base(place: Workspace) -> Path:
    """A model that writes, as it was fetched."""
    return write_checkpoint(place.settings.models / BASE)


def adapter(place: Workspace, name: str, reader: Reader) -> Path:
    """An adapter that a run ended with, registered; no two are alike."""
    run = write_run(place.settings.runs / name, corpus="made")
    change_json(run / "run.json", corpus={"name": "made", "digest": "ee" * 32, "samples": 40})
    write_adapter_of(run, place.settings.models / BASE)
    change_json(run / ADAPTER / "adapter_config.json", note=name)
    change_json(run / "state.json", weights_sha256=folder_digest(run / ADAPTER).digest)
    assert register_run(place, name, reader=reader) == name
    return run / ADAPTER


def judge(
    place: Workspace,
    folder: Path,
    old: str,
    new: str,
    write: Writes = caption,
    samples: int = ENOUGH,
) -> int:
    """Let two write about frozen patients, and decide by the command; returns its exit status."""
    models = shelf(place)
    systems = {old: (models.open(old).digest, caption), new: (models.open(new).digest, write)}
    write_texts(folder, systems, samples)
    return evaluation(["promotion", "--evaluation", str(folder), "--old", old, "--new", new])
