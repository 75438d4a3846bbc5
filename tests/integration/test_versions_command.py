"""Versions from a shell: the same steps as on the page."""

from __future__ import annotations

import logging

import pytest

from core.models import registry, versions
from dashboard.versions import main
from dashboard.workspace import Workspace
from tests.ui.test_versions import keep
from tests.unit.evaluation.promotion.test_decision import decision


def test_versions_are_listed_promoted_and_rolled_back(
    place: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    keep("ward-1", decision())
    keep("ward-2", decision(missed=30))
    assert main(["list"]) == 0 and "ward-2: lost" in caplog.text
    assert main(["promote", "ward-1"]) == 0
    assert registry.entry(registry.EMBEDDED).version == "ward-1"
    assert main(["promote", "ward-2"]) == 1 and "lost on a critical finding" in caplog.text
    assert main(["promote", "ward-3"]) == 1 and "no version of this name" in caplog.text
    assert main(["roll-back"]) == 0 and main(["roll-back"]) == 1
    assert main(["promote", "../ward-1"]) == 1
    assert main(["calibration", "on"]) == 0 and main(["calibration", "fit"]) == 1
    assert versions.read_state(place.settings.models).calibrated == {registry.EMBEDDED}
    assert main(["shipped"]) == 0 and registry.entry(registry.EMBEDDED).version == ""
