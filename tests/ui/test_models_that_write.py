"""The section of models that write: the table, a fetch with its progress, a folder instead."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.reader import Reader
from core.models.language.precision import Memory
from core.settings import load_settings
from dashboard import workspace as workspaces
from dashboard.components.models import writers
from dashboard.services import fetch_model, remote_consent
from dashboard.services.fetch_model import FetchState, fetches
from dashboard.workspace import Workspace
from tests.checkpoints import write_adapter, write_checkpoint
from tests.integration.test_fetch_model import OURS
from tests.stub_hub import StubHub, serve
from tests.ui.conftest import words

HOSTILE = """
[[model]]
name = "hostile"
title = "<script>alert(1)</script>"
kind = "chat"
licence = "<b>mine</b>"
"""


@pytest.fixture(autouse=True)
def laptop(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has what it has, wherever the tests run."""
    monkeypatch.setattr(writers, "memory_at_hand", lambda: Memory(16 * 10**9))


@pytest.fixture
def models(place: Workspace) -> Path:
    folder = place.settings.home / "models"
    folder.mkdir()
    return folder


@pytest.fixture
def hub(tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StubHub]:
    (models / "ours.toml").write_text(OURS, encoding="utf-8")
    hub = StubHub(write_checkpoint(tmp_path / "published"))
    server, address = serve(hub)
    monkeypatch.setenv("HF_ENDPOINT", address)
    yield hub
    fetch_model._fetches.clear()
    server.shutdown()


def opened(app: AppTest) -> AppTest:
    app.run()
    app.query_params["part"] = "write"
    app.switch_page("../pages/models.py")
    app.run()
    assert not app.exception
    return app


def row(app: AppTest, name: str) -> str:
    """The line of the table with this name."""
    bodies = [str(item.proto.body) for item in app.get("html")]
    (table,) = [body for body in bodies if 'class="writers"' in body]
    (line,) = [line for line in table.split("<tr>") if f"<small>{name}</small>" in line]
    return line


def test_every_model_has_its_state_and_its_reason(app: AppTest) -> None:
    app = opened(app)
    assert "16.0 GB of memory are free · no GPU can be used" in words(app)
    qwen, llama, blip = (
        row(app, name) for name in ("qwen2-vl-2b", "llama-3.2-11b-vision", "blip-xray-report")
    )
    for said in ("needs download", "int8 on the CPU", "6.5 GB", "4.4 GB", "apache-2.0", "895c3a49"):
        assert said in qwen
    for said in ("needs a GPU", "OVERREAD_PRECISION=nf4", "European Union", "tiles of 560 pixels"):
        assert said in llama
    assert blip.count("not known") >= 3 and "the first fetch sets it" in blip
    assert "Name a folder that holds one." in row(app, "encoder-decoder")
    assert "pickled" in row(app, "torchxrayvision-densenet121")


def test_a_precision_that_was_asked_for_is_said(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OVERREAD_PRECISION", "bf16")
    load_settings.cache_clear()
    workspaces.workspace.cache_clear()
    app = opened(app)
    assert "OVERREAD_PRECISION=bf16" in words(app)
    assert "bf16 on the CPU" in row(app, "qwen2-vl-2b")


def test_entries_of_a_user_stand_beside_the_shipped_ones(app: AppTest, models: Path) -> None:
    (models / "own.toml").write_text(HOSTILE, encoding="utf-8")
    (models / "bad.toml").write_text("[[model]]\nname = 3\n", encoding="utf-8")
    app = opened(app)
    hostile = row(app, "hostile")
    assert "<script>" not in hostile and "&lt;script&gt;" in hostile and "<b>" not in hostile
    assert "bad.toml" in app.warning[0].value.replace("\\", "")


def test_a_model_is_fetched_when_asked_for_and_the_table_says_so(
    app: AppTest, hub: StubHub, place: Workspace
) -> None:
    app = opened(app)
    app.selectbox(key="writer_to_fetch").select("ours").run()
    assert "somebody/model" in words(app).replace("\\", "")
    assert hub.asked == []
    app.button(key="fetch_model").click().run()
    while fetches(place)[0].state is FetchState.FETCHING:
        time.sleep(0.05)
    app.run()
    assert "every checksum right" in words(app)
    assert "ready" in row(app, "ours") and "012345678" in row(app, "ours")
    assert "ours" not in app.selectbox(key="writer_to_fetch").options
    app.button(key="dismiss_fetch_ours").click().run()
    assert "every checksum right" not in words(app)


def test_a_fetch_that_fails_says_why(app: AppTest, hub: StubHub, place: Workspace) -> None:
    hub.status, hub.code = 401, "GatedRepo"
    app = opened(app)
    app.selectbox(key="writer_to_fetch").select("ours").run()
    app.button(key="fetch_model").click().run()
    while fetches(place)[0].state is FetchState.FETCHING:
        time.sleep(0.05)
    app.run()
    assert "asks for consent" in app.error[0].value
    assert "needs download" in row(app, "ours")


def test_a_folder_is_named_instead_and_taken_back(
    app: AppTest, models: Path, tmp_path: Path
) -> None:
    app = opened(app)
    app.text_input(key="writer_folder").set_value(str(tmp_path / "absent"))
    app.button(key="use_folder").click().run()
    assert "the folder is not there" in app.error[0].value
    app.text_input(key="writer_folder").set_value(str(write_checkpoint(tmp_path / "mine")))
    app.button(key="use_folder").click().run()
    assert not app.error and "ready" in row(app, "qwen2-vl-2b")
    app.button(key="forget_folder").click().run()
    assert "needs download" in row(app, "qwen2-vl-2b")


def test_an_adapter_is_named_with_what_it_sits_on(
    app: AppTest, models: Path, tmp_path: Path
) -> None:
    write_checkpoint(models / "qwen2-vl-2b")
    app = opened(app)
    app.selectbox(key="writer_of_folder").select("lora-adapter").run()
    app.text_input(key="writer_folder").set_value(str(write_adapter(tmp_path / "adapter")))
    app.selectbox(key="writer_base").select("qwen2-vl-2b")
    app.button(key="use_folder").click().run()
    assert not app.error and "ready" in row(app, "lora-adapter")


def test_a_consent_is_shown_and_can_be_taken_back(
    app: AppTest, place: Workspace, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert remote_consent.agreement(place, "http://127.0.0.1:9/v1") is None
    url = "http://127.0.0.1:9/v1"
    monkeypatch.setenv("OVERREAD_REMOTE_MODEL_URL", url)
    monkeypatch.setenv("OVERREAD_REMOTE_MODEL", "served")
    load_settings.cache_clear()
    workspaces.workspace.cache_clear()
    mine = workspaces.workspace()
    remote_consent.agree(mine, url, reader=reader)
    shown = opened(app)
    assert any("let films go to the model server" in item.value for item in shown.caption)
    next(button for button in shown.button if button.label == "Take it back").click().run()
    assert remote_consent.agreement(mine, url) is None
    assert not any("let films go" in item.value for item in app.caption)
