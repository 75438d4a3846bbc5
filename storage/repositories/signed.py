"""The chain of signed versions: append and read, nothing else."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.domain.report import (
    Override,
    ReportStatus,
    Sections,
    SignedVersion,
    canonical_json,
    chain_digest,
    signed_language,
)
from storage.tables import ChainHeadRow, SignedVersionRow


@dataclass(frozen=True)
class ChainLink:
    """A stored link as it lies in the database, for verification."""

    sequence: int
    study_id: int
    number: int
    status: str
    signed_by: str
    signed_at: dt.datetime
    content: str
    previous_digest: str
    digest: str


class SignedRepository:
    def __init__(self, session: Session) -> None:
        self._session = session

    def append(self, version: SignedVersion, key: bytes, draft_id: int | None) -> SignedVersion:
        """Add the next link, under a lock on the head, and return it with its place and digest.

        ``sequence``, ``number``, ``previous_digest`` and ``digest`` of ``version`` are set here.
        """
        head = self._session.scalars(select(ChainHeadRow).with_for_update()).one()
        numbered = replace(
            version,
            sequence=head.sequence + 1,
            number=self._count(version.study_id) + 1,
            previous_digest=head.digest,
        )
        content = canonical_json(numbered.content())
        signed = replace(numbered, digest=chain_digest(content, key))
        self._session.add(
            SignedVersionRow(
                sequence=signed.sequence,
                study_id=signed.study_id,
                number=signed.number,
                status=signed.status.value,
                signed_by=signed.signed_by,
                signed_at=signed.signed_at,
                content=content,
                previous_digest=signed.previous_digest,
                digest=signed.digest,
                draft_id=draft_id,
            )
        )
        head.sequence, head.digest = signed.sequence, signed.digest
        self._session.flush()
        return signed

    def versions(self, study_id: int) -> tuple[SignedVersion, ...]:
        """Every signed version of a study, oldest first."""
        rows = self._session.scalars(
            select(SignedVersionRow)
            .where(SignedVersionRow.study_id == study_id)
            .order_by(SignedVersionRow.number)
        )
        return tuple(_version(row) for row in rows)

    def at(self, sequences: Collection[int]) -> dict[int, SignedVersion]:
        """Signed versions by their place in the chain."""
        rows = self._session.scalars(
            select(SignedVersionRow).where(SignedVersionRow.sequence.in_(sequences))
        )
        return {row.sequence: _version(row) for row in rows}

    def draft_of(self, sequence: int) -> int | None:
        """Number of the draft that a signed version grew from; ``None`` where it grew from none."""
        return self._session.scalar(
            select(SignedVersionRow.draft_id).where(SignedVersionRow.sequence == sequence)
        )

    def any(self) -> bool:
        """Whether anything at all was signed."""
        return self._session.scalar(select(SignedVersionRow.sequence).limit(1)) is not None

    def is_signed(self, study_id: int) -> bool:
        return self._count(study_id) > 0

    def links(self, after: int | None = None) -> Iterator[ChainLink]:
        """The chain in its order, one link at a time: all of it, or what follows a sequence."""
        chosen = select(SignedVersionRow).order_by(SignedVersionRow.sequence)
        if after is not None:
            chosen = chosen.where(SignedVersionRow.sequence > after)
        for row in self._session.scalars(chosen.execution_options(yield_per=200)):
            yield ChainLink(
                row.sequence,
                row.study_id,
                row.number,
                row.status,
                row.signed_by,
                row.signed_at,
                row.content,
                row.previous_digest,
                row.digest,
            )

    def _count(self, study_id: int) -> int:
        counted = select(func.count(SignedVersionRow.sequence)).where(
            SignedVersionRow.study_id == study_id
        )
        return self._session.scalar(counted) or 0


def _version(row: SignedVersionRow) -> SignedVersion:
    content = json.loads(row.content)
    return SignedVersion(
        sequence=row.sequence,
        study_id=row.study_id,
        number=row.number,
        status=ReportStatus(row.status),
        sections=Sections(**content["sections"]),
        addendum=content["addendum"],
        signed_by=row.signed_by,
        signed_at=row.signed_at,
        identity=content["identity"],
        image_digests=tuple(content["image_digests"]),
        pixel_digests=tuple(content["pixel_digests"]),
        provenance=content["provenance"],
        overrides=tuple(Override(**item) for item in content["overrides"]),
        previous_digest=row.previous_digest,
        digest=row.digest,
        language=signed_language(content),
    )
