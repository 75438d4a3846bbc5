from __future__ import annotations

import shutil

import pytest

from core.domain.errors import ModelUnavailableError
from core.models import registry
from core.models.fake import FakeClassifier
from core.models.language.precision import Memory
from core.models.language.shelf import Shelf
from core.models.registry import Source, entries, load, writers


def source(folder) -> tuple[Source, ...]:
    return (Source("tiny", "embedded", folder, "Apache-2.0"),)


def test_an_entry_shows_what_was_measured(weights_folder):
    (entry,) = entries(source(weights_folder))
    assert entry.state == "ready"
    assert entry.labels == ("pleural effusion", "cardiomegaly", "no finding")
    assert entry.measured.mean_nih_auroc.value == 0.8
    assert entry.measured.findings["cardiomegaly"].sensitivity_uncertain.cases == 40
    assert len(entry.digest) == 64


@pytest.mark.parametrize("missing", ["weights.safetensors", "measured.json"])
def test_a_model_without_its_files_is_listed_with_its_reason(weights_folder, missing):
    (weights_folder / missing).unlink()
    (entry,) = entries(source(weights_folder))
    assert entry.state == "unavailable"
    assert "missing" in entry.reason


@pytest.fixture
def film_check(tmp_path, monkeypatch):
    """The shipped film check, to be taken apart."""
    folder = tmp_path / "film_check"
    shutil.copytree(registry.FILM_CHECK_FOLDER, folder)
    monkeypatch.setattr(registry, "FILM_CHECK_FOLDER", folder)
    return folder


@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("measured.json", None, "the figures file of its film check is missing"),
        ("measured.json", "{", "the figures file of its film check is damaged"),
        ("weights.safetensors", None, "the weights file of its film check is missing"),
    ],
)
def test_a_model_whose_film_check_cannot_be_used_is_not_ready(
    weights_folder, film_check, file, content, reason
):
    (film_check / file).unlink()
    if content is not None:
        (film_check / file).write_text(content)
    (entry,) = entries(source(weights_folder))
    assert (entry.state, entry.reason) == ("unavailable", reason)
    assert entry.measured is not None
    fake, any_film = registry.entry(registry.FAKE), registry.entry(registry.FAKE_ANY_FILM)
    assert (fake.state, fake.reason) == ("unavailable", reason)
    assert (any_film.state, any_film.reason) == ("ready", "")


def test_load_gives_the_model_of_the_folder(weights_folder):
    assert load("tiny", source(weights_folder)).identity.name == "tiny"


def test_the_fake_is_loaded_by_name_but_never_listed():
    assert isinstance(load("fake"), FakeClassifier)
    assert "fake" not in [entry.name for entry in entries()]


def test_an_unknown_name_is_one_sentence():
    with pytest.raises(ModelUnavailableError, match="no model of this name"):
        load("densenet-of-somebody")


def test_a_figures_file_that_changed_is_read_again(weights_folder):
    from core.models.measured import read_measured

    first = read_measured(weights_folder)
    assert read_measured(weights_folder) is first
    path = weights_folder / "measured.json"
    path.write_text(path.read_text().replace('"tiny"', '"another"'))
    again = read_measured(weights_folder)
    assert (again.name, again.digest != first.digest) == ("another", True)


def test_models_that_write_say_what_they_need(tmp_path):
    found = {entry.name: entry for entry in writers(Shelf(tmp_path), Memory(16 * 10**9))}
    assert found["qwen2-vl-2b"].state == "needs download"
    assert found["llama-3.2-11b-vision"].state == "needs GPU"
    assert "GPU" in found["llama-3.2-11b-vision"].reason
    assert found["qwen2-vl-2b"].licence == "apache-2.0"
    assert not {entry.name for entry in entries()} & set(found)
