"""An export as its readers take it (corpus, LoRA, trl, labels), and the consents it goes by."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core.domain.errors import NotFoundError
from core.domain.reader import Reader
from core.domain.report import Sections
from core.models.torchvision_guard import ensure_torchvision
from core.settings import Settings
from core.training.__main__ import main as train
from core.training.corpus.folder import TRAIN, VALIDATION, open_corpus
from core.training.relearning.labels import read_labels
from dashboard.services import export_signed as exports
from dashboard.services.consent import give_consent, may_train, signed_studies, withdraw_consent
from dashboard.services.export_signed import Exported, LeftOut, export_signed
from dashboard.services.export_study import stored
from dashboard.services.read_first import open_bare
from dashboard.workspace import Workspace, open_workspace, prepare
from tests.factories import film_pixels
from tests.integration.conftest import draft_next, take_in
from tests.integration.test_report_life_cycle import write_and_sign

ensure_torchvision()

TEXT = Sections(
    findings="There is a left pleural effusion. No pneumothorax.",
    impression="Left pleural effusion.",
)


def sign_against_a_draft(place: Workspace, reader: Reader, number: int, **tags: object) -> int:
    pixels = film_pixels(220, 200 + 10 * number, number)
    named = {"PatientID": f"PID-88421{number}", "PatientName": f"QUIXANO{number}^ALONSO"}
    named |= {"AccessionNumber": f"ACC-77441{number}"} | tags  # type: ignore[assignment]
    study = take_in(place, reader, pixels=pixels, **named).study_id
    draft_next(place)
    write_and_sign(place, study, reader, TEXT)
    return study


STUDIES = 5


@pytest.fixture(scope="module")
def signed_place(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace of this module, with studies that were signed against drafts."""
    home = tmp_path_factory.mktemp("module") / "home"
    place = open_workspace(Settings(home=home, model="fake", reader="Dr. Test"))
    prepare(place)
    reader = place.reader()
    studies = [sign_against_a_draft(place, reader, number) for number in range(STUDIES)]
    give_consent(place, studies, reader=reader)
    return place


@pytest.fixture(scope="module")
def export(
    signed_place: Workspace, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Exported]:
    folder = tmp_path_factory.mktemp("exports") / "signed"
    return folder, export_signed(signed_place, folder)


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text("utf-8").splitlines()]


def test_the_manifest_names_every_file_and_nothing_of_a_patient(
    export: tuple[Path, Exported], signed_place: Workspace
) -> None:
    folder, exported = export
    manifest = json.loads((folder / "manifest.json").read_bytes())
    there = {str(path.relative_to(folder)) for path in folder.rglob("*.*")} - {"manifest.json"}
    assert set(manifest["files"]) == there
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert manifest["consent"] == {"basis": "study"} and manifest["studies"] == STUDIES
    assert sum(manifest["patients_by_split"].values()) == manifest["patients"] == STUDIES
    assert [model["name"] for model in manifest["models"]] == ["fake"]
    assert exported.preferences == STUDIES == len(lines(folder, exports.PREFERENCES))
    content = b"".join(path.read_bytes() for path in folder.rglob("*.*"))
    for known in (b"PID-88421", b"QUIXANO", b"ALONSO", b"ACC-77441", b"20261120", b"Dr. Test"):
        assert known not in content
    with signed_place.look() as look:
        uids = [look.studies.get(one + 1).study_instance_uid for one in range(STUDIES)]
    assert not any(uid.encode() in content for uid in uids)


def test_a_corpus_keeps_the_frozen_patients_in_its_validation(
    export: tuple[Path, Exported], tmp_path: Path
) -> None:
    folder, exported = export
    command = ["corpus", "import", "ledger", str(folder), "--out", str(tmp_path / "corpus")]
    assert train(command) == 0
    samples = open_corpus(tmp_path / "corpus").manifest.samples
    assert samples.get(VALIDATION, 0) == exported.held_out
    assert samples[TRAIN] == STUDIES - exported.held_out


