"""``python -m core.evaluation embedded`` ends with the comparison, and fails where it differs."""

from __future__ import annotations

import pytest

from core.evaluation import __main__ as command
from core.evaluation import embedded, figures_log
from core.evaluation.agreement import Agreement


@pytest.mark.parametrize("differing", [(), ("findings / mass / auroc / value: 0.7, 0.8",)])
def test_the_exit_status_says_whether_the_figures_agree(monkeypatch, tmp_path, differing):
    monkeypatch.setattr(embedded, "measure_again", lambda *_: {})
    monkeypatch.setattr(figures_log, "log_figures", lambda *_: None)
    agreement = Agreement(9, differing)
    monkeypatch.setattr(embedded, "compare_with_file", lambda *_: agreement)
    folder = str(tmp_path)
    assert command.main(["embedded", "--data", folder, "--weights", folder]) == bool(differing)
