"""The report and its life cycle: working text, signed version, addendum, and the keyed chain.

A signed version is immutable. Each carries an HMAC over a canonical JSON of all that was signed and
over the digest of the version before it, so that any later change, insertion or removal shows.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

from core.domain.errors import InvalidReportError

SECTION_LIMIT = 20_000
GENESIS = "0" * 64
ENGLISH = "en"
"""Language of every report that was written before reports had one."""
SIGNED_FORM = 2
"""Number of the canonical form: 2 names the language. The first form names neither."""


class ReportStatus(StrEnum):
    """Life cycle of a report; the words of FHIR R4 DiagnosticReport.status where it has them."""

    DRAFT = "draft"
    PRELIMINARY = "preliminary"
    FINAL = "final"
    ADDENDUM = "addendum"
    CORRECTED = "corrected"


@dataclass(frozen=True)
class Sections:
    """The five sections of a report, plain text."""

    indication: str = ""
    comparison: str = ""
    technique: str = ""
    findings: str = ""
    impression: str = ""

    def __post_init__(self) -> None:
        for section, text in asdict(self).items():
            if len(text) > SECTION_LIMIT:
                raise InvalidReportError(
                    reason=f"the section {section} is longer than {SECTION_LIMIT} characters"
                )
            if "\x00" in text:
                raise InvalidReportError(reason=f"the section {section} holds a NUL character")

    @classmethod
    def names(cls) -> tuple[str, ...]:
        return tuple(field.name for field in fields(cls))

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True)
class WorkingReport:
    """The text being written. ``human_version`` is the last version that a person wrote.

    A version above ``human_version`` was filled in from a draft; a save that started from an older
    version than that, but not older than the last human one, wins over it: a draft never replaces
    typed text. ``read_first`` says that the film was opened without its draft, ``before_reveal``
    how the text stood when the reader revealed it, in ``before_language``.
    """

    study_id: int
    sections: Sections
    version: int
    human_version: int
    draft_id: int | None = None
    saved_at: dt.datetime | None = None
    language: str = ENGLISH
    read_first: bool = False
    revealed_at: dt.datetime | None = None
    before_reveal: Sections | None = None
    before_language: str = ENGLISH

    @property
    def typed(self) -> bool:
        return self.human_version > 0

    @property
    def hidden(self) -> bool:
        """Whether the draft waits to be revealed; a signature ends that as well."""
        return self.read_first and self.revealed_at is None

    def accepts(self, base_version: int) -> bool:
        """Whether a save that started from ``base_version`` may replace this text."""
        return self.human_version <= base_version <= self.version


@dataclass(frozen=True)
class WorkingAddendum:
    """An addendum being written; saved like a report, signed on its own."""

    study_id: int
    text: str = ""
    version: int = 0


@dataclass(frozen=True)
class Override:
    """A check that the reader left open on purpose, with the reason."""

    check: str
    reason: str


@dataclass(frozen=True)
class SignedVersion:
    """One link of the chain: a signed report, an addendum or a correction.

    ``image_digests`` are those of the files, ``pixel_digests`` those of the decoded pixels that the
    viewer and the PDF draw; both are SHA-256 of what lies in the blob store. ``language`` is the
    one that the text was written in, as BCP 47 names it.
    """

    sequence: int
    study_id: int
    number: int
    status: ReportStatus
    sections: Sections
    addendum: str
    signed_by: str
    signed_at: dt.datetime
    identity: Mapping[str, str]
    image_digests: tuple[str, ...]
    pixel_digests: tuple[str, ...]
    provenance: Mapping[str, str]
    overrides: tuple[Override, ...]
    previous_digest: str
    digest: str = ""
    language: str = ENGLISH

    def content(self) -> dict[str, Any]:
        """All that is signed, as plain JSON values; everything except the digest itself."""
        content = asdict(self) | {"form": SIGNED_FORM}
        del content["digest"]
        content["status"] = self.status.value
        content["signed_at"] = self.signed_at.astimezone(dt.UTC).isoformat(timespec="microseconds")
        content["identity"] = dict(self.identity)
        content["provenance"] = dict(self.provenance)
        return content


def signed_language(content: Mapping[str, Any]) -> str:
    """The language of a signed content, of any form."""
    return str(content["language"]) if content.get("form", 1) > 1 else ENGLISH


def canonical_json(content: Mapping[str, Any]) -> str:
    """One spelling for one content: sorted keys, no spaces, no escapes (after RFC 8785)."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def chain_digest(canonical: str, key: bytes) -> str:
    """HMAC-SHA-256 (RFC 2104) of a canonical content that already names its predecessor."""
    return hmac.new(key, canonical.encode("utf-8"), hashlib.sha256).hexdigest()
