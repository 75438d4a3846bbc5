"""The table of a model's adapters: where each came from, and what was decided of it."""

from __future__ import annotations

from core.models.writers_in_force import WriterVersion
from core.training.finetuning.runs import Run
from dashboard.components.models.figures import NOTHING
from dashboard.components.models.table import Cell, Table
from dashboard.components.models.version_words import VERSION_HEADS, decided, named, on, read_by
from dashboard.components.training.words import when
from dashboard.language import translate as _
from dashboard.services.version_rule import Kept, KeptVersions
from dashboard.services.writer_versions import run_of


def adapters_table(here: KeptVersions[WriterVersion]) -> Table:
    """Return a line for the model itself and one for each adapter."""
    writes = _("writes")
    itself = NOTHING if here.in_force else writes
    rows: list[list[Cell | str]] = [
        [named("", here.model), itself, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING]
    ]
    for kept in here.kept:
        at_work = here.in_force == kept.version.pinned
        rows.append(_row(kept, writes if at_work else NOTHING))
    heads: list[Cell | str] = [_(head) for head in VERSION_HEADS]
    caption = _("Versions of {model}").format(model=here.model)
    return Table(caption, heads, rows)


def _row(kept: Kept[WriterVersion], state: str) -> list[Cell | str]:
    version, decision = kept.version, kept.decision
    run = run_of(version)
    if version.reason:
        state = _("cannot write")
    digest = f"SHA-256 {version.digest[:12]}" if version.digest else ""
    return [
        Cell(version.name, digest, title=version.digest),
        Cell(state, _(version.reason) if version.reason else "", tone="prose"),
        _learned(run),
        Cell(when(run.updated) if run else NOTHING),
        decided(kept),
        read_by(decision),
        on(decision),
    ]


def _learned(run: Run | None) -> Cell:
    """The corpus of the run that an adapter came from; of others nobody knows."""
    if run is None:
        return Cell(NOTHING)
    words = _("{corpus}: {samples} samples").format(
        corpus=run.corpus.get("name", NOTHING), samples=run.corpus.get("samples", NOTHING)
    )
    digest = str(run.corpus.get("digest", ""))
    return Cell(words, _("corpus {digest}").format(digest=digest[:12]), digest, "prose")
