"""A model at a stub of the hub, and the folder that it is fetched to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.model_errors import DownloadError
from core.models.language.catalogue import LanguageSource
from core.models.language.download import fetch
from tests.checkpoints import SHARDS, write_checkpoint
from tests.stub_hub import REVISION, StubHub, serve

FIRST, SECOND = SHARDS
SOURCE = LanguageSource("ours", "Ours", "chat", repository="somebody/model", revision=REVISION)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StubHub]:
    hub = StubHub(write_checkpoint(tmp_path / "published"))
    (hub.folder / "README.md").write_text("# A model")
    (hub.folder / "pytorch_model.bin").write_bytes(b"pickled")
    (hub.folder / "original").mkdir()
    (hub.folder / "original" / "params.json").write_text("{}")
    server, address = serve(hub)
    monkeypatch.setenv("HF_ENDPOINT", address)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    # Lines of these tests are cut within kilobytes.
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 64)
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda _seconds: None)
    yield hub
    server.shutdown()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home" / "models" / "ours"


def refusal(folder: Path, source: LanguageSource = SOURCE) -> str:
    with pytest.raises(DownloadError) as failed:
        fetch(source, folder)
    facts = failed.value.facts
    assert facts["template"].format(**facts["named"]) == facts["reason"]
    return str(facts["reason"])
