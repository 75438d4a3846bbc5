"""Who a patient is in an export, and on which side of the split.

The name is a hash under a key that is thrown away with the export: it leads to no patient, and is
another one in the next export. A film has the same digest in all of them, though, so that whoever
holds two exports can tell which of their patients are the same.

The side is drawn under a key that stays here, so that a patient who is held out once is held out
in every later export as well, whatever else is in it. That key is made from the key of the chain
(RFC 5869 calls it expanding): it lies in OVERREAD_HOME, readable by its owner alone, and in every
backup.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from core.training.corpus.folder import TRAIN
from core.training.corpus.sources.ledger import HOLDOUT
from storage.repositories.signed import ChainLink

HOLDOUT_SHARE = 0.2
"""Share of patients, by chance, who are frozen: they measure, and never teach."""
_USE = b"overread: which patients are held out"


@dataclass(frozen=True)
class Pseudonyms:
    """The names of one export; another one has others."""

    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def patient(self, patient_id: str) -> str:
        return _hash(self.key, f"patient {patient_id.strip()}")

    def reader(self, name: str) -> str:
        """A reader; none for none."""
        return _hash(self.key, f"reader {name}")[:16] if name else ""


@dataclass(frozen=True)
class Sides:
    """Which patients are frozen on this machine."""

    key: bytes = field(repr=False)

    @classmethod
    def of_chain(cls, chain_key: bytes) -> Sides:
        return cls(hmac.new(chain_key, _USE, hashlib.sha256).digest())

    def of(self, patient_id: str) -> str:
        """Return ``train`` or ``holdout``: always the same for a patient."""
        drawn = int(_hash(self.key, patient_id.strip())[:13], 16) / 16**13
        return HOLDOUT if drawn < HOLDOUT_SHARE else TRAIN


def of_several(links: Iterable[ChainLink]) -> frozenset[str]:
    """Return the pictures that were signed under several patients, by the digest of their pixels.

    Whoever it is of, it might be frozen and teach: under one patient held out, under another not.
    All that was signed counts, so that no consent given or withdrawn moves a film to another side.
    """
    owners: dict[str, set[str]] = {}
    for link in links:
        content = json.loads(link.content)
        # Without a patient nothing is exported.
        if patient_id := content["identity"].get("patient_id", "").strip():
            for digest in content["pixel_digests"]:
                owners.setdefault(digest, set()).add(patient_id)
    return frozenset(digest for digest, patients in owners.items() if len(patients) > 1)


def _hash(key: bytes, name: str) -> str:
    return hmac.new(key, name.encode(), hashlib.sha256).hexdigest()
