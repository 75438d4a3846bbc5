"""The models that write on this machine: where each one's files lie, and whether it can run."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from core.domain.errors import N_, ModelUnavailableError
from core.domain.model_errors import CheckpointRefusedError
from core.models.language.catalogue import ANY, LanguageSource, read_catalogue
from core.models.language.checkpoint import Checkpoint, examine, open_checkpoint
from core.models.language.digests import OnDigest, known_digest
from core.models.language.precision import Choice, Memory, Precision, choose
from core.models.language.record import read_record, replace_json
from core.models.language.standing import (
    PICKLED,
    Server,
    Standing,
    State,
    against_memory,
    of_server,
    unfinished,
    without_base,
)

FOLDERS = "folders.json"
MOST_BYTES = 1_000_000


@dataclass(frozen=True)
class NamedFolder:
    """A folder that a person named for an entry, and the entry that an adapter sits on."""

    folder: Path
    base: str = ""


def _on_base(source: LanguageSource, named: NamedFolder | None) -> LanguageSource:
    """An adapter sits on the model that was chosen with its folder."""
    if source.adapter_of == ANY and named is not None and named.base:
        return replace(source, adapter_of=named.base)
    return source


def _choice(
    source: LanguageSource, size: int, memory: Memory, wanted: Precision | None
) -> Choice | None:
    """A classifier is small and has one precision."""
    return None if source.kind == "classifier" else choose(source, size, memory, wanted)


class Shelf:
    """The folder ``models`` of OVERREAD_HOME: fetched files, a user's entries, folders named."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        catalogue = read_catalogue(folder)
        named = self._named()
        damaged = (f"{FOLDERS} cannot be read",) if named is None else ()
        self.problems = catalogue.problems + damaged
        named = named or {}
        self._sources = {
            source.name: _on_base(source, named.get(source.name)) for source in catalogue.sources
        }
        self._named_folders = named
        self._choose_base = {each.name for each in catalogue.sources if each.adapter_of == ANY}

    @property
    def sources(self) -> tuple[LanguageSource, ...]:
        return tuple(self._sources.values())

    def source(self, name: str) -> LanguageSource:
        """Return one entry.

        Raises
        ------
        ModelUnavailableError
        """
        if name not in self._sources:
            raise ModelUnavailableError(model=name, reason=N_("there is no model of this name"))
        return self._sources[name]

    def folder_of(self, source: LanguageSource) -> Path:
        """Return where its files lie or would lie: a folder that was named goes first."""
        if named := self._named_folders.get(source.name):
            return named.folder
        if source.folder:
            return (source.beside or self._folder) / source.folder
        return self._folder / source.name

    def own_folder(self, name: str) -> Path:
        """Return where the files of a model are fetched to."""
        return self._folder / self.source(name).name

    def is_named(self, source: LanguageSource) -> bool:
        """Whether a person named the folder, in the interface or in the entry."""
        return source.name in self._named_folders or bool(source.folder)

    def chooses_base(self, name: str) -> bool:
        """Whether the model that an adapter sits on is chosen with its folder."""
        return name in self._choose_base

    def name_folder(self, name: str, folder: Path | None, base: str = "") -> None:
        """Keep a folder for an entry, or take it back with ``None``.

        Raises
        ------
        OSError
        ModelUnavailableError
            If there is no such entry, or the list of folders is damaged: it is not written over.
        """
        source, before = self.source(name), self._named()
        if before is None:
            reason = N_("folders.json cannot be read: mend it or take it away")
            raise ModelUnavailableError(model=name, reason=reason)
        named = {
            each: {"folder": str(kept.folder), "base": kept.base}
            for each, kept in before.items()
            if each != source.name
        }
        if folder is not None:
            named[source.name] = {"folder": str(folder), "base": base}
        self._folder.mkdir(parents=True, exist_ok=True)
        replace_json(self._folder / FOLDERS, named)

    def standings(
        self, memory: Memory, wanted: Precision | None = None, server: Server | None = None
    ) -> tuple[Standing, ...]:
        """Return every model, whether it can run and why not. No weights are read."""
        return tuple(self.standing(each, memory, wanted, server) for each in self.sources)

    def standing(
        self,
        source: LanguageSource,
        memory: Memory,
        wanted: Precision | None = None,
        server: Server | None = None,
    ) -> Standing:
        if source.kind == "remote":
            return of_server(source, server or Server())
        folder = self.folder_of(source)
        try:
            found = self.looked_through(source)
        except CheckpointRefusedError as error:
            return self._not_here(source, folder, error, _choice(source, 0, memory, wanted))
        record = read_record(folder)
        whole = Standing(
            source=found.source,
            state=State.READY,
            folder=folder,
            here=True,
            revision=record.revision if record else "",
            digest=known_digest(folder) if found.adapter is None else "",
            choice=_choice(found.source, found.bytes, memory, wanted),
        )
        if not self.is_named(source) and (wrong := unfinished(source, folder, record)):
            return replace(
                whole, state=State.NEEDS_DOWNLOAD, sentence=wrong[0], facts=wrong[1], here=False
            )
        if found.adapter is not None and not self._is_whole(self._base_source(source)):
            return without_base(replace(whole, here=False), source.adapter_of)
        return against_memory(whole)

    def open(self, name: str, on_digest: OnDigest | None = None) -> Checkpoint:
        """Look a model through, read its digest and return it, ready to be loaded.

        Raises
        ------
        ModelUnavailableError, CheckpointRefusedError
        """
        source = self.source(name)
        if source.kind == "remote":
            raise ModelUnavailableError(model=name, reason=N_("it does not run on this machine"))
        folder, record = self.folder_of(source), read_record(self.folder_of(source))
        if not self.is_named(source) and (wrong := unfinished(source, folder, record)):
            raise ModelUnavailableError(model=name, reason=wrong[0].format(**wrong[1]))
        base = self._base(source, on_digest)
        return open_checkpoint(self.as_chosen(source), folder, base, on_digest)

    def looked_through(self, source: LanguageSource) -> Checkpoint:
        """Return a model whose files are here, without their digest.

        Raises
        ------
        CheckpointRefusedError
        """
        base = None
        if source.adapter_of not in ("", ANY):
            base = self.looked_through(self._base_source(source))
        return examine(self.as_chosen(source), self.folder_of(source), base)

    def as_chosen(self, source: LanguageSource) -> LanguageSource:
        """Return an entry that says whether a person chooses what it sits on."""
        return replace(source, adapter_of=ANY) if self.chooses_base(source.name) else source

    def _is_whole(self, source: LanguageSource) -> bool:
        folder = self.folder_of(source)
        return self.is_named(source) or not unfinished(source, folder, read_record(folder))

    def _base(self, source: LanguageSource, on_digest: OnDigest | None) -> Checkpoint | None:
        if source.adapter_of in ("", ANY):
            return None
        return self.open(self._base_source(source).name, on_digest)

    def _base_source(self, source: LanguageSource) -> LanguageSource:
        base = self._sources.get(source.adapter_of)
        if base is None or base.adapter_of or base.kind == "remote":
            template = N_("there is no model {base} that it could sit on")
            named = {"base": source.adapter_of}
            raise CheckpointRefusedError(
                model=source.name, reason=template.format(**named), template=template, named=named
            )
        return base

    def _not_here(
        self,
        source: LanguageSource,
        folder: Path,
        error: CheckpointRefusedError,
        choice: Choice | None,
    ) -> Standing:
        """A model whose files are not here, not all here, or not usable."""
        record = read_record(folder)
        absent = Standing(
            source=source,
            state=State.UNAVAILABLE,
            sentence=str(error.facts["template"]),
            facts=error.facts["named"],
            folder=folder,
            revision=source.revision or (record.revision if record else ""),
            choice=choice,
        )
        if error.facts["model"] != source.name:
            return without_base(absent, str(error.facts["model"]))
        if self.is_named(source) or (record is not None and record.complete):
            return absent
        if "published_pickled" in source.notes:
            return replace(absent, sentence=PICKLED, facts={})
        if not source.repository:
            return replace(absent, sentence=N_("name a folder that holds one"), facts={})
        sentence, facts = unfinished(source, folder, record) or ("", {})
        return against_memory(
            replace(absent, state=State.NEEDS_DOWNLOAD, sentence=sentence, facts=facts)
        )

    def _named(self) -> dict[str, NamedFolder] | None:
        """Return the folders that were named; ``None`` where their list is damaged."""
        path = self._folder / FOLDERS
        try:
            if path.stat().st_size > MOST_BYTES:
                return None
            document = json.loads(path.read_text(encoding="utf-8"))
            return {
                str(name): NamedFolder(Path(str(entry["folder"])), str(entry["base"]))
                for name, entry in document.items()
            }
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
