"""The most confident wrong calls: where to look first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.evaluation.operating import Decision
from core.evaluation.scored import Scored
from core.findings.vocabulary import NO_FINDING

EACH = 5


def worst_errors(
    films: Scored, images: Sequence[str], decisions: Mapping[str, Decision], each: int = EACH
) -> list[dict[str, Any]]:
    """Return the most confident false calls and misses.

    Called is what reached the operating point on a film without the finding, missed what stayed
    below the uncertain point on a film with it. Half of each kind: what is rare is always given a
    low probability, so that the misses alone would fill any list.

    Parameters
    ----------
    images : sequence of str
        Path of each film, relative to the folder of the films.

    Returns
    -------
    list of dict
        ``image``, ``finding``, ``shown`` (a probability where ``calibrated``), ``label`` (0 or 1)
        and ``kind`` (``called`` or ``missed``), worst first. A film is listed once a kind.
    """
    calls: dict[str, list[tuple[float, int, int]]] = {"called": [], "missed": []}
    for column, name in enumerate(films.findings):
        decision = decisions.get(name)
        if name == NO_FINDING or decision is None or decision.calibration is None:
            continue
        shown = decision.shown(films.logits[:, column])
        for film in films.known[:, column].nonzero()[0].tolist():
            one = (float(shown[film]), int(film), column)
            if not films.labels[film, column] and one[0] >= decision.operating_point:
                calls["called"].append(one)
            elif films.labels[film, column] and one[0] < decision.uncertain_point:
                calls["missed"].append(one)
    listed: list[dict[str, Any]] = []
    for label, kind in ((0, "called"), (1, "missed")):
        seen: set[int] = set()
        for shown_as, film, column in sorted(calls[kind], reverse=kind == "called"):
            if film in seen or len(seen) == each:
                continue
            seen.add(film)
            listed.append(
                {
                    "image": images[film],
                    "finding": films.findings[column],
                    "shown": round(shown_as, 4),
                    "calibrated": True,
                    "label": label,
                    "kind": kind,
                }
            )
    return listed
