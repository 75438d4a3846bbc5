"""Logits of the same network trained without pretraining, which a training run leaves behind.

The weights of that run are not shipped; its scores of the same films are, so that the comparison
can be made again.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from core.domain.errors import TrainingError

FILE = "unpretrained.npz"

Floats = npt.NDArray[np.float32]


def write_unpretrained(logits: Floats, folder: Path) -> None:
    """Write scores beside the weights, in half precision.

    Parameters
    ----------
    logits : ndarray, shape (films, findings)
        In the order of the manifest's train rows, each film scored by a member that never saw its
        patient; NaN where no such member was trained.
    """
    np.savez_compressed(folder / FILE, allow_pickle=False, cross_fit=logits.astype(np.float16))


def read_unpretrained(folder: Path) -> Floats | None:
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
            return np.asarray(stored["cross_fit"], np.float32)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise TrainingError(reason=f"{FILE} is damaged") from error
