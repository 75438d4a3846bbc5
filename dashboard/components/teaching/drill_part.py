"""Drills: a set of generated films of chosen difficulty."""

from __future__ import annotations

import secrets
from html import escape

import cv2
import numpy as np
import streamlit as st

from core.domain.errors import OverreadError
from core.domain.teaching import TeachingCase
from core.imaging.radiograph import decode_pixels
from core.imaging.windowing import apply_window
from dashboard.components import messages
from dashboard.language import translate as _
from dashboard.services.teaching import drills
from dashboard.services.teaching.drills import DrillWish
from dashboard.workspace import Workspace

_MADE = "teaching_drill_made"
_SIDE = 640


def show(place: Workspace) -> None:
    """The form, and the easiest and hardest film of what was made last."""
    said = _(
        "Lesions drawn into films, so that what is there is known to the pixel. Every such film"
        " says that it is generated; figures from it are of generated films alone."
    )
    st.html(f'<p class="muted">{escape(said)}</p>')
    left, right = st.columns([2, 3], gap="large")
    with left:
        _form(place)
    with right:
        _made(place)


def _form(place: Workspace) -> None:
    ranges = drills.sizes()
    finding = st.selectbox(
        _("Finding"), list(ranges), format_func=_, key="drill_finding",
        index=list(ranges).index("nodule"),
    )  # fmt: skip
    least, most = ranges[finding]
    with st.form("drill_form", border=False):
        sizes = st.slider(
            _("Size, mm"),
            least,
            most,
            (least, most),
            step=1.0,
            format="%d",
            key=f"drill_size_{finding}",
        )
        contrast = st.slider(
            _("Contrast, share of the full one"), 0.05, 1.0, (0.2, 1.0), step=0.05,
            key="drill_contrast",
        )  # fmt: skip
        count = st.slider(_("Films"), 2, drills.MOST_FILMS, 12, key="drill_count")
        normals = st.slider(
            _("Of these without a lesion, %"), 0, 80, 40, step=5, key="drill_normals"
        )
        words = {drills.PHANTOM: _("phantoms"), drills.FILM: _("normal films of teaching cases")}
        background = st.radio(
            _("Drawn into"), list(words), format_func=lambda name: words[name],
            key="drill_background", horizontal=True,
        )  # fmt: skip
        behind = st.checkbox(
            _("Behind the heart"),
            disabled=not drills.behind_heart(finding),
            key="drill_behind_heart",
            help=_("The whole lesion lies in the heart's shadow: nodules and masses."),
        )
        wanted = st.form_submit_button(_("Make the drill"), type="primary", key="drill_make")
    if wanted:
        _make(
            place,
            DrillWish(
                finding=finding,
                count=count,
                normals=round(count * normals / 100),
                size_mm=sizes,
                contrast=contrast,
                behind_heart=behind and drills.behind_heart(finding),
                background=background,
                seed=secrets.randbelow(1_000_000),
            ),
        )


def _make(place: Workspace, wish: DrillWish) -> None:
    template = _("Film {number} of {count} …")
    bar = st.progress(0.0)

    def progress(done: int, count: int) -> None:
        said = template.format(number=min(done + 1, count), count=count)
        bar.progress(done / count, text=said)

    try:
        made = drills.make_drills(place, wish, progress, reader=place.reader())
    except OverreadError as error:
        bar.empty()
        messages.error(error)
        return
    bar.empty()
    st.session_state[_MADE] = [case.id for case in made]


def _made(place: Workspace) -> None:
    with place.look() as look:
        made = look.teaching_cases.of_ids(st.session_state.get(_MADE, ()))
    if not made:
        return
    drawn = [case for case in made if case.drill and case.drill.finding]
    said = _("{count} films were made, {normal} of them without a lesion. They can be put into a"
             " session, and practised alone.")  # fmt: skip
    st.success(said.format(count=len(made), normal=len(made) - len(drawn)))
    if not drawn:
        return
    drawn.sort(key=_plainness)
    shown = [(_("Easiest"), drawn[-1]), (_("Hardest"), drawn[0])][: len(drawn)]
    for column, (word, case) in zip(st.columns(2), shown, strict=False):
        with column:
            _picture(place, word, case)


def _plainness(case: TeachingCase) -> float:
    """What a lesion adds to the film, in size times contrast: an order, no measure."""
    return case.drill.size_mm * case.drill.contrast if case.drill else 0.0


def _picture(place: Workspace, word: str, case: TeachingCase) -> None:
    if case.drill is None:
        return
    film = case.film
    pixels = decode_pixels(place.blobs.get(film.pixel_blob_digest), film.rows, film.columns)
    grey = np.rint(apply_window(pixels, film.window) * 255).astype(np.uint8)
    picture = cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)
    for region in case.regions:
        corners = np.round(np.array(region.outline)).astype(np.int32)
        cv2.polylines(picture, [corners], True, (255, 123, 114), 2, cv2.LINE_AA)
    scale = _SIDE / max(picture.shape[:2])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    said = _("{which}: {finding}, {size} mm, contrast {contrast} · generated").format(
        which=word,
        finding=_(case.drill.finding),
        size=round(case.drill.size_mm),
        contrast=f"{case.drill.contrast:.2f}",
    )
    st.image(small, caption=messages.plain(said), width="stretch")
