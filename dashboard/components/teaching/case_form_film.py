"""The film of a case that is being made: text found in it, what is masked, where findings lie."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import streamlit as st

from core.domain.teaching import Region
from core.explain.overlay import jpeg
from core.imaging.burned_in import with_margin
from dashboard.components.registration import register
from dashboard.language import translate as _
from dashboard.services.teaching.cases import CaseProposal, findings_offered

Box = tuple[int, int, int, int]

_mount = register("case_film")


@dataclass(frozen=True)
class Drawn:
    """What the teacher drew: boxes to paint over and regions, in pixels of the film."""

    masked: tuple[Box, ...]
    regions: tuple[Region, ...]


def show(proposal: CaseProposal, *, key: str) -> Drawn:
    """Show the film with what was found in it; what was drawn so far comes back.

    Parameters
    ----------
    key
        The same from run to run, another one for the next case: what was drawn hangs on it.
    """
    film = proposal.film
    shape = film.rows, film.columns
    present = {finding.name for finding in proposal.findings if finding.present}
    offered = sorted(findings_offered(), key=lambda name: (name not in present, _(name)))
    _mount(
        key=f"{key}_film",
        data={
            "film": key,
            "image": _address(proposal.preview),
            "rows": film.rows,
            "columns": film.columns,
            "boxes": [
                {
                    "box": with_margin(item.box, shape),
                    "text": item.text,
                    "confidence": item.confidence,
                    "marker": item.marker,
                }
                for item in proposal.burned_in
            ],
            "regions": [
                {"finding": region.finding, "outline": region.outline}
                for region in proposal.regions
            ],
            "findings": [{"name": name, "label": _(name)} for name in offered],
            "labels": _labels(),
        },
        on_drawn_change=lambda: _keep(key),
    )
    kept = st.session_state.get(f"{key}_drawn")
    return _drawn(kept) if kept else first(proposal)


def first(proposal: CaseProposal) -> Drawn:
    """What is masked before anybody touched it: all text but the markers."""
    shape = proposal.film.rows, proposal.film.columns
    boxes = (with_margin(item.box, shape) for item in proposal.burned_in if not item.marker)
    return Drawn(tuple(boxes), proposal.regions)


def _keep(key: str) -> None:
    if sent := st.session_state[f"{key}_film"].get("drawn"):
        st.session_state[f"{key}_drawn"] = sent


def _drawn(sent: Mapping[str, Any]) -> Drawn:
    """What the browser sent, as far as it has the form that it must have."""
    boxes = tuple(
        (int(box[0]), int(box[1]), int(box[2]), int(box[3]))
        for box in sent.get("masked", ())
        if len(box) == 4
    )
    regions = tuple(
        Region(str(item["finding"]), tuple((float(x), float(y)) for x, y in item["outline"]))
        for item in sent.get("regions", ())
    )
    return Drawn(boxes, regions)


def _address(png: bytes) -> str:
    """A preview as a data address; JPEG, a fifth of the bytes at each run of the page."""
    grey = np.asarray(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE), np.uint8)
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg(grey)).decode()}"


def _labels() -> dict[str, str]:
    return {
        "tools": _("Film of the case"),
        "mask": _("Mask"),
        "mask_title": _("Drag a box over what must not be seen; click a box to keep or mask it"),
        "mask_hint": _(
            "Drag a box over what must not be seen. A click on a box keeps or masks it."
        ),
        "region": _("Region"),
        "region_title": _("Drag a box where the finding lies, or click corner after corner"),
        "region_hint": _(
            "Drag a box where the finding lies, or click its corners; a click on the first one"
            " closes it."
        ),
        "finding": _("Finding of the region"),
        "shown": _("Bare film"),
        "shown_title": _("Hide what is drawn over the film"),
        "own": _("drawn by hand"),
        "marker": _("side marker"),
        "confidence": _("{percent} % sure"),
        "remove": _("Remove"),
    }
