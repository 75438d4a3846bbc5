"""Groups whose pictures are too much alike to be taken for different films for certain.

Between the bits that a film changes when it is encoded again and the 18 that no two real films were
nearer than (`core.training.corpus.likeness`) lies a band in which one film, made much smaller or
cut, is found as well. Such pictures are both kept, and their groups go to one side of the split.
Two phantoms may be 5 bits apart, so that theirs are not joined.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from core.training.corpus.likeness import WORDS

ALIKE = 12
"""Bits of 256 up to which the groups of two pictures are joined."""


def alike(shapes: Sequence[bytes], most: int = ALIKE) -> Iterator[tuple[int, int]]:
    """Yield the places of every two shapes that differ in ``most`` bits or fewer; some repeatedly.

    Of ``most + 1`` parts of their bits one is the same in both, so that only shapes that share a
    part are compared. Memory grows with the shapes, never with the pairs.
    """
    words = np.frombuffer(b"".join(shapes), np.uint64).reshape(-1, WORDS)
    bits = np.unpackbits(words.view(np.uint8), axis=1)
    parts = most + 1
    for part in range(parts):
        # Each part takes its bits from the whole picture: a border that is black in all is not one.
        chosen = bits[:, part::parts].astype(np.uint64)
        keys = chosen @ (np.uint64(1) << np.arange(chosen.shape[1], dtype=np.uint64))
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        at, step = np.arange(len(keys)), 1
        while (at := at[: np.searchsorted(at, len(keys) - step)]).size:
            at = at[keys[at] == keys[at + step]]
            one, other = order[at], order[at + step]
            near = np.bitwise_count(words[one] ^ words[other]).sum(axis=1) <= most
            yield from zip(one[near].tolist(), other[near].tolist(), strict=True)
            step += 1


def joined(
    groups: Sequence[str], fixed: Mapping[str, str], pairs: Iterable[tuple[int, int]]
) -> dict[str, str]:
    """Return the group that each group goes with: the first by name of those joined, often itself.

    Parameters
    ----------
    groups : sequence of str
        Of each sample.
    fixed : mapping of group to split
        What the source has fixed is kept: groups that it puts on two sides are not joined.
    pairs : iterable of (int, int)
        Places of samples whose groups are joined.
    """
    first = {group: group for group in groups}
    side = dict(fixed)

    def root(group: str) -> str:
        while first[group] != group:
            first[group] = group = first[first[group]]
        return group

    for one, other in pairs:
        kept, given = sorted((root(groups[one]), root(groups[other])))
        sides = {side[each] for each in (kept, given) if each in side}
        if kept == given or len(sides) > 1:
            continue
        first[given] = kept
        side |= dict.fromkeys((kept,), *sides) if sides else {}
    return {group: root(group) for group in first}
