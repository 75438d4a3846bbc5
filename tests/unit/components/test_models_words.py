"""What the Models page takes from a figures file by name stands in the translators' template."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from core.domain.errors import ModelUnavailableError
from core.evaluation.baseline import THUMBNAIL
from core.evaluation.comparison import PRIOR
from core.evaluation.document import NEAREST, THUMBNAILS, UNPRETRAINED
from core.evaluation.localisation import CENTRE, MEAN_BOX
from core.evaluation.other_dicom import SAME_PIXELS, UNREADABLE
from core.explain.gradcam import METHODS
from core.findings.vocabulary import NOT_ASSESSED, TERMS
from core.models import registry
from core.models.embedded import MAP_METHODS
from core.models.film_standing import read_check_figures
from core.models.measured import read_measured
from core.training.other_pictures.kinds import HELD_OUT, TRAINED
from dashboard import language
from dashboard.components.models.picture_words import PICTURES

TEMPLATE = language.CATALOGUES / "overread.pot"


@pytest.fixture(scope="module")
def words() -> set[str]:
    with TEMPLATE.open("rb") as file:
        return {str(message.id) for message in read_po(file) if message.id}


def test_names_of_figures_are_there_for_translators(words: set[str]) -> None:
    names = {term.name for term in TERMS} | set(NOT_ASSESSED)
    names |= {CENTRE, MEAN_BOX, PRIOR, THUMBNAILS, NEAREST, UNPRETRAINED, SAME_PIXELS, UNREADABLE}
    # Grad-CAM and its kin are proper names.
    names |= set(MAP_METHODS) - set(METHODS)
    assert names - words == set()
    assert f"{THUMBNAIL} x {THUMBNAIL} pixels" in THUMBNAILS


def test_names_of_drawn_pictures_are_there_for_translators(words: set[str]) -> None:
    assert {*TRAINED, *HELD_OUT} == PICTURES
    assert words >= PICTURES


def test_names_of_the_shipped_figures_are_there_for_translators(words: set[str]) -> None:
    document = json.loads((registry.EMBEDDED_FOLDER / "measured.json").read_text(encoding="utf-8"))
    check = json.loads((registry.FILM_CHECK_FOLDER / "measured.json").read_text(encoding="utf-8"))
    names = {*document["findings"], document["localisation"]["default"]}
    names |= {name for key in ("val", "cross_fit") for name in document["baselines"][key]}
    names |= {
        kind for key in ("phantoms", "composites") for kind in document["drawn"][key]["kinds"]
    }
    names |= set(check["figures"]["dicom_left_out"])
    assert names - words == set()


def test_reasons_why_a_model_cannot_be_used_are_there_for_translators(
    words: set[str], tmp_path: Path
) -> None:
    reasons = set()
    for content in (None, "{", '{"schema": 0, "name": "x"}'):
        if content is not None:
            (tmp_path / "measured.json").write_text(content, encoding="utf-8")
        for read in (read_measured, read_check_figures):
            with pytest.raises(ModelUnavailableError) as raised:
                read(tmp_path)
            reasons.add(str(raised.value.facts["reason"]))
    assert len(reasons) == 6
    assert reasons - words == set()
    with pytest.raises(ModelUnavailableError) as raised:
        registry.load("nowhere")
    assert raised.value.facts["reason"] in words
