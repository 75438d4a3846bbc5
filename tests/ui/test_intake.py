"""Intake on the worklist: plain films ask whose they are, zips, folder imports."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.domain.errors import StorageFullError
from core.domain.reader import Reader
from core.domain.study import Projection
from core.settings import load_settings
from dashboard import workspace as workspaces
from dashboard.jobs.importer import Importer
from dashboard.services.edit_report import open_review
from dashboard.services.receive_study import receive_file
from dashboard.services.state_patient import state_patient, stated_patient
from dashboard.services.worklist import worklist
from dashboard.workspace import Workspace
from storage.blobs import BlobStore
from tests.factories import dicom_bytes, film_pixels, image_bytes
from tests.ui.conftest import component, words


def png(seed: int = 0) -> bytes:
    return image_bytes((film_pixels(seed=seed) >> 4).astype("uint8"))


def button(app: AppTest, label: str):
    return next(item for item in app.button if item.label == label)


def projection(app: AppTest, number: int):
    boxes = [item for item in app.selectbox if item.label == "projection"]
    return boxes[number]


def test_plain_films_wait_until_the_reader_says_whose_they_are(
    app: AppTest, place: Workspace
) -> None:
    app.run()
    app.file_uploader[0].upload("pa.png", png(1)).upload("lat.png", png(2)).run()
    assert not app.exception and worklist(place).page.total == 0
    assert "Whose films are these" in words(app)
    button(app, "Store 2 films").click().run()
    assert "Give an ID or a name" in app.error[0].value
    app.text_input(key="plain_patient_id").set_value("P-7")
    app.text_input(key="plain_name").set_value("Kumar, Asha")
    button(app, "Store 2 films").click().run()
    assert "Choose the projection" in app.error[0].value and worklist(place).page.total == 0
    projection(app, 0).set_value(Projection.PA)
    projection(app, 1).set_value(Projection.LATERAL)
    button(app, "Store 2 films").click().run()
    assert not app.exception and "2 stored" in words(app)
    study = open_review(place, 1).study
    assert study.patient.name == "Kumar^Asha" and study.patient.patient_id == "P-7"
    assert [film.projection for film in study.instances] == [Projection.PA, Projection.LATERAL]
    assert study.patient_stated == {"patient_id", "name"}


def test_answers_outlive_a_disk_that_was_full(
    app: AppTest, place: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.run()
    app.file_uploader[0].upload("pa.png", png(1)).run()
    app.text_input(key="plain_name").set_value("Kumar, Asha")
    projection(app, 0).set_value(Projection.PA)

    def full(_blobs: BlobStore, _content: bytes) -> str:
        raise StorageFullError

    with monkeypatch.context() as patched:
        patched.setattr(BlobStore, "put", full)
        button(app, "Store the film").click().run()
    assert "The disk is full." in words(app) and worklist(place).page.total == 0
    assert app.text_input(key="plain_name").value == "Kumar, Asha"
    button(app, "Store the film").click().run()
    assert "1 stored" in words(app) and "Whose films" not in words(app)
    assert open_review(place, 1).study.patient.name == "Kumar^Asha"


def test_the_same_film_waits_once(app: AppTest) -> None:
    app.run()
    app.file_uploader[0].upload("a.png", png(1)).upload("b.png", png(1)).run()
    assert any(item.label == "Store the film" for item in app.button)


def test_films_of_several_patients_stay_apart(app: AppTest, place: Workspace) -> None:
    app.run()
    app.file_uploader[0].upload("a.png", png(1)).upload("b.png", png(2)).run()
    app.checkbox(key="plain_unknown").check()
    app.checkbox(key="plain_one_study").uncheck()
    for number in (0, 1):
        projection(app, number).set_value(Projection.UNKNOWN)
    button(app, "Store 2 films").click().run()
    assert worklist(place).page.total == 2


def test_plain_films_can_be_left_out(app: AppTest, place: Workspace) -> None:
    app.run()
    app.file_uploader[0].upload("a.png", png()).run()
    button(app, "Leave out").click().run()
    assert "Whose films" not in words(app) and worklist(place).page.total == 0


def test_a_broken_image_is_refused_before_any_question(app: AppTest) -> None:
    app.run()
    app.file_uploader[0].upload("cut.png", png()[:200]).run()
    assert "Whose films" not in words(app)
    assert "cut.png cannot be read" in words(app)


def test_many_plain_films_share_one_projection(app: AppTest, place: Workspace) -> None:
    app.run()
    for number in range(9):
        app.file_uploader[0].upload(f"{number}.png", png(number))
    app.run()
    app.checkbox(key="plain_unknown").check()
    app.selectbox(key="plain_projection_all").set_value(Projection.AP)
    button(app, "Store 9 films").click().run()
    [item] = worklist(place).page.items
    assert item.projections == "AP"


def test_a_zip_stores_its_films_and_names_the_rest(app: AppTest, place: Workspace) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("DICOM/IM1", dicom_bytes())
        for name in ("autorun.inf", "viewer.exe"):
            archive.writestr(name, "x")
    app.run()
    app.file_uploader[0].upload("cd.zip", target.getvalue()).run()
    assert "1 stored, 2 refused" in words(app)
    assert "cd.zip: autorun.inf is not a DICOM" in words(app)
    assert "Likewise: cd.zip: viewer.exe." in words(app)


def test_what_no_file_says_is_stated_in_the_review(app: AppTest, place: Workspace) -> None:
    app.run()
    app.file_uploader[0].upload("a.png", png()).run()
    app.checkbox(key="plain_unknown").check()
    projection(app, 0).set_value(Projection.UNKNOWN)
    button(app, "Store the film").click().run()
    open_review_page(app)
    field(app, "Family name, given name").set_value("Doe, Jane")
    projection(app, 0).set_value(Projection.PA)
    button(app, "Keep").click().run()
    assert not app.exception and "Doe, Jane" in words(app)
    assert "patient as stated by the reader" in words(app)
    assert open_review(place, 1).study.instances[0].projection is Projection.PA


def test_a_study_that_names_its_patient_asks_nothing(app: AppTest) -> None:
    app.run()
    app.file_uploader[0].upload("film.dcm", dicom_bytes()).run()
    open_review_page(app)
    assert not any(item.label == "Keep" for item in app.button)


def open_review_page(app: AppTest) -> AppTest:
    app.switch_page("../pages/review.py")
    app.query_params["study"] = "1"
    return app.run()


def field(app: AppTest, label: str):
    return next(item for item in app.text_input if item.label == label)


def test_an_odd_header_leaves_its_review_open(app: AppTest, place: Workspace) -> None:
    """What a file states may be what no form would take; only what is open is asked for."""
    odd = dicom_bytes(PatientBirthDate="17000101", PatientName="X" * 400, PatientSex=None)
    app.run()
    app.file_uploader[0].upload("film.dcm", odd).run()
    open_review_page(app)
    assert not app.exception
    assert [item.label for item in app.text_input if "name" in item.label.lower()] == [
        "Name of the reader"
    ]
    next(item for item in app.selectbox if item.label == "Sex").set_value("F")
    button(app, "Keep").click().run()
    assert not app.exception and not app.error
    assert open_review(place, 1).study.patient.sex == "F"


def test_a_stale_form_is_drawn_anew_and_erases_nothing(
    app: AppTest, place: Workspace, reader: Reader
) -> None:
    content = png()
    receive_file(place, "a.png", content, reader=reader)
    app.run()
    open_review_page(app)
    field(app, "Family name, given name").set_value("Mistaken, Mary")
    state_patient(place, 1, reader=reader, patient=stated_patient("9", "Smith, Bob"))
    button(app, "Keep").click().run()
    assert "The patient was stated elsewhere meanwhile." in app.error[0].value.replace("\\", "")
    assert field(app, "Family name, given name").value == "Smith, Bob"
    button(app, "Keep").click().run()
    assert open_review(place, 1).study.patient.name == "Smith^Bob"


@pytest.fixture
def import_root(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "incoming"
    (root / "october" / "ward").mkdir(parents=True)
    monkeypatch.setenv("OVERREAD_IMPORT_ROOT", str(root))
    load_settings.cache_clear()
    workspaces.workspace.cache_clear()
    return root


def open_imports(app: AppTest) -> None:
    """As a click on the button would: nothing of the folder is read before."""
    app.run()
    assert not any("Import" in item.label for item in app.button)
    app.session_state["import_popover_0"] = True
    app.run()


def test_a_folder_is_chosen_imported_and_reported(
    import_root: Path, place: Workspace, app: AppTest
) -> None:
    (import_root / "october" / "ward" / "IM1").write_bytes(dicom_bytes())
    (import_root / "october" / "note.txt").write_text("text")
    open_imports(app)
    app.selectbox(key="go_").set_value("october").run()
    assert "Folder on the server: october" in words(app)
    button(app, "Import this folder and all below").click().run()
    assert "Import of october waits" in words(app)
    assert Importer(place).step()
    app.run()
    assert "2 files done, 1 stored, 1 refused." in words(app)
    assert len(component(app, "study_table")["rows"]) == 1
    button(app, "Report").click().run()
    assert not app.exception
    assert "note.txt is not a DICOM, PNG or JPEG file." in words(app)
    button(app, "Dismiss").click().run()
    assert not any(item.label == "Dismiss" for item in app.button)


def test_an_import_can_be_stopped(import_root: Path, place: Workspace, app: AppTest) -> None:
    (import_root / "IM1").write_bytes(dicom_bytes())
    open_imports(app)
    button(app, "Import this folder and all below").click().run()
    button(app, "Stop").click().run()
    Importer(place).step()
    app.run()
    assert "stopped" in words(app) and worklist(place).page.total == 0


def test_without_an_import_root_no_import_is_offered(app: AppTest) -> None:
    app.run()
    assert not any("Import" in item.label for item in app.button)
