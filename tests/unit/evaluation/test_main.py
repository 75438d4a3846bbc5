"""``python -m core.evaluation embedded`` ends with the comparison, and fails where it differs."""

from __future__ import annotations

import sys

import pytest

from core.evaluation import __main__ as command
from core.evaluation import embedded, figures_log
from core.evaluation.agreement import Agreement


@pytest.mark.parametrize("differing", [(), ("findings / mass / auroc / value: 0.7, 0.8",)])
def test_the_exit_code_says_whether_the_figures_agree(monkeypatch, tmp_path, differing):
    arguments = ["core.evaluation", "embedded", "--data", str(tmp_path), "--weights", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", arguments)
    monkeypatch.setattr(embedded, "measure_again", lambda *_: {})
    monkeypatch.setattr(figures_log, "log_figures", lambda *_: None)
    agreement = Agreement(9, differing)
    monkeypatch.setattr(embedded, "compare_with_file", lambda *_: agreement)
    if differing:
        with pytest.raises(SystemExit) as ended:
            command.main()
        assert ended.value.code == 1
    else:
        command.main()
