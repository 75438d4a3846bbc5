"""A folder with a model, looked through before anything of it is loaded.

Weights are safetensors or the model is refused: nothing is unpickled. No file may ask for code of
its own. Headers tell a file that was cut short in milliseconds; the digest, which reads every byte,
is kept beside the files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, NoReturn

from core.domain.errors import N_
from core.domain.model_errors import CheckpointRefusedError
from core.models.language import shards as safetensors
from core.models.language.catalogue import ANY, LanguageSource, served_architectures
from core.models.language.digests import OnDigest, folder_digest
from core.models.language.record import read_record
from core.models.language.shards import BadShardError, Shard

CONFIG = "config.json"
ADAPTER_CONFIG = "adapter_config.json"
ADAPTER_WEIGHTS = "adapter_model.safetensors"
WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
MOST_JSON = 50_000_000

_PICKLED = (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".h5", ".msgpack", ".joblib")
_WITH_CODE = (
    CONFIG,
    ADAPTER_CONFIG,
    "tokenizer_config.json",
    "processor_config.json",
    "preprocessor_config.json",
    "image_processor_config.json",
    "video_preprocessor_config.json",
    "generation_config.json",
)
_TOKENIZERS = (
    ("tokenizer.json",),
    ("tokenizer.model",),
    ("vocab.json", "merges.txt"),
    ("vocab.txt",),
)
_PROCESSORS = ("preprocessor_config.json", "processor_config.json", "image_processor_config.json")
_TEMPLATES = ("chat_template.jinja", "chat_template.json")


@dataclass(frozen=True)
class Checkpoint:
    """Files that can be loaded.

    Attributes
    ----------
    folder : Path
        Weights, tokenizer and processor; of the base where there is an adapter.
    source : LanguageSource
        The entry, with what the files themselves say of size and precision.
    digest : str
        SHA-256 over every file of the model that is read; empty where it was only looked through.
    adapter : Path or None
        Folder of the LoRA adapter.
    bytes : int
        Size of all weights.
    """

    folder: Path
    source: LanguageSource
    digest: str
    adapter: Path | None = None
    bytes: int = 0


def open_checkpoint(
    source: LanguageSource,
    folder: Path,
    base: Checkpoint | None = None,
    on_digest: OnDigest | None = None,
) -> Checkpoint:
    """Look a folder through and tell its files by their digest.

    Parameters
    ----------
    base : Checkpoint or None
        What a LoRA adapter sits on; needed where the entry is an adapter.
    on_digest : callable or None
        Told how many bytes of how many have been read.

    Raises
    ------
    CheckpointRefusedError
        In one sentence.
    """
    found = examine(source, folder, base)
    own = folder_digest(folder, on_digest)
    record = read_record(folder)
    for name, fetched in (record.files if record else {}).items():
        if own.files.get(name, fetched.sha256) != fetched.sha256:
            _refuse(source, N_("{file} is not the file that was fetched"), file=name)
    digest = own.digest
    if base is not None:
        digest = own.joined(base.digest or folder_digest(base.folder, on_digest).digest)
    return replace(found, digest=digest)


def examine(source: LanguageSource, folder: Path, base: Checkpoint | None = None) -> Checkpoint:
    """Look a folder through without reading its weights; the digest stays empty.

    Raises
    ------
    CheckpointRefusedError
        In one sentence.
    """
    try:
        if not folder.is_dir():
            _refuse(source, N_("the folder is not there"))
        if source.adapter_of:
            return _adapter(source, folder, base)
        return _whole(source, folder)
    except OSError as error:
        _refuse(source, N_("a file cannot be read: {file}"), file=error.strerror or "")


def _whole(source: LanguageSource, folder: Path) -> Checkpoint:
    config = _json(source, folder, CONFIG)
    _no_code(source, folder)
    _no_adapter(source, folder)
    _architecture(source, config)
    shards = _shards(source, folder)
    _words_and_pictures(source, folder)
    quantized = config.get("quantization_config")
    facts: dict[str, Any] = {"parameters": safetensors.parameters(shards)}
    if isinstance(quantized, dict):
        if not quantized.get("load_in_4bit"):
            _refuse(source, N_("its weights are quantized in a way that is not read here"))
        facts = {"stored": "nf4", "parameters": source.parameters}
    else:
        facts["stored"] = safetensors.stored_as(shards)
        facts["kept_parameters"] = safetensors.word_parameters(shards)
    size = sum(shard.bytes for shard in shards.values())
    return Checkpoint(folder, replace(source, **facts), "", None, size)


def _adapter(source: LanguageSource, folder: Path, base: Checkpoint | None) -> Checkpoint:
    config = _json(source, folder, ADAPTER_CONFIG)
    _no_code(source, folder)
    if config.get("peft_type") != "LORA":
        _refuse(source, N_("its adapter is not a LoRA adapter"))
    if not config.get("base_model_name_or_path"):
        _refuse(source, N_("its adapter does not say which model it was made for"))
    if base is None:
        _refuse(source, N_("the model that it sits on is not named"))
    _made_for(source, str(config["base_model_name_or_path"]), base)
    if not (folder / ADAPTER_WEIGHTS).is_file():
        _missing_weights(source, folder, ADAPTER_WEIGHTS)
    size = _shard(source, folder, ADAPTER_WEIGHTS).bytes
    own = replace(
        base.source,
        name=source.name,
        title=source.title,
        adapter_of=base.source.name,
        prompt=source.prompt or base.source.prompt,
        beside=source.beside,
    )
    return Checkpoint(base.folder, own, "", folder, base.bytes + size)


def _made_for(source: LanguageSource, named: str, base: Checkpoint) -> None:
    """Another base of the same shape takes an adapter too, and writes nonsense.

    Where the base was chosen with the folder, a person has said that it fits.
    """
    if source.adapter_of == ANY:
        return
    known = {base.source.name, base.source.repository.lower(), str(base.folder).lower()}
    if named.lower() in known:
        return
    # Trained elsewhere: the folder has another place there, and the same name.
    path = PureWindowsPath(named) if "\\" in named else PurePosixPath(named)
    if not path.is_absolute() or path.name != base.folder.name:
        sentence = N_("its adapter was made for {named}, not for {base}")
        _refuse(source, sentence, named=named[:120], base=base.source.name)


def adapter_base(folder: Path) -> str:
    """Return the model that an adapter says it was made for; empty where it is no adapter."""
    path = folder / ADAPTER_CONFIG
    try:
        if path.stat().st_size > MOST_JSON:
            return ""
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(document.get("base_model_name_or_path", "")) if isinstance(document, dict) else ""


# --- parts --------------------------------------------------------------------------------------


def _json(source: LanguageSource, folder: Path, name: str) -> Mapping[str, Any]:
    path = folder / name
    if not path.is_file():
        _refuse(source, N_("{file} is missing"), file=name)
    if path.stat().st_size > MOST_JSON:
        _refuse(source, N_("{file} is too large"), file=name)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        _refuse(source, N_("{file} cannot be read"), file=name)
    if not isinstance(document, dict):
        _refuse(source, N_("{file} cannot be read"), file=name)
    return document


def _no_code(source: LanguageSource, folder: Path) -> None:
    for name in _WITH_CODE:
        if (folder / name).is_file() and "auto_map" in _json(source, folder, name):
            _refuse(source, N_("{file} asks for code of its own, which is never run"), file=name)


def _no_adapter(source: LanguageSource, folder: Path) -> None:
    """An adapter beside whole weights is loaded by transformers of itself, a pickled one too."""
    for name in sorted(path.name for path in folder.iterdir()):
        if name.lower() == ADAPTER_CONFIG or name.lower().startswith("adapter_model."):
            sentence = N_("{file} would load other weights than the model's own; take it out")
            _refuse(source, sentence, file=name)


def _architecture(source: LanguageSource, config: Mapping[str, Any]) -> None:
    served = served_architectures(source)
    named = config.get("architectures")
    named = [str(each)[:80] for each in named] if isinstance(named, list) else []
    if not set(named) & set(served):
        told = ", ".join(named) or "–"
        _refuse(source, N_("{architecture} is not what this entry serves"), architecture=told)


def _shards(source: LanguageSource, folder: Path) -> dict[str, Shard]:
    if not (folder / INDEX).is_file():
        if not (folder / WEIGHTS).is_file():
            _missing_weights(source, folder, WEIGHTS)
        return {WEIGHTS: _shard(source, folder, WEIGHTS)}
    if (folder / WEIGHTS).is_file():
        # The one file would be loaded, the shards of the index examined.
        sentence = N_("{file} and {index} are both there; keep the one that is meant")
        _refuse(source, sentence, file=WEIGHTS, index=INDEX)
    places = _json(source, folder, INDEX).get("weight_map")
    if not isinstance(places, dict) or not places:
        _refuse(source, N_("{file} cannot be read"), file=INDEX)
    names = sorted({str(name) for name in places.values()})
    for name in names:
        if "/" in name or "\\" in name or not name.endswith(".safetensors"):
            _refuse(source, N_("{file} names a file that is no part of a model"), file=INDEX)
        if not (folder / name).is_file():
            _refuse(source, N_("{file} is missing"), file=name)
    shards = {name: _shard(source, folder, name) for name in names}
    for tensor, name in places.items():
        if tensor not in shards[str(name)].tensors:
            _refuse(source, N_("{file} lacks weights that the index places there"), file=str(name))
    return shards


def _shard(source: LanguageSource, folder: Path, name: str) -> Shard:
    try:
        return safetensors.read_shard(folder / name)
    except BadShardError as error:
        _refuse(source, error.template, file=name)


def _missing_weights(source: LanguageSource, folder: Path, name: str) -> NoReturn:
    pickled = sorted(path.name for path in folder.iterdir() if path.suffix.lower() in _PICKLED)
    if pickled:
        sentence = N_("its weights are pickled ({file}), and only safetensors files are opened")
        _refuse(source, sentence, file=pickled[0])
    _refuse(source, N_("{file} is missing"), file=name)


def _words_and_pictures(source: LanguageSource, folder: Path) -> None:
    if source.kind == "classifier":
        return
    if not any(all((folder / name).is_file() for name in names) for names in _TOKENIZERS):
        _refuse(source, N_("its tokenizer is missing"))
    if not any((folder / name).is_file() for name in _PROCESSORS):
        _refuse(source, N_("{file} is missing"), file=_PROCESSORS[0])
    if source.kind == "chat" and not any((folder / name).is_file() for name in _TEMPLATES):
        told = "tokenizer_config.json"
        if not (folder / told).is_file() or not _json(source, folder, told).get("chat_template"):
            _refuse(source, N_("its chat template is missing"))


def _refuse(source: LanguageSource, template: str, **named: str) -> NoReturn:
    """``template`` and what fills it go along, so that the interface can translate them."""
    raise CheckpointRefusedError(
        model=source.name, reason=template.format(**named), template=template, named=named
    ) from None
