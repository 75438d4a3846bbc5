"""The basic application confidentiality profile of DICOM PS3.15 E.2, over every nested data set.

The table of attributes and what is done with each is that of the library dicom-anonymizer (edition
2024b). Ours is what the library leaves open: sequences within sequences, UIDs under a key instead
of a mapping that outlives the object, and curves, overlays and groups that no standard names.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Callable, Iterator

from dicomanonymizer.simpledicomanonymizer import (  # type: ignore[import-untyped]
    anonymize_dataset,
    delete_or_empty_or_replace_UID,
    initialize_actions_2024b,
    replace_UID,
)
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.uid import UID

Action = Callable[[Dataset, tuple[int, int]], None]

# The library has dummies for these; whole sequences and any other form are removed.
_REPLACEABLE = frozenset(
    (
        *("AE", "AS", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "OB", "PN"),
        *("SH", "SL", "SS", "ST", "TM", "UC", "UL", "UN", "UR", "US", "UT"),
    )
)


def apply_basic_profile(dataset: Dataset, key: bytes) -> None:
    """Carry the profile out on a data set, in place; file meta information is not touched.

    Parameters
    ----------
    key : bytes
        One key, one replacement of each UID; who does not have it cannot tell which UID was which.
    """
    _drop_unnamed(dataset)
    rules = _rules(key)
    # Inner sets first: an outer action may take a sequence away, and with it the way to them.
    for inner in [*_nested(dataset), dataset]:
        anonymize_dataset(inner, rules, base_rules_gen=dict)


def replaced_uid(uid: str, key: bytes) -> UID:
    """The UID that stands for another under a key: 2.25 and a UUID (PS3.5 B.2)."""
    digest = hmac.new(key, str(uid).strip().encode(), hashlib.sha256).digest()
    return UID(f"2.25.{uuid.UUID(bytes=digest[:16], version=4).int}")


def _drop_unnamed(dataset: Dataset) -> None:
    """Take out private groups, curves (50xx), overlays (60xx) and group lengths, at every depth."""
    for each in [dataset, *_nested(dataset)]:
        for tag in list(each.keys()):
            if tag.group % 2 or tag.element == 0 or tag.group & 0xFF00 in (0x5000, 0x6000):
                del each[tag]


def _nested(dataset: Dataset) -> Iterator[Dataset]:
    """Every data set within a data set, innermost first."""
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                yield from _nested(item)
                yield item


def _rules(key: bytes) -> dict[tuple[int, int], Action]:
    """The library's table for single attributes, with UIDs under our key."""

    def replace_uids(dataset: Dataset, tag: tuple[int, int]) -> None:
        element = dataset.get(tag)
        if element is None:
            return
        if element.VR != "UI":
            del dataset[element.tag]
        elif isinstance(element.value, MultiValue):
            element.value = [replaced_uid(uid, key) for uid in element.value]
        elif element.value:
            element.value = replaced_uid(element.value, key)

    uid_actions = (replace_UID, delete_or_empty_or_replace_UID)
    return {
        tag: replace_uids if action in uid_actions else _sparing(action)
        for tag, action in initialize_actions_2024b().items()
        if len(tag) == 2 and tag[0] != 0x0002
    }


def _sparing(action: Action) -> Action:
    """An action, or removal where the library does not know the form of a value."""

    def act(dataset: Dataset, tag: tuple[int, int]) -> None:
        element = dataset.get(tag)
        if element is None:
            return
        if element.VR not in _REPLACEABLE:
            del dataset[element.tag]
        else:
            action(dataset, tag)

    return act
