"""A conversation in a real browser: asked, streamed, stopped, searched, lit, and there again."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Server, settle
from tests.e2e.test_journey import film_picture
from tests.factories import dicom_bytes, film_pixels

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(420)]

MARKUP = "<img src=x onerror=\"document.title='bad'\"> **bold** $x$ :red[x]"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("home"), "--no-samples")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def study(server: Server, tmp_path_factory: pytest.TempPathFactory, page: Page) -> int:
    """A drafted study, its conversation open."""
    film = tmp_path_factory.mktemp("films") / "film.dcm"
    film.write_bytes(dicom_bytes(film_pixels(300, 240), ReasonForStudy=MARKUP))
    number = int(server.post_files([film])["studies"][0]["id"])
    server.wait_for_draft(number)
    page.goto(f"{server.url}/review?study={number}")
    settle(page)
    beside(page, "Conversation")
    expect(page.locator(".conversation")).to_be_visible()
    settle(page)
    return number


def beside(page: Page, what: str) -> None:
    page.get_by_test_id("stButtonGroup").get_by_text(what, exact=True).click()


def ask(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="Question").fill(text)
    page.get_by_role("textbox", name="Question").press("Enter")


def answers(page: Page) -> list[str]:
    return page.locator(".exchange .answer").all_inner_texts()


def test_three_turns_survive_a_reload_and_light_their_evidence(
    page: Page, server: Server, study: int
) -> None:
    # Nothing below the fold: the page is as high as the window.
    assert page.evaluate("document.scrollingElement.scrollHeight") <= 900
    page.get_by_role("button", name="What do you see?").click()
    expect(page.locator(".exchange[data-state=answered]")).to_have_count(1)
    ask(page, "Where is it?")
    expect(page.locator(".exchange[data-state=answered]")).to_have_count(2)
    ask(page, MARKUP)
    expect(page.locator(".exchange[data-state=answered]")).to_have_count(3)
    said = answers(page)
    assert "findings present or uncertain" in said[0] and "model's attention" in said[1]
    assert "I do not know." in said[2]
    # What was typed is text, whatever it looks like.
    expect(page.locator(".exchange .words").nth(2)).to_have_text(MARKUP)
    assert page.locator(".conversation img").count() == 0 and page.title() != "bad"

    plain = film_picture(page)
    shown = page.locator(".exchange").nth(1).locator(".grounds button").first
    shown.click()
    expect(shown).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".legend .title")).to_contain_text("attention, not location")
    page.wait_for_timeout(700)
    assert film_picture(page) != plain

    page.reload()
    settle(page)
    expect(page.locator(".exchange")).to_have_count(3)
    assert answers(page) == said

    page.get_by_role("searchbox").fill("WHERE attention")
    expect(page.locator(".exchange:visible")).to_have_count(1)
    expect(page.locator(".found")).to_have_text("1 of 3")
    page.get_by_role("searchbox").fill("no such words")
    expect(page.locator(".exchange:visible")).to_have_count(0)
    page.get_by_role("searchbox").fill("")
    expect(page.locator(".exchange:visible")).to_have_count(3)

    # The report is where it was.
    beside(page, "Report")
    expect(page.get_by_label("Findings", exact=True)).to_be_visible()


def test_a_language_model_s_answer_streams_is_stopped_and_kept(
    page: Page, server: Server, study: int
) -> None:
    page.get_by_label("Who answers").select_option("fake-writer")
    ask(page, " ".join(f"word{n}" for n in range(200)))
    answer = page.locator(".exchange .answer").last
    # The worker loads its libraries with the first question.
    expect(answer).to_contain_text("No model answers here.", timeout=90_000)
    early = answer.inner_text()
    expect(answer).not_to_have_text(early)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".exchange[data-state=stopped]")).to_have_count(1)
    kept = answer.inner_text()
    assert kept.startswith(early[:20]) and "word199" not in kept and "question_id" not in kept

    # Its attention is a map of its own, which the viewer has by now.
    light = page.get_by_role("button", name="Model attention while answering")
    light.click()
    expect(page.locator(".legend .title")).to_have_text("Answer 1: model attention, not location")

    # An answer goes on while nobody looks.
    ask(page, "And why?")
    page.reload()
    settle(page)
    expect(page.locator(".exchange[data-state=answered]")).to_have_count(1)
    assert answers(page)[0] == kept and "And why?" in answers(page)[1]


def test_the_patient_is_told_only_what_was_signed(page: Page, server: Server, study: int) -> None:
    explain = page.get_by_role("button", name="Explain the report")
    expect(explain).to_be_disabled()
    version = server.report(study)["version"]
    sections = {"findings": "No pneumothorax. A pacemaker is seen.", "impression": "Normal heart."}
    root = f"{server.url}/api/v1/studies/{study}"
    saved = page.request.put(
        f"{root}/report", data={"sections": sections, "version": version}
    ).json()
    checks = page.request.post(f"{root}/sign", data={"version": saved["version"]}).json()
    reasons = [
        {"check": item["id"], "action": "override", "reason": "Seen."}
        for item in checks.get("error", {}).get("checks", [])
    ]
    if reasons:
        answer = page.request.post(
            f"{root}/sign", data={"version": saved["version"], "resolutions": reasons}
        )
        assert answer.ok, answer.text()
    page.reload()
    settle(page)
    explain.click()
    answer = page.locator(".exchange .answer").last
    expect(answer).to_contain_text("no sign of air between the lung and the chest wall")
    expect(answer).to_contain_text("could not put this sentence into plain words")
    expect(page.locator(".exchange .explanation")).to_have_text(
        "An explanation, not part of the report"
    )
    expect(page.locator(".exchange .tag")).to_have_text("for the patient")

    page.get_by_label("Language").select_option("ta")
    explain.click()
    expect(page.locator(".exchange .answer").last).to_contain_text(
        re.compile("நுரையீரலுக்கும் மார்புச்சுவருக்கும் இடையில் காற்று")
    )
    # Nothing of it went into the report.
    assert server.report(study)["sections"]["findings"] == sections["findings"]
