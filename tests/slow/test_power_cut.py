"""kill -9 at hundreds of moments of intake, typing, signing, addendum and drafting.

See :mod:`tests.power_cut` for what this can show and what it cannot.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.test_power_cut import cut

KINDS = ("film", "draft", "typed", "signed", "note")


@pytest.mark.slow
@pytest.mark.timeout(480)
@pytest.mark.parametrize(("database", "moments"), [("sqlite", 200), ("postgresql", 60)])
def test_nothing_acknowledged_is_lost_at_any_moment(
    tmp_path: Path, request: pytest.FixtureRequest, database: str, moments: int
) -> None:
    url = request.getfixturevalue("postgres_url") if database == "postgresql" else ""
    outcome = cut(tmp_path, moments, seed=11, url=url)
    assert outcome["moments"] == moments
    assert all(outcome["acknowledged"][kind] > moments / 10 for kind in KINDS)
    # The kills did hit what the start has to repair.
    assert outcome["orphans"] > 0 and outcome["running"] > 0
