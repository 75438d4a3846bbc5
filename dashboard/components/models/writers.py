"""Models that write: what can run on this machine, why others cannot, and what each would take."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import streamlit as st

from core.domain.errors import N_
from core.models import registry
from core.models.language.catalogue import LanguageSource
from core.models.language.memory import memory_at_hand
from core.models.language.precision import Device, Memory, Precision, gigabytes, needs
from core.models.language.standing import Standing, State
from core.models.registry import Entry
from dashboard.components import remote_dialog
from dashboard.components.messages import plain
from dashboard.components.models import fetching
from dashboard.components.models.figures import NOTHING
from dashboard.components.models.table import Cell, Table, lead, table_html
from dashboard.language import filled
from dashboard.language import translate as _
from dashboard.services.fetch_model import server_of, shelf
from dashboard.workspace import Workspace

MEMORY_SECONDS = 15
"""How long a look at the free memory holds: asking a card takes a while."""

_CSS = (Path(__file__).parents[1] / "assets" / "writers.css").read_text(encoding="utf-8")
TITLES = (
    N_("Image encoder with a text decoder"),
    N_("LoRA adapter on one of these models"),
    N_("Model server with an OpenAI-compatible address"),
    N_("BLIP, fine-tuned on chest radiographs"),
)
"""Titles of shipped entries that are words, not names."""
STATES = {
    State.READY: N_("ready"),
    State.NEEDS_DOWNLOAD: N_("needs download"),
    State.NEEDS_MEMORY: N_("needs memory"),
    State.NEEDS_GPU: N_("needs a GPU"),
    State.UNAVAILABLE: N_("not available"),
}
NOTES = {
    "not_in_the_eu": N_(
        "Its licence gives no rights to people who live, or companies that are based, in the "
        "European Union."
    ),
    "any_of_its_kind": N_("An example; any other of its kind is used by naming its folder."),
}


def show(place: Workspace) -> None:
    """The section: one sentence, the ways to get a model, one table."""
    st.html(f"<style>{_CSS}</style>")
    models, settings, memory = shelf(place), place.settings, _memory()
    entries = registry.writers(models, memory, settings.precision, server_of(settings))
    lead(_("Models that write: which can run on this machine, and why others cannot."))
    st.html(f'<p class="muted">{escape(_at_hand(memory, settings.precision))}</p>')
    fetching.show(place, [entry.standing for entry in entries if entry.standing is not None])
    for problem in models.problems:
        st.warning(plain(problem))
    st.html(writers_html(entries))
    remote_dialog.show_agreement(place)


@st.cache_data(ttl=MEMORY_SECONDS, show_spinner=False)
def _memory() -> Memory:
    return memory_at_hand()


def _at_hand(memory: Memory, wanted: Precision | None) -> str:
    free = _("{free} of memory are free").format(free=gigabytes(memory.ram))
    card = (
        _("{free} on {card}").format(free=gigabytes(memory.gpu), card=memory.gpu_name)
        if memory.gpu
        else _("no GPU can be used")
    )
    said = [free, card]
    if wanted is not None:
        said.append(f"OVERREAD_PRECISION={wanted.value}")
    return " · ".join(said)


def writers_html(entries: Sequence[Entry]) -> str:
    """Return the table, every word of it escaped."""
    rows = [_row(entry.standing) for entry in entries if entry.standing is not None]
    heads: list[Cell | str] = [_("model"), _("state"), _("would run as")]
    heads += [Cell(each.value, tone="number") for each in Precision]
    heads += [Cell(_("to fetch"), tone="number"), _("licence"), _("revision"), _("takes the film")]
    groups = [("", 3), (_("memory it takes as"), len(Precision)), ("", 4)]
    table = Table(_("Models that write"), heads, rows, groups)
    return f'<div class="writers">{table_html(table)}</div>'


def _row(standing: Standing) -> list[Cell | str]:
    source = standing.source
    notes = " ".join(_(NOTES[note]) for note in source.notes if note in NOTES)
    reason = filled(standing.sentence, standing.facts) if standing.sentence else ""
    tone = "words reason ready" if standing.state is State.READY else "words reason"
    size = gigabytes(source.size_bytes) if source.size_bytes else _unknown(source)
    return [
        Cell(_(source.title), source.name),
        Cell(_(STATES[standing.state]), _sentences(reason, notes), tone=tone),
        _runs_as(standing),
        *(_memory_cell(source, precision) for precision in Precision),
        Cell(size, tone="number"),
        Cell(source.licence or _unknown(source), title=source.licence_url, tone="short"),
        _revision(standing),
        Cell(_film(source) or _unknown(source), tone="short"),
    ]


def _sentences(reason: str, notes: str) -> str:
    said = f"{reason[:1].upper()}{reason[1:]}." if reason else ""
    return f"{said} {notes}".strip()


def _unknown(source: LanguageSource) -> str:
    """What was not found of a published model is not known; a folder has no such fact."""
    return _("not known") if source.repository else NOTHING


def _runs_as(standing: Standing) -> Cell:
    choice = standing.choice
    if choice is None or choice.obstacle or standing.state is State.UNAVAILABLE:
        return Cell(NOTHING, tone="muted")
    places = {Device.GPU: _("{precision} on the GPU"), Device.CPU: _("{precision} on the CPU")}
    text = places[choice.device].format(precision=choice.precision.value)
    return Cell(text, filled(choice.sentence, choice.facts), tone="words")


def _memory_cell(source: LanguageSource, precision: Precision) -> Cell:
    count = needs(source, precision) if source.kind not in ("remote", "classifier") else 0
    return Cell(gigabytes(count) if count else NOTHING, tone="number")


def _revision(standing: Standing) -> Cell:
    revision = standing.revision
    if revision:
        return Cell(revision[:12], title=revision, tone="short")
    if standing.source.repository and not standing.here:
        return Cell(NOTHING, _("the first fetch sets it"), tone="muted short")
    return Cell(NOTHING, tone="muted")


def _film(source: LanguageSource) -> str:
    """How a model takes the film; empty where that is not known."""
    if source.image == "own":
        return _("in its own size")
    words = {
        "square": _("{size} × {size} pixels"),
        "tiles": _("tiles of {size} pixels, up to {tiles}"),
    }
    template = words.get(source.image)
    return template.format(size=source.input_size, tiles=source.tiles) if template else ""
