"""Which pictures are one film: by the bits in which their shapes differ.

A film that is scaled or encoded again changes a bit here and there of its difference hash
(`core.training.corpus.pictures.difference_hash`). Of 156 real films none changed more than 4 when
encoded again at quality 80, and of 200 made smaller by a quarter or a half nine in ten changed no
more than 4. Of 1,200 real films, many of one patient, no two were nearer than 18; of 932 phantoms,
which are far more alike, none nearer than 5. What lies between is kept, and
`core.training.corpus.alike` holds it on one side of the split.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

NEAR = 4
"""Bits of 256 in which two shapes of one film may differ."""
WORDS = 4


class Shapes:
    """The shapes that are known; 32 bytes each."""

    def __init__(self) -> None:
        self._known: npt.NDArray[np.uint64] = np.empty((1024, WORDS), np.uint64)
        self._count = 0

    def add(self, shape: bytes) -> None:
        if self._count == len(self._known):
            self._known = np.concatenate([self._known, np.empty_like(self._known)])
        self._known[self._count] = np.frombuffer(shape, np.uint64)
        self._count += 1

    def near(self, shape: bytes) -> bool:
        """Whether a shape is that of a film which is known."""
        differing = self._known[: self._count] ^ np.frombuffer(shape, np.uint64)
        return bool((np.bitwise_count(differing).sum(axis=1) <= NEAR).any())