def test_frozen_patients_stay_frozen(
    export: tuple[Path, Exported], signed_place: Workspace, tmp_path: Path
) -> None:
    study = sign_against_a_draft(signed_place, signed_place.reader(), 9)
    give_consent(signed_place, [study], reader=signed_place.reader())
    export_signed(signed_place, tmp_path / "later")
    first, later = (
        {line["images"][0]: line["split"] for line in lines(each, "ledger.jsonl")}
        for each in (export[0], tmp_path / "later")
    )
    assert len(later) == STUDIES + 1 and first.items() <= later.items()


def test_labels_are_read_by_what_relearns(export: tuple[Path, Exported]) -> None:
    folder, exported = export
    labels = read_labels(folder)
    assert len(labels.rows) == STUDIES and labels.before_reveal == 0
    assert len(labels.of("holdout")) == exported.held_out
    for row in labels.rows:
        assert row.positive == {"pleural effusion"}
        assert row.known == {"pleural effusion", "pneumothorax", "no finding"}


def as_rows(folder: Path, name: str) -> list[dict[str, Any]]:
    """Lines with their picture decoded, as a corpus and trl have it."""
    rows = lines(folder, name)
    for row in rows:
        row["image"] = Image.open(folder / row["images"][0])
    return rows


@pytest.mark.slow
def test_the_lora_path_and_trl_make_batches_of_chats(
    export: tuple[Path, Exported], tiny_checkpoint: Callable[[str], Path]
) -> None:
    from transformers import AutoProcessor
    from trl.data_utils import is_conversational
    from trl.trainer.sft_trainer import DataCollatorForVisionLanguageModeling

    from core.training.finetuning.collator import IGNORED, ChatCollator

    processor = AutoProcessor.from_pretrained(tiny_checkpoint("qwen2_vl"))
    rows = as_rows(export[0], exports.CHAT)[:2]
    batch = ChatCollator(processor, 4096, 112)(rows)
    counted = batch["labels"][0][batch["labels"][0] != IGNORED]
    assert "IMPRESSION: Left pleural effusion." in processor.tokenizer.decode(counted)
    assert all(is_conversational(row) for row in rows)
    taken = DataCollatorForVisionLanguageModeling(processor)(
        [{"messages": row["messages"], "images": [row["image"]]} for row in rows]
    )
    assert len(taken["input_ids"]) == 2 and "pixel_values" in taken


def test_preferences_load_as_trl_takes_them(
    export: tuple[Path, Exported], tiny_checkpoint: Callable[[str], Path]
) -> None:
    from datasets import load_dataset
    from transformers import AutoProcessor
    from trl.data_utils import is_conversational, maybe_apply_chat_template

    folder, _exported = export
    loaded = load_dataset(
        "json",
        data_files=str(folder / exports.PREFERENCES),
        split="train",
        cache_dir=str(folder / "cache"),
    )
    assert {"prompt", "chosen", "rejected", "images"} <= set(loaded.column_names)
    assert is_conversational(loaded[0])
    (line, *_rest) = lines(folder, exports.PREFERENCES)
    processor = AutoProcessor.from_pretrained(tiny_checkpoint("qwen2_vl"))
    filled = maybe_apply_chat_template(
        {name: line[name] for name in ("prompt", "chosen", "rejected")}, processor
    )
    assert "Left pleural effusion." in filled["chosen"] != filled["rejected"]
    assert "FINDINGS" in filled["prompt"] and "FINDINGS:" not in filled["prompt"]


# --- consent ------------------------------------------------------------------------------------


def test_what_has_no_consent_is_left_out_and_counted(
    either: Workspace, reader: Reader, tmp_path: Path
) -> None:
    first, second = (sign_against_a_draft(either, reader, number) for number in (1, 2))
    assert give_consent(either, [first, second, first], reader=reader) == 2
    assert give_consent(either, [first], reader=reader) == 0
    assert withdraw_consent(either, [second], reader=reader) == 1
    exported = export_signed(either, tmp_path / "one")
    assert (exported.studies, exported.left_out) == (1, {LeftOut.CONSENT: 1})
    with either.look() as look:
        said = [line.given for line in look.consents.lines(second)]
        assert said == [True, False] and look.consents.given() == {first}
    found, total = signed_studies(either)
    assert total == 2 and {one.study.id: one.given for one in found} == {first: True, second: False}
    assert found[0].signed_by == "Dr. Test"


