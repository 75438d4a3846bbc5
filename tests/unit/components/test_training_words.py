"""How the error of a run is told: in the language of the page, and never by a strange template."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.domain.model_errors import RemoteModelError
from core.models.language.answers import failure
from core.settings import load_settings
from core.training.finetuning.run_writer import RunWriter
from core.training.finetuning.runs import RunState, read_run
from dashboard import language
from dashboard.components.training.words import error_words

SLOW = "it sent nothing for {seconds} seconds"


@pytest.fixture
def tamil(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("OVERREAD_LANGUAGE", "ta")
    load_settings.cache_clear()
    yield
    load_settings.cache_clear()


def kept(folder: Path, error: RemoteModelError) -> dict[str, Any]:
    """An error as it comes back from the folder of a run."""
    asked: dict[str, Any] = {part: {} for part in ("model", "corpus", "recipe", "environment")}
    with RunWriter(folder) as writer:
        writer.begin({**asked, "backend": "peft", "command": "lora"}, 3)
        writer.end(RunState.FAILED, error=error)
    return dict(read_run(folder).error or {})


def test_an_error_is_told_in_the_language_of_the_page(tmp_path: Path, tamil: None) -> None:
    error = failure("m", SLOW, seconds="9")
    said = error_words(kept(tmp_path / "run", error))
    assert said == f"{language.sentence(error)} {language.remedy(error)}"
    assert str(error) not in said and "9" in said


def test_an_error_in_english_is_as_the_file_has_it(tmp_path: Path) -> None:
    error = failure("m", SLOW, seconds="9")
    assert error_words(kept(tmp_path / "run", error)) == f"{error} {error.remedy}"


@pytest.mark.parametrize(
    "odd",
    [
        {"templates": ["{reason.x}", "{reason:99999999999}"], "facts": {"reason": "r"}},
        {"templates": [RemoteModelError.sentence, ""], "facts": {"reason": "r"}},
        {"templates": 3, "facts": {}},
        {"templates": [{}, []], "facts": []},
        {"facts": {"template": None, "named": 1}, "templates": ["", ""]},
        {},
    ],
)
def test_odd_templates_of_a_file_leave_its_own_words(odd: dict[str, Any], tamil: None) -> None:
    assert error_words({"message": "It failed.", **odd}) == "It failed."
