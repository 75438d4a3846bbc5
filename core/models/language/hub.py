"""The hub: what it would send of a model, and all that can go wrong, in one sentence each."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import urlsplit

from core.domain.errors import N_
from core.domain.model_errors import DownloadError
from core.models.language.catalogue import LanguageSource
from core.models.language.record import OWN_FILES

HUB = "https://huggingface.co"
ASK_SECONDS = 20
PART = ".part"

_WEIGHTS = re.compile(r"(model|model-\d{5}-of-\d{5}|adapter_model)\.safetensors")
_ADAPTER = re.compile(r"adapter_config\.json|adapter_model\..*", re.IGNORECASE)
_TEXT = re.compile(r"\w[\w.-]*\.(json|txt|model|jinja)")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_OID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True)
class RemoteFile:
    """``oid`` is the SHA-256 of a large file, the git blob id (SHA-1) of a small one."""

    name: str
    size: int
    oid: str

    @property
    def part(self) -> str:
        return f"{self.name}.{self.oid[:12]}{PART}"


@dataclass(frozen=True)
class Offer:
    """What the hub would send."""

    revision: str
    files: tuple[RemoteFile, ...]

    @property
    def size_bytes(self) -> int:
        return sum(file.size for file in self.files)


def endpoint() -> str:
    """Return the address of the hub, or of a mirror that ``HF_ENDPOINT`` names."""
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or HUB


def ask(source: LanguageSource, revision: str = "") -> Offer:
    """Ask the hub which files a commit has and how large they are; nothing is fetched.

    Parameters
    ----------
    revision : str
        The commit; empty asks for the newest and returns which one that is.

    Raises
    ------
    DownloadError
    """
    from huggingface_hub import HfApi

    if not source.repository:
        fail(source, N_("it is not published at one place; name a folder"))
    with one_sentence(source):
        told = HfApi(endpoint=endpoint()).model_info(
            source.repository, revision=revision or None, files_metadata=True, timeout=ASK_SECONDS
        )
        files = tuple(_wanted(told.siblings or (), adapter=bool(source.adapter_of)))
    if told.sha is None or not _COMMIT.fullmatch(told.sha) or revision not in ("", told.sha):
        fail(source, N_("{host} answers with another revision"), host=host())
    if not any(file.name.endswith(".safetensors") for file in files):
        fail(source, N_("it is published without safetensors files, and no others are opened"))
    return Offer(told.sha, files)


def allowed(name: str, *, adapter: bool) -> bool:
    """Whether a file is fetched: safetensors and text, from the top of the repository.

    Files of an adapter come where the entry is an ``adapter``: beside a whole model they would
    change its weights.
    """
    if name in OWN_FILES or (_ADAPTER.fullmatch(name) and not adapter):
        return False
    return bool(_WEIGHTS.fullmatch(name) or _TEXT.fullmatch(name))


def _wanted(siblings: Iterable[Any], *, adapter: bool) -> Iterator[RemoteFile]:
    for sibling in siblings:
        if not allowed(sibling.rfilename, adapter=adapter):
            continue
        oid = sibling.lfs.sha256 if sibling.lfs is not None else sibling.blob_id
        if sibling.size is None or not _OID.fullmatch(str(oid)):
            # Without a size and a checksum there is nothing to hold the file against.
            raise ValueError(sibling.rfilename)
        yield RemoteFile(sibling.rfilename, int(sibling.size), str(oid))


@contextmanager
def one_sentence(source: LanguageSource, file: str = "") -> Iterator[None]:
    """Turn what the client raises into one sentence; errors of this machine's disk pass.

    Raises
    ------
    DownloadError
    """
    import httpx
    from huggingface_hub import errors

    try:
        yield
    except errors.GatedRepoError:
        sentence = N_(
            "its publisher asks for consent: agree on its page at {host}, then set HF_TOKEN"
        )
        fail(source, sentence, host=host())
    except errors.RevisionNotFoundError:
        fail(source, N_("its pinned revision is no longer published"))
    except errors.RepositoryNotFoundError:
        fail(
            source,
            N_("{host} has no such model, or shows it to its members alone: set HF_TOKEN"),
            host=host(),
        )
    except errors.EntryNotFoundError:
        fail(source, N_("{file} is not published"), file=file)
    except errors.HfHubHTTPError as error:
        status = str(error.response.status_code)
        if status in ("401", "403"):
            sentence = N_("{host} shows it to its members alone: agree to its terms, set HF_TOKEN")
            fail(source, sentence, host=host())
        fail(source, N_("{host} answers with error {status}"), host=host(), status=status)
    except (httpx.HTTPError, errors.OfflineModeIsEnabled):
        fail(source, N_("{host} cannot be reached from here"), host=host())
    except RecursionError:
        # The client calls itself after each cut.
        fail(source, N_("{file} did not arrive whole"), file=file)
    except OSError as error:
        if error.errno is not None:
            raise
        fail(source, N_("{file} did not arrive whole"), file=file)
    except (ValueError, KeyError, TypeError, AttributeError):
        fail(source, N_("{host} does not answer as a hub does"), host=host())


def fail(source: LanguageSource, template: str, **named: str) -> NoReturn:
    """``template`` and what fills it go along, so that the interface can translate them."""
    raise DownloadError(
        model=source.name, reason=template.format(**named), template=template, named=named
    ) from None


def host() -> str:
    """Return the name of the hub that is asked."""
    return urlsplit(endpoint()).hostname or endpoint()