def test_may_not_is_kept_also_where_nobody_gave_anything(place: Workspace, reader: Reader) -> None:
    study = sign_against_a_draft(place, reader, 1)
    assert withdraw_consent(place, [study], reader=reader) == 1
    assert withdraw_consent(place, [study], reader=reader) == 0
    with pytest.raises(NotFoundError):
        give_consent(place, [study, 404], reader=reader)
    with place.look() as look:
        assert [line.given for line in look.consents.lines(study)] == [False]


def on_the_institutions_basis(place: Workspace) -> None:
    settings = place.settings.model_copy(update={"training_consent": "site"})
    object.__setattr__(place, "settings", settings)


def test_the_institutions_own_basis_covers_all_but_what_was_withdrawn(
    place: Workspace, reader: Reader, tmp_path: Path
) -> None:
    first, second = (sign_against_a_draft(place, reader, number) for number in (1, 2))
    withdraw_consent(place, [second], reader=reader)
    on_the_institutions_basis(place)
    exported = export_signed(place, tmp_path / "one")
    assert (exported.studies, exported.left_out) == (1, {LeftOut.CONSENT: 1})
    manifest = json.loads((tmp_path / "one" / "manifest.json").read_bytes())
    assert manifest["consent"] == {"basis": "site"}
    assert may_train(place, first) and not may_train(place, second)
    give_consent(place, [second], reader=reader)
    assert may_train(place, second)


def sign_the_same_film(place: Workspace, reader: Reader, *patients: str) -> list[int]:
    pixels = film_pixels(220, 200, 1)
    studies = [
        take_in(place, reader, pixels=pixels, PatientID=patient).study_id for patient in patients
    ]
    for study in studies:
        write_and_sign(place, study, reader, TEXT)
    give_consent(place, studies, reader=reader)
    return studies


def test_a_film_of_two_patients_is_never_exported_whoever_consents(
    place: Workspace, reader: Reader, tmp_path: Path
) -> None:
    """It would change its side when the consent of the one is withdrawn."""
    first, _second = sign_the_same_film(place, reader, "PID-1", "PID-2")
    exported = export_signed(place, tmp_path / "one")
    assert (exported.studies, exported.left_out) == (0, {LeftOut.DUPLICATE: 2})
    withdraw_consent(place, [first], reader=reader)
    exported = export_signed(place, tmp_path / "two")
    assert exported.left_out == {LeftOut.CONSENT: 1, LeftOut.DUPLICATE: 1}


def test_a_film_of_two_studies_of_a_patient_is_exported_once(
    place: Workspace, reader: Reader, tmp_path: Path
) -> None:
    sign_the_same_film(place, reader, "PID-1", "PID-1")
    exported = export_signed(place, tmp_path / "one")
    assert (exported.studies, exported.left_out) == (1, {LeftOut.DUPLICATE: 1})


def test_a_report_read_first_is_a_correction_of_the_draft_it_was_held_against(
    either: Workspace, reader: Reader, drafted: Callable[..., int], tmp_path: Path
) -> None:
    """Nothing was taken over, so that the signed version names no draft; the reading does."""
    study = drafted(PatientID="PID-1")
    open_bare(either, study, reader=reader)
    write_and_sign(either, study, reader, TEXT)
    give_consent(either, [study], reader=reader)
    with either.look() as look:
        found = stored(look, study)
        assert look.signed.draft_of(found.signed.sequence) is None
        assert found.draft == look.drafts.latest(study)
    assert export_signed(either, tmp_path / "one").preferences == 1
    (line,) = lines(tmp_path / "one", exports.CORRECTIONS)
    assert line["model"]["name"] == "fake" and line["findings"]
    assert line["before_reveal"]["impression"] == TEXT.impression
