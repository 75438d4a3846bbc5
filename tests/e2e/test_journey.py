"""One study from file to signed PDF, as a reader does it, in a real browser."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.e2e.conftest import Server, settle
from tests.factories import dicom_bytes, film_pixels

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    # A path with spaces, as a user's folder may have.
    server = Server(tmp_path_factory.mktemp("home") / "with a space", "--no-samples")
    server.start()
    yield server
    server.stop()


def upload(page: Page, server: Server, folder: Path, *files: tuple[str, bytes]) -> None:
    paths = []
    for name, content in files:
        (folder / name).write_bytes(content)
        paths.append(str(folder / name))
    page.goto(server.url)
    settle(page)
    page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(paths)
    expect(page.get_by_text(re.compile("Last upload"))).to_be_visible(timeout=60_000)


def newest(server: Server) -> int:
    return int(server.get("/studies")["items"][0]["id"])


def open_study(page: Page, server: Server, study: int) -> None:
    page.goto(f"{server.url}/review?study={study}")
    settle(page)
    expect(page.get_by_label("Findings", exact=True)).to_be_visible()


def film_picture(page: Page) -> str:
    """The canvas of the film as a data URL."""
    return str(page.locator("canvas").first.evaluate("canvas => canvas.toDataURL()"))


def wait_for_text(server: Server, study: int, section: str, text: str) -> None:
    until = time.monotonic() + 20
    while (held := server.report(study)["sections"][section]) != text:
        assert time.monotonic() < until, held
        time.sleep(0.1)


def run_again(page: Page) -> None:
    """Let the page run again under an open dialog, as it does when a draft ends."""
    page.evaluate("document.querySelector('[role=dialog] input').dataset.former = 'yes'")
    # Streamlit's own key for it, pressed outside the field that is typed in.
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown',"
        " {key: 'r', code: 'KeyR', keyCode: 82, bubbles: true}))"
    )
    expect(page.locator("[data-former]")).to_have_count(0)
    settle(page)
    expect(page.get_by_role("dialog")).to_be_visible()


def test_from_file_to_signed_pdf(page: Page, server: Server, tmp_path: Path) -> None:
    pixels = film_pixels(512, 420)
    files = (("a film.dcm", dicom_bytes(pixels)), ("notes.txt", b"text"))
    upload(page, server, tmp_path, *files)
    expect(page.get_by_text("1 stored, 1 refused")).to_be_visible()
    expect(page.get_by_text(re.compile("notes.txt is not a DICOM"))).to_be_visible()
    study = newest(server)
    server.wait_for_draft(study)

    # The row shows its finding without a reload; Enter opens it.
    row = page.get_by_role("row").filter(has_text="DOE, JANE").first
    expect(row).to_contain_text("drafted", timeout=20_000)
    row.click()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/review?study={study}")
    settle(page)
    expect(page.get_by_text("ID 4711")).to_be_visible()

    # Choosing a finding draws its map, without a word to the server.
    expect(page.get_by_text(re.compile(r"W \d+ +L \d+"))).to_be_visible()
    plain = film_picture(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    draft = server.get(f"/studies/{study}/draft")
    mapped = [item["name"] for item in draft["findings"] if item["evidence"]]
    for name in mapped[:2]:
        page.get_by_label("Map", exact=False).first.select_option(label=name)
        page.wait_for_timeout(700)
        assert film_picture(page) != plain
    assert all("/evidence/" in url for url in asked)

    # Typing saves itself; approving asks for reasons; what is signed is what was typed.
    findings = page.get_by_label("Findings", exact=True)
    findings.fill("The lungs are clear. Heart size is normal.")
    page.get_by_label("Impression", exact=True).fill("Normal chest.")
    wait_for_text(server, study, "impression", "Normal chest.")
    page.keyboard.press("Alt+s")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("DOE, JANE")).to_be_visible()
    expect(dialog.get_by_text("Dr. Journey")).to_be_visible()
    for field in dialog.get_by_placeholder("Reason to sign all the same").all():
        field.fill("Seen and judged.")
    run_again(page)
    for field in dialog.get_by_placeholder("Reason to sign all the same").all():
        expect(field).to_have_value("Seen and judged.")
    dialog.get_by_role("button", name="Sign", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text(re.compile("Signed by Dr. Journey"))).to_be_visible()
    assert server.report(study)["signed"]

    addendum = page.get_by_role("textbox", name="Addendum")
    addendum.fill("Compared with the film of 2024: unchanged.")
    expect(page.get_by_text(re.compile(r"saved \d")).locator("visible=true")).to_be_visible()
    page.reload()
    settle(page)
    expect(addendum).to_have_value("Compared with the film of 2024: unchanged.")
    page.get_by_role("button", name="Sign addendum").click()
    expect(dialog.get_by_text("Compared with the film of 2024: unchanged.")).to_be_visible()
    dialog.get_by_role("button", name="Sign", exact=True).click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("Addendum 1")).to_be_visible()

    answer = page.request.get(f"{server.url}/api/v1/studies/{study}/report.pdf")
    document = PdfReader(io.BytesIO(answer.body()))
    words = "\n".join(sheet.extract_text() for sheet in document.pages)
    for text in ("Heart size is normal.", "Normal chest.", "Compared with the film", "4711",
                 "Dr. Journey", "not a medical device"):  # fmt: skip
        assert text in words, text
    assert "DRAFT" not in words and len(document.pages[0].images) >= 1

    page.get_by_role("link", name="Ledger").click()
    settle(page)
    page.get_by_role("radio", name="Corrections", exact=True).click()
    settle(page)
    expect(page.locator("ins").filter(has_text="Heart size is normal")).to_be_visible()


def test_a_killed_server_loses_no_word(page: Page, server: Server, tmp_path: Path) -> None:
    """Keystrokes against the database: kill -9 while typing, and come back."""
    content = dicom_bytes(film_pixels(200, 160), PatientID="kill", PatientName="KILL^TEST")
    upload(page, server, tmp_path, ("kill.dcm", content))
    study = newest(server)
    server.wait_for_draft(study)
    open_study(page, server, study)
    findings = page.get_by_label("Findings", exact=True)
    findings.fill("")
    typed = ""
    for number in range(60):
        word = f"word{number} "
        findings.press_sequentially(word, delay=12)
        typed += word
        if number == 25:
            server.kill()
        if number == 45:
            server.start()
    wait_for_text(server, study, "findings", typed)
    expect(page.get_by_text(re.compile("saved"))).to_be_visible()


def test_a_killed_browser_loses_at_most_two_seconds(
    page: Page, server: Server, tmp_path: Path
) -> None:
    content = dicom_bytes(film_pixels(200, 160), PatientID="gone", PatientName="GONE^BROWSER")
    upload(page, server, tmp_path, ("gone.dcm", content))
    study = newest(server)
    server.wait_for_draft(study)
    other = page.context.new_page()
    open_study(other, server, study)
    findings = other.get_by_label("Findings", exact=True)
    findings.fill("")
    moments: list[tuple[float, str]] = []
    typed = ""
    for number in range(120):
        character = "abcdefghij "[number % 11]
        findings.press_sequentially(character)
        typed += character
        moments.append((time.monotonic(), typed))
        time.sleep(0.03)
    # No unload handler runs: the renderer is crashed as a power cut would.
    end = time.monotonic()
    try:
        other.goto("chrome://crash", timeout=2_000)
    except Exception as error:  # noqa: BLE001  (the crash is the point)
        assert error
    time.sleep(1)
    held = server.report(study)["sections"]["findings"]
    must_hold = next((text for at, text in reversed(moments) if at < end - 2.0), "")
    assert typed.startswith(held) and len(held) >= len(must_hold)


def test_a_draft_that_arrives_never_replaces_typed_text(
    page: Page, server: Server, tmp_path: Path
) -> None:
    content = dicom_bytes(film_pixels(200, 160), PatientID="late", PatientName="LATE^DRAFT")
    (tmp_path / "late.dcm").write_bytes(content)
    answer = page.request.post(
        f"{server.url}/api/v1/studies",
        multipart={"files": {"name": "late.dcm", "mimeType": "application/dicom",
                             "buffer": content}},
    )  # fmt: skip
    study = answer.json()["studies"][0]["id"]
    open_study(page, server, study)
    page.get_by_label("Findings", exact=True).fill("Typed before the draft came.")
    server.wait_for_draft(study)
    page.wait_for_timeout(2_500)
    assert page.get_by_label("Findings", exact=True).input_value() == "Typed before the draft came."
    wait_for_text(server, study, "findings", "Typed before the draft came.")


def test_two_windows_in_conflict_show_both_texts(
    page: Page, server: Server, tmp_path: Path
) -> None:
    content = dicom_bytes(film_pixels(200, 160), PatientID="two", PatientName="TWO^WINDOWS")
    upload(page, server, tmp_path, ("two.dcm", content))
    study = newest(server)
    server.wait_for_draft(study)
    open_study(page, server, study)
    other = page.context.new_page()
    open_study(other, server, study)
    other.get_by_label("Impression", exact=True).fill("From the other window.")
    wait_for_text(server, study, "impression", "From the other window.")
    other.close()
    page.get_by_label("Impression", exact=True).fill("From this window.")
    expect(page.get_by_text("Changed elsewhere while you were writing")).to_be_visible()
    expect(page.get_by_text("From the other window.")).to_be_visible()
    page.get_by_role("button", name="Keep mine").click()
    wait_for_text(server, study, "impression", "From this window.")


def test_tamil_names_are_read_and_found(page: Page, server: Server, tmp_path: Path) -> None:
    tamil = dicom_bytes(film_pixels(300, 240, seed=3), PatientName="முருகன்^கோ", PatientID="T1")
    upload(page, server, tmp_path, ("tamil.dcm", tamil))
    expect(page.get_by_text("1 stored")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="முருகன், கோ")).to_be_visible(timeout=20_000)
    study = server.get("/studies?query=T1")["items"][0]["id"]
    server.wait_for_draft(study)
    open_study(page, server, study)
    expect(page.get_by_text("முருகன், கோ")).to_be_visible()
