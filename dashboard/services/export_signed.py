"""Signed reports with their frontal films, as a folder that models are trained from.

::

    ledger.jsonl           the source of a corpus (`core.training.corpus.sources.ledger`)
    chat.jsonl             request for a draft with the film, and the signed report as answer
    preferences.jsonl      the signed report preferred to the draft, where they differ
    labels.csv             what the reader's text states of each finding
    corrections.jsonl      what readers changed, why, and in how many seconds
    images/<SHA-256>.png   8-bit grey, without any tag
    manifest.json          counts, models, basis of consent, and the SHA-256 of every file

Only studies whose use for training was consented to are in it. Patients and readers are hashes
under a key that is thrown away when the export ends. A report in which the patient, a reader, a
date or a way to reach somebody is found is left out, and so is any other text of a study in which
one of these is found: `dashboard.services.export_search` says what is searched for. What that does
not find leaves with the text, and text that is burned into a film's pixels is not searched for.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from core.domain.draft import ModelIdentity
from core.domain.errors import N_
from core.domain.study import Instance
from core.domain.training_errors import CorpusError
from core.settings import VERSION
from core.training.corpus.sources.ledger import HOLDOUT, IMAGES, LEDGER, SCHEMA
from dashboard.services import consent, export_labels, export_ledger, films
from dashboard.services.export_ledger import Named
from dashboard.services.export_split import HOLDOUT_SHARE, Pseudonyms, Sides, of_several
from dashboard.services.export_study import (
    LeftOut,
    Search,
    Searched,
    Withheld,
    known_of,
    reason_to_leave_out,
    report_words,
    searched,
    stored,
)
from dashboard.services.verify_chain import verify_chain
from dashboard.workspace import Workspace
from storage.failures import in_one_sentence
from storage.whole_file import replace_file, sync_folder

logger = logging.getLogger(__name__)

CHAT, PREFERENCES = "chat.jsonl", "preferences.jsonl"
LABELS, CORRECTIONS, MANIFEST = "labels.csv", "corrections.jsonl", "manifest.json"
Progress = Callable[[int, int], None]
"""Called with the studies that were looked at, and how many there are."""


@dataclass(frozen=True)
class Exported:
    """What an export holds, what it leaves out by reason, and what of its studies stays here."""

    studies: int
    patients: int
    left_out: Mapping[LeftOut, int]
    withheld: Mapping[Withheld, int] = field(default_factory=dict)
    held_out: int = 0
    preferences: int = 0
    before_reveal: int = 0


def export_signed(place: Workspace, folder: Path, progress: Progress | None = None) -> Exported:
    """Write the newest signed version of each study that has a frontal film and both sections.

    A study without a patient ID is left out: another one of its patient might have it, and the two
    would lie on both sides of a split.

    Parameters
    ----------
    folder : Path
        Is made by this, for its owner alone: there must be nothing of this name yet. It appears
        when it is whole.

    Raises
    ------
    CorpusError
        If there is something in that place.
    SignedRecordBrokenError
        If the chain does not hold: what is exported is what was signed.
    StorageFullError, StorageUnavailableError, DatabaseUnavailableError
    """
    folder = folder.absolute()
    if folder.exists() or folder.is_symlink():
        template, named = N_("there is something of the name {folder} already"), folder.name
        reason = template.format(folder=named)
        raise CorpusError(reason=reason, template=template, named={"folder": named})
    verify_chain(place)
    with in_one_sentence():
        folder.parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        with in_one_sentence():
            exported = _fill(place, staged, progress or _silent)
            staged.rename(folder)
            sync_folder(folder.parent)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    return exported


def log_export(exported: Exported) -> None:
    """Log the counts."""
    logger.info("exported %d signed studies of %d patients", exported.studies, exported.patients)
    logger.info(
        "held out: %d; preferred to their draft: %d; written before the draft was seen: %d",
        exported.held_out, exported.preferences, exported.before_reveal,
    )  # fmt: skip
    for reason, count in exported.left_out.items():
        logger.info("left out: %d %s", count, reason.value.replace("_", " "))
    for part, count in exported.withheld.items():
        logger.info("kept back: %d times the %s", count, part.value.replace("_", " "))
    logger.info("text burned into a film is not searched for: look at the films before they go")
    logger.info("a name that is misspelt or stored nowhere is not found: read the texts, too")


class _Lines:
    """What is gathered of all studies before the files are written."""

    def __init__(self) -> None:
        self.of_file: dict[str, list[str]] = {
            name: [] for name in (LEDGER, CHAT, PREFERENCES, CORRECTIONS)
        }
        self.labels: list[dict[str, str]] = []
        self.images: set[str] = set()
        self.sides: dict[str, str] = {}
        self.models: Counter[ModelIdentity] = Counter()
        self.left_out: Counter[LeftOut] = Counter()
        self.withheld: Counter[Withheld] = Counter()

    def add(self, of: Searched, named: Named, names: Pseudonyms) -> None:
        made = {
            LEDGER: export_ledger.ledger_line(of, named),
            CHAT: export_ledger.chat_line(of, named),
            PREFERENCES: export_ledger.preference_line(of, named),
            CORRECTIONS: export_ledger.correction_line(of, named, names),
        }
        for name, line in made.items():
            if line is not None:
                self.of_file[name].append(line)
        self.labels.append(export_ledger.label_row(of, named))
        self.images.add(named.image)
        self.sides[named.patient] = named.split
        self.withheld.update(of.withheld)
        if of.model is not None:
            self.models[of.model] += 1

    def exported(self) -> Exported:
        return Exported(
            studies=len(self.labels),
            patients=len(self.sides),
            left_out=dict(sorted(self.left_out.items())),
            withheld=dict(sorted(self.withheld.items())),
            held_out=sum(row["split"] == HOLDOUT for row in self.labels),
            preferences=len(self.of_file[PREFERENCES]),
            before_reveal=sum(row["before_reveal"] == "1" for row in self.labels),
        )


def _fill(place: Workspace, staged: Path, progress: Progress) -> Exported:
    (staged / IMAGES).mkdir(mode=0o700)
    names, sides, lines = Pseudonyms(), Sides.of_chain(place.seal.key()), _Lines()
    signed = _signed_studies(place)
    studies = signed.studies
    for number, study_id in enumerate(studies):
        progress(number, len(studies))
        found = _searched_study(place, study_id, signed)
        if isinstance(found, LeftOut):
            lines.left_out[found] += 1
            continue
        of, patient_id = found
        image = _keep_film(place, of.film, staged / IMAGES, lines.images)
        if image is None:
            lines.left_out[LeftOut.DUPLICATE] += 1
            continue
        lines.add(of, Named(image, names.patient(patient_id), sides.of(patient_id)), names)
    progress(len(studies), len(studies))
    exported = lines.exported()
    _write(staged, lines, exported, consent.basis(place))
    return exported


@dataclass(frozen=True)
class _Signed:
    """All that is signed: studies, who signed, what may be used, and films of several patients."""

    studies: list[int]
    readers: frozenset[str]
    consented: consent.Allowed
    of_several: frozenset[str]


def _signed_studies(place: Workspace) -> _Signed:
    with place.look() as look:
        who = {(link.study_id, link.signed_by) for link in look.signed.links()}
        return _Signed(
            sorted({study_id for study_id, _reader in who}),
            frozenset(reader for _study_id, reader in who),
            consent.allowed(place, look),
            of_several(look.signed.links()),
        )


def _searched_study(
    place: Workspace, study_id: int, signed: _Signed
) -> tuple[Searched, str] | LeftOut:
    """A study that may leave with the ID of its patient, or why it may not."""
    with place.look() as look:
        found = stored(look, study_id)
    consented = study_id in signed.consented
    reason, film = reason_to_leave_out(found, consented=consented), found.film
    if reason is not None or film is None:
        return reason or LeftOut.NO_FRONTAL
    if film.pixel_blob_digest in signed.of_several:
        return LeftOut.DUPLICATE
    search = Search(known_of(place, found.study), signed.readers)
    named = search.found(report_words(found.signed.sections))
    return named or (searched(found, film, search), found.study.patient.patient_id)


def _keep_film(place: Workspace, film: Instance, images: Path, kept: set[str]) -> str | None:
    """Write a film through its default window as an 8-bit PNG; return its digest.

    Nothing where the same picture is there already, of another study.
    """
    levels = np.rint(films.grey(place, film) * 255).astype(np.uint8)
    encoded = cv2.imencode(".png", levels)[1].tobytes()
    digest = hashlib.sha256(encoded).hexdigest()
    if digest in kept:
        return None
    replace_file(images / f"{digest}.png", encoded)
    return digest


def _write(staged: Path, lines: _Lines, exported: Exported, basis: str) -> None:
    """Write the files, the manifest last. Sorted by hash, lines do not tell who came when."""
    contents = {name: "".join(sorted(each)) for name, each in lines.of_file.items()}
    contents[LABELS] = export_labels.table(sorted(lines.labels, key=lambda row: row["image"]))
    files = {f"{IMAGES}/{digest}.png": digest for digest in lines.images}
    for name, text in contents.items():
        replace_file(staged / name, text.encode())
        files[name] = hashlib.sha256(text.encode()).hexdigest()
    sides = Counter(lines.sides.values())
    # Without a date: it might be that of a study.
    manifest = {
        "schema": SCHEMA,
        "overread": VERSION,
        "studies": exported.studies,
        "patients": exported.patients,
        "patients_by_split": dict(sorted(sides.items())),
        "holdout_share": HOLDOUT_SHARE,
        "preferences": exported.preferences,
        "before_reveal": exported.before_reveal,
        "left_out": {reason.value: count for reason, count in exported.left_out.items()},
        "kept_back": {part.value: count for part, count in exported.withheld.items()},
        "consent": {"basis": basis},
        "models": [
            {"name": model.name, "digest": model.digest, "studies": count}
            for model, count in sorted(lines.models.items(), key=lambda item: item[0].name)
        ],
        "size_bytes": sum((staged / name).stat().st_size for name in files),
        "files": dict(sorted(files.items())),
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    replace_file(staged / MANIFEST, text.encode())


def _silent(_done: int, _all: int) -> None:
    return None
