"""Settings: what is refused before a port is opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.domain.errors import SettingsError
from core.settings import Settings, load_settings, loopback
from dashboard.workspace import open_workspace, prepare


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ADDRESS", "0.0.0.0"),
        ("ADDRESS", "192.168.1.5"),
        ("ADDRESS", "::"),
        ("ADDRESS", "reading-room.example"),
        ("PORT", "0"),
        ("PORT", "70000"),
        ("PORT", "http"),
    ],
)
def test_an_open_door_or_a_bad_value_is_refused_by_name(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"OVERREAD_{name}", value)
    with pytest.raises(SettingsError, match=f"OVERREAD_{name}"):
        load_settings()


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.9", "localhost", "::1"])
def test_loopback_addresses_are_taken(address: str) -> None:
    assert loopback(address)


def test_a_model_that_does_not_exist_stops_the_start(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OVERREAD_MODEL", "nobody")
    with pytest.raises(SettingsError, match="no model nobody"):
        prepare(open_workspace(Settings()))


def test_a_database_password_is_not_shown(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVERREAD_DATABASE_URL", "postgresql+psycopg://reader:hunter2@localhost/o")
    settings = load_settings()
    assert "hunter2" not in repr(settings) and "hunter2" in settings.engine_url


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://gpu.example/v1", "plain http"),
        ("https://reader:hunter2@gpu.example/v1", "name or password"),
        ("gpu.example", "https"),
    ],
)
def test_a_model_server_that_would_show_films_to_others_is_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch, url: str, reason: str
) -> None:
    monkeypatch.setenv("OVERREAD_REMOTE_MODEL", "served")
    monkeypatch.setenv("OVERREAD_REMOTE_MODEL_URL", url)
    with pytest.raises(SettingsError, match=f"OVERREAD_REMOTE_MODEL_URL .*{reason}") as caught:
        load_settings()
    assert "hunter2" not in str(caught.value)


def test_a_model_server_without_the_name_of_a_model_is_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OVERREAD_REMOTE_MODEL_URL", "https://gpu.example/v1")
    with pytest.raises(SettingsError, match="OVERREAD_REMOTE_MODEL must name"):
        load_settings()


def test_the_key_of_a_model_server_is_not_shown(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OVERREAD_REMOTE_MODEL_KEY", "hunter2")
    assert "hunter2" not in repr(load_settings()) + load_settings().model_dump_json()
