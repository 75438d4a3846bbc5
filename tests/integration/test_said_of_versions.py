"""What drafts, answers and signatures say of the version that wrote."""

from __future__ import annotations

import shutil
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from core.domain.reader import Reader
from dashboard.api.schemas import draft_out
from dashboard.services import judged
from dashboard.services.converse import Asked, ask
from dashboard.services.fetch_model import shelf
from dashboard.services.judged import Judgement, Mark
from dashboard.services.report_document import report_document
from dashboard.services.writer_versions import make_active
from dashboard.workspace import Workspace
from tests.integration.test_report_life_cycle import write_and_sign
from tests.integration.version_ward import (
    Loads,
    asked,
    codes,
    other,
    work_off,
    written_by,
)
from tests.integration.version_ward import accepted as accepted
from tests.integration.version_ward import loads as loads
from tests.integration.version_ward import study as study
from tests.integration.version_ward import ward as ward
from tests.judged_writers import BASE, FEW, adapter, base, judge


def test_a_draft_says_that_the_active_version_did_not_write(
    ward: Workspace,
    reader: Reader,
    accepted: Path,
    loads: Loads,
    study: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    make_active(ward, "first", reader=reader)
    shutil.rmtree(accepted)
    draft, _ran = asked(ward, study, reader)
    assert written_by(draft) == "" and "active_version_did_not_write" in codes(draft)
    assert f"the active version of the model {BASE} does not write" in caplog.text


def test_a_draft_says_what_was_decided_of_its_adapter(
    ward: Workspace, reader: Reader, loads: Loads, study: int, tmp_path: Path
) -> None:
    base(ward)
    adapter(ward, "second", reader)
    shelf(ward).open("second")
    assert judged.marks(ward) == {"second": Mark(judged=Judgement.NONE)}
    draft, _ran = asked(ward, study, reader, "second")
    assert "adapter_not_judged" in codes(draft) and draft.model.name == "second"
    assert judge(ward, tmp_path / "few", BASE, "second", samples=FEW) == 1
    assert judged.marks(ward) == {"second": Mark(judged=Judgement.REFUSED)}
    assert "adapter_refused" in codes(asked(ward, other(ward, reader), reader, "second")[0])
    assert judge(ward, tmp_path / "enough", BASE, "second") == 0
    make_active(ward, "second", reader=reader)
    assert judged.marks(ward) == {BASE: Mark(version="second")}
    told = codes(asked(ward, other(ward, reader), reader, "second")[0])
    assert not {code for code in told if code.startswith("adapter_")}


def test_answers_the_api_and_signatures_name_the_version(
    ward: Workspace, reader: Reader, accepted: Path, loads: Loads, study: int
) -> None:
    make_active(ward, "first", reader=reader)
    draft, _ran = asked(ward, study, reader)
    assert draft_out(draft)["model"]["version"] == "first"
    ask(ward, study, Asked("Is there an effusion?", model=BASE), reader=reader)
    work_off(ward)
    with ward.look() as look:
        answer = look.conversations.of_study(study)[-1]
    assert answer.versions["writer_version"] == "first"
    signed = write_and_sign(ward, study, reader, draft.sections)
    assert signed.provenance == {
        "model": BASE,
        "digest": draft.model.digest,
        "version": "first",
    }
    sheet = PdfReader(BytesIO(report_document(ward, study)))
    said = " ".join(" ".join(page.extract_text() for page in sheet.pages).split())
    assert f"Drafted by {BASE} (first) (SHA-256 {draft.model.digest[:12]})" in said
