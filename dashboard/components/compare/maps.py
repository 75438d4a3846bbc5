"""Where each model looked: the film with its map of one finding, or of one sentence."""

from __future__ import annotations

import base64
from html import escape

import cv2
import numpy as np
import streamlit as st

from core.domain.draft import Draft
from core.domain.study import Instance, Projection, Study
from core.explain.overlay import Grey, jpeg, overlay, shrunk
from core.reporting.places import Place, Topic, place_of, topics
from dashboard.components.compare.choice import REPORT, Chosen
from dashboard.language import translate as _
from dashboard.services import films
from dashboard.services.compare import Column, Compared
from dashboard.services.report_document import evidence_title
from dashboard.workspace import Workspace

SIDE = 480
"""Long side of a picture, in pixels."""
MOST_LETTERS = 90


def show(place: Workspace, now: Compared, chosen: Chosen, reference: str) -> None:
    """The whole part; nothing where no draft has a map."""
    found = topics(now.drafts)
    if not found:
        return
    heading = escape(_("Where they looked"))
    st.html(f"<h3>{heading}</h3>")
    key = f"compare_topic_{now.study.id}"
    if st.session_state.get(key, found[0]) not in found:
        del st.session_state[key]
    topic = st.selectbox(
        _("Maps of"),
        found,
        format_func=lambda each: topic_words(each, now.drafts, chosen),
        key=key,
        width=640,
    )
    cells = [_figure(place, now, column, chosen, topic) for column in now.columns]
    if reference == REPORT:
        none = escape(_("A report has no map."))
        cells.insert(0, f'<div class="muted">{none}</div>')
    st.html(
        f'<div class="compared" style="--columns: {len(cells)}">'
        f'<div class="row figures-of-maps">{"".join(cells)}</div></div>'
    )


def topic_words(topic: Topic, drafts: dict[str, Draft], chosen: Chosen) -> str:
    """A finding by its name; a sentence by its model and its first words."""
    if topic.finding:
        return _(topic.finding)
    text = drafts[topic.model].sentences[topic.sentence].text
    short = text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS].rstrip()} …"
    return f"{chosen.titles.get(topic.model, topic.model)}: “{short}”"


def _figure(place: Workspace, now: Compared, column: Column, chosen: Chosen, topic: Topic) -> str:
    title = chosen.titles.get(column.model, column.model)
    draft = now.drafts.get(column.model)
    if draft is None:
        return '<div class="nothing"></div>'
    seen = place_of(draft, column.model, topic, now.drafts.get(topic.model))
    film = _film(now.study, seen)
    if film is None:
        return ""
    said = place_words(seen, draft, written=column.written)
    picture = base64.b64encode(_picture(place, film, seen)).decode("ascii")
    return (
        f'<figure><small>{escape(title)}</small><img src="data:image/jpeg;base64,{picture}" '
        f'alt="{escape(f"{title}: {said}")}"><figcaption>{escape(said)}</figcaption></figure>'
    )


def place_words(seen: Place | None, draft: Draft, *, written: bool) -> str:
    """What the map is, in words: of what, whose, and whether it is a location."""
    if seen is None:
        return _("no map of this")
    title = evidence_title(seen.validated)
    if seen.sentence is not None:
        return f"“{draft.sentences[seen.sentence].text}”: {title}"
    if written:
        beside = _("of {classifier} beside it").format(classifier=draft.scorer.name)
        return f"{_(seen.finding)}, {beside}: {title}"
    return f"{_(seen.finding)}: {title}"


def _film(study: Study, seen: Place | None) -> Instance | None:
    """The film that the map lies on; where there is no map, the first that is no lateral."""
    ordered = sorted(study.instances, key=lambda film: film.projection is Projection.LATERAL)
    if seen is None:
        return ordered[0] if ordered else None
    return next((film for film in ordered if film.id == seen.instance_id), None)


def _picture(place: Workspace, film: Instance, seen: Place | None) -> bytes:
    small = _small(place, film)
    if seen is None:
        return jpeg(small)
    _digest, png = films.evidence(place, seen.evidence_id)
    heat = np.asarray(cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE))
    return jpeg(overlay(small, np.asarray(heat / 255.0, np.float32)))


# Every column shows the same film; it is known by what it is made of.
@st.cache_data(
    max_entries=16,
    show_spinner=False,
    hash_funcs={
        Workspace: lambda place: str(place.settings.home),
        Instance: lambda film: repr((film.pixel_digest, film.window, film.monochrome1)),
    },
)
def _small(place: Workspace, film: Instance) -> Grey:
    levels = np.rint(films.grey(place, film) * 255).astype(np.uint8)
    return shrunk(levels, SIDE)
