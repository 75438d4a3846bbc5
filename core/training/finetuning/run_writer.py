"""The writing side of a run's folder: one process at a time, and nothing half written.

See `core.training.finetuning.runs` for what lies there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from core.domain.errors import N_, OverreadError
from core.domain.training_errors import RunError
from core.models.language.record import replace_json
from core.processes import lock_alone
from core.training.finetuning.runs import (
    CANCEL,
    CHECKPOINTS,
    CHECKS,
    HISTORY,
    LOCK,
    RUN,
    STATE,
    RunState,
    Step,
    read_history,
)

PATIENCE_S = 2.0
"""How long a claim waits for a reader that holds the lock for a look."""


class RunWriter:
    """Holds the lock of a run's folder while it is entered, and writes what happens there.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock: IO[bytes] | None = None
        self._stands: dict[str, Any] = {}

    def __enter__(self) -> RunWriter:
        """Claim the folder.

        Raises
        ------
        RunError
            If another process trains there, or the folder cannot be written.
        """
        try:
            (self.folder / CHECKPOINTS).mkdir(parents=True, exist_ok=True)
            file = (self.folder / LOCK).open("ab")
        except OSError:
            raise RunError(reason=N_("its folder cannot be written")) from None
        if not lock_alone(file, PATIENCE_S):
            file.close()
            raise RunError(reason=N_("another process trains in this folder"))
        self._lock = file
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def begin(self, asked: Mapping[str, Any], steps: int) -> None:
        """Write ``run.json`` of a new run, and that it is running.

        Parameters
        ----------
        asked : mapping
            ``model``, ``corpus``, ``recipe``, ``backend``, ``parameters``, ``environment`` and
            ``command``.
        """
        (self.folder / CANCEL).unlink(missing_ok=True)
        (self.folder / HISTORY).unlink(missing_ok=True)
        (self.folder / CHECKS).unlink(missing_ok=True)
        replace_json(self.folder / RUN, {"started": now(), **asked})
        self._stand(state=RunState.RUNNING, step=0, steps=steps, error=None, weights_sha256="")

    def resume(self, step: int, steps: int, environment: Mapping[str, str] | None = None) -> None:
        """Go on from a checkpoint: what the history says of later steps is taken back.

        Parameters
        ----------
        environment : mapping, optional
            What it goes on in, added to ``resumed`` of ``run.json``.
        """
        if environment is not None:
            asked = json.loads((self.folder / RUN).read_text(encoding="utf-8"))
            began = {"at": now(), "step": step, "environment": dict(environment)}
            asked["resumed"] = [*asked.get("resumed", []), began]
            replace_json(self.folder / RUN, asked)
        (self.folder / CANCEL).unlink(missing_ok=True)
        (self.folder / CHECKS).unlink(missing_ok=True)
        kept = [each for each in read_history(self.folder) if each.step <= step]
        part = self.folder / f"{HISTORY}.part"
        with part.open("w", encoding="utf-8") as file:
            file.writelines(_line(each) for each in kept)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.folder / HISTORY)
        self._stand(state=RunState.RUNNING, step=step, steps=steps, error=None, weights_sha256="")

    def counted(self, trained: int, total: int) -> None:
        """Add the parameters, counted from the model that trains, to ``run.json``."""
        asked = json.loads((self.folder / RUN).read_text(encoding="utf-8"))
        replace_json(
            self.folder / RUN, asked | {"parameters": {"trained": trained, "total": total}}
        )

    def add(self, step: Step) -> None:
        """Append a step to the history."""
        with (self.folder / HISTORY).open("a", encoding="utf-8") as file:
            file.write(_line(step))
            file.flush()
            os.fsync(file.fileno())
        self._stand(step=step.step)

    def check(self, checks: Mapping[str, Any]) -> None:
        """Write what was tried on the finished weights."""
        replace_json(self.folder / CHECKS, checks)

    def cancel_asked(self) -> bool:
        return (self.folder / CANCEL).exists()

    def end(
        self, state: RunState, weights_sha256: str = "", error: OverreadError | None = None
    ) -> None:
        """Write how the run ended; the sentence of an error goes with it."""
        (self.folder / CANCEL).unlink(missing_ok=True)
        said = None
        if error is not None:
            said = {
                "code": error.code,
                "message": str(error),
                "remedy": error.remedy.format(**error.facts),
                "templates": [error.sentence, error.remedy],
                # What is no plain JSON is told by its words.
                "facts": json.loads(json.dumps(error.facts, default=str)),
            }
        self._stand(state=state, weights_sha256=weights_sha256, error=said)

    def _stand(self, **changed: Any) -> None:
        self._stands |= changed | {"updated": now()}
        replace_json(self.folder / STATE, self._stands)


def now() -> str:
    """Return the time as it stands in a run: UTC, ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _line(step: Step) -> str:
    return json.dumps(asdict(step), allow_nan=False) + "\n"
