"""Models that write, as entries in TOML: the shipped ones, and a user's own of the same shape."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from core.domain.errors import ModelUnavailableError

CATALOGUE = Path(__file__).with_name("catalogue.toml")
PROMPTS = Path(__file__).with_name("prompts")
MOST_BYTES = 1_000_000
ANY = "any"

Kind = Literal["chat", "blip", "encoder_decoder", "remote", "classifier"]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,79}$")]
Repository = Annotated[str, Field(pattern=r"^([\w][\w.-]*/[\w][\w.-]*)?$")]
Revision = Annotated[str, Field(pattern=r"^([0-9a-f]{40})?$")]
PromptFile = Annotated[str, Field(pattern=r"^([\w-]+\.txt)?$")]
Count = Annotated[int, Field(ge=0)]


@dataclass(frozen=True)
class LanguageSource:
    """One entry. Empty or 0 is *not known*, never a guess.

    Attributes
    ----------
    name
        What settings and drafts call it; also its folder below OVERREAD_HOME/models.
    title
        What a person reads.
    kind
        What serves it: any chat template, BLIP, an image encoder with a text decoder, a server, or
        a classifier beside them.
    repository, revision
        Where it is published, and the commit to fetch. Without a revision the first download's is
        kept beside the files and demanded from then on.
    gated
        Its publisher asks for consent to its terms before files can be fetched.
    parameters, kept_parameters
        How many numbers it has, and how many of them 4-bit weights leave in 16 bits: the word
        embeddings and the output head.
    size_bytes
        What is fetched.
    stored
        The precision of its files.
    image, input_size, tiles
        How it takes the film: a square of ``input_size`` pixels, at most so many ``tiles`` of that
        size beside a view of the whole, or in its own size.
    prompt
        File with what it is asked for a draft, or with the words that a caption begins with.
    adapter_of
        The entry that a LoRA adapter sits on; ``any`` where it is chosen with the folder.
    architectures
        Names in config.json that are served; empty takes those of the kind.
    folder
        Where its files lie, for entries that name a folder themselves.
    notes
        Codes of sentences that the interface shows.
    beside
        Folder of the file that holds the entry; ``None`` for shipped ones.
    """

    __pydantic_config__ = ConfigDict(extra="forbid", strict=False)

    name: Name
    title: Annotated[str, Field(min_length=1, max_length=120)]
    kind: Kind
    repository: Repository = ""
    revision: Revision = ""
    licence: Annotated[str, Field(max_length=120)] = ""
    licence_url: Annotated[str, Field(pattern=r"^(https://\S+)?$")] = ""
    gated: bool = False
    parameters: Count = 0
    kept_parameters: Count = 0
    size_bytes: Count = 0
    stored: Literal["", "nf4", "bf16", "fp16", "fp32"] = ""
    image: Literal["", "square", "tiles", "own"] = ""
    input_size: Count = 0
    tiles: Count = 0
    prompt: PromptFile = ""
    adapter_of: Annotated[str, Field(pattern=r"^([a-z0-9][a-z0-9._-]{0,79})?$")] = ""
    architectures: tuple[str, ...] = ()
    folder: str = ""
    notes: tuple[str, ...] = ()
    beside: Path | None = None

    @property
    def local(self) -> bool:
        """Whether its weights lie on this machine, once they are here."""
        return self.kind != "remote"


@dataclass(frozen=True)
class Catalogue:
    """Entries by order, and one sentence for each file or entry that could not be used."""

    sources: tuple[LanguageSource, ...]
    problems: tuple[str, ...] = ()


_ENTRY: TypeAdapter[LanguageSource] = TypeAdapter(LanguageSource)


def sources(extra: Path | None = None) -> tuple[LanguageSource, ...]:
    """Return every entry; see `read_catalogue`."""
    return read_catalogue(extra).sources


def read_catalogue(extra: Path | None = None) -> Catalogue:
    """Read the shipped entries, then a user's own, which replace shipped ones of the same name.

    Parameters
    ----------
    extra : Path or None
        A TOML file of the shape of ``catalogue.toml``, or a folder of such files. Neither need
        exist. What cannot be used is left out and named in `Catalogue.problems`.
    """
    shipped, problems = _read(CATALOGUE)
    found = {source.name: source for source in shipped}
    for path in _files(extra):
        own, wrong = _read(path)
        found |= {source.name: replace(source, beside=path.parent) for source in own}
        problems += wrong
    return Catalogue(tuple(found.values()), tuple(problems))


def source_of(name: str, extra: Path | None = None) -> LanguageSource:
    """Return one entry by its name.

    Raises
    ------
    ModelUnavailableError
    """
    for source in sources(extra):
        if source.name == name:
            return source
    raise ModelUnavailableError(model=name, reason="there is no model of this name")


def served_architectures(source: LanguageSource) -> tuple[str, ...]:
    """Return the names in config.json that this entry can have."""
    return source.architectures or _architectures()[source.kind]


def prompt_text(name: str, beside: Path | None = None) -> str:
    """Return a prompt, without the line break at its end; empty for no name.

    Parameters
    ----------
    beside : Path or None
        Folder of a user's entry, whose own prompts come first.

    Raises
    ------
    ModelUnavailableError
        If there is no such file, or it is no text.
    """
    if not name:
        return ""
    for folder in (beside, PROMPTS):
        path = folder / name if folder is not None else None
        if path is not None and path.is_file() and path.stat().st_size <= MOST_BYTES:
            try:
                return path.read_text(encoding="utf-8").strip()
            except UnicodeDecodeError:
                break
    raise ModelUnavailableError(model=name, reason="its prompt file cannot be read")


@cache
def _architectures() -> dict[str, tuple[str, ...]]:
    document = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    return {"remote": ()} | {
        kind: tuple(names) for kind, names in document["architectures"].items()
    }


def _files(extra: Path | None) -> Iterable[Path]:
    if extra is None:
        return ()
    if extra.is_dir():
        return sorted(path for path in extra.glob("*.toml") if path.is_file())
    return (extra,) if extra.is_file() else ()


def _read(path: Path) -> tuple[list[LanguageSource], list[str]]:
    """Return the entries of a file, and what is wrong with those that are left out."""
    if path.stat().st_size > MOST_BYTES:
        return [], [f"{path.name} is too large for a list of models"]
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        return [], [f"{path.name} cannot be read: {error}"]
    entries = document.get("model")
    if not isinstance(entries, list):
        return [], [f"{path.name} holds no [[model]]"]
    found, wrong = [], []
    for number, entry in enumerate(entries, 1):
        try:
            found.append(_checked(entry))
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "entry"
            wrong.append(f"{path.name}, entry {number}, {where}: {first['msg']}")
    return found, wrong


def _checked(entry: Any) -> LanguageSource:
    if isinstance(entry, dict) and "beside" in entry:
        # Where an entry stands is not for the entry to say.
        entry = {key: value for key, value in entry.items() if key != "beside"}
    return _ENTRY.validate_python(entry)


def plain_name(text: str) -> str:
    """Return a text as a name that an entry can have."""
    return re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-._")[:80]
