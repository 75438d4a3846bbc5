"""Logits of the same network trained without pretraining, which a training run leaves behind.

The weights of that run are not shipped; its scores of the same films are, so that the comparison
can be made again.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.domain.errors import TrainingError

FILE = "unpretrained.npz"

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Unpretrained:
    """``val`` in the order of the manifest's val rows, (films, findings).

    ``cross_fit`` in that of its train rows, each film scored by a member that never saw its
    patient; ``None`` where only the vote was read.
    """

    val: Floats
    cross_fit: Floats | None = None


def write_unpretrained(scores: Unpretrained, folder: Path) -> None:
    """Write the scores beside the weights, in half precision."""
    arrays = {"val": scores.val.astype(np.float16)}
    if scores.cross_fit is not None:
        arrays["cross_fit"] = scores.cross_fit.astype(np.float16)
    np.savez_compressed(folder / FILE, allow_pickle=False, **arrays)


def read_unpretrained(folder: Path) -> Unpretrained | None:
    """Read the scores that lie beside the weights; ``None`` where there are none.

    Raises
    ------
    TrainingError
        If the file is damaged.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {key: stored[key].astype(np.float32) for key in stored.files}
        return Unpretrained(arrays["val"], arrays.get("cross_fit"))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise TrainingError(reason=f"{FILE} is damaged") from error
