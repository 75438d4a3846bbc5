"""How long captions are, what is asked of them, and under which licence they came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.training.corpus.folder import Manifest
from core.training.corpus.sample import Kind
from dashboard.components.corpus import figures
from dashboard.components.corpus.charts import bars, columns, histograms
from dashboard.components.corpus.exhibit import Exhibit
from dashboard.components.corpus.figures import SPLITS
from dashboard.components.corpus.head import by_licence, licence_words
from dashboard.components.corpus.names import counted, kind_name, split_name
from dashboard.components.models.figures import NOTHING, Document
from dashboard.components.models.table import Cell, Table
from dashboard.language import translate as _

Bins = Mapping[str, Sequence[float]]


def lengths(document: Document) -> Exhibit:
    """Histograms of the words of a cleaned caption, by split."""
    found = {split: bins for split in SPLITS if (bins := figures.bins(document, split))}
    named = {split_name(split): bins for split, bins in found.items()}
    lines = [
        (split, low, high, count)
        for split, bins in found.items()
        for low, high, count in zip(bins["edges"], bins["edges"][1:], bins["counts"], strict=False)
    ]
    return Exhibit(
        name="caption-lengths",
        answer=_("How many words has a cleaned caption?"),
        plot=histograms(named, (_("words of a caption"), _("captions"))) if named else None,
        alt=_("Captions by their number of words, by split"),
        table=_lengths_table(found),
        heads=["split", "from_words", "below_words", "captions"],
        rows=lines,
    )


def _lengths_table(found: Mapping[str, Bins]) -> Table:
    heads: list[Cell | str] = [_("words")]
    heads += [Cell(split_name(split), tone="number") for split in found]
    by_bin: dict[tuple[float, float], dict[str, int]] = {}
    for split, bins in found.items():
        edges, counts = bins["edges"], bins["counts"]
        for low, high, count in zip(edges, edges[1:], counts, strict=False):
            by_bin.setdefault((low, high), {})[split] = int(count)
    rows: list[list[Cell | str]] = [
        [
            _("{low} to below {high}").format(low=f"{low:g}", high=f"{high:g}"),
            *(Cell(counted(here[s]) if s in here else NOTHING, tone="number") for s in found),
        ]
        for (low, high), here in sorted(by_bin.items())
        if any(here.values())
    ]
    return Table(_("Captions by their number of words"), heads, rows)


def kinds(manifest: Manifest) -> Exhibit:
    """What is asked of a film, by split: a balanced corpus has columns of one height."""
    known = [kind.value for kind in Kind]
    others = sorted({kind for split in manifest.kinds.values() for kind in split} - set(known))
    names = [*known, *others]
    series = {
        split: [manifest.kinds.get(split, {}).get(kind, 0) for kind in names] for split in SPLITS
    }
    heads: list[Cell | str] = [_("kind"), _("what is asked")]
    heads += [Cell(split_name(split), tone="number") for split in SPLITS]
    rows: list[list[Cell | str]] = [
        [
            kind_name(kind),
            Cell(_asked(kind), tone="prose muted"),
            *(Cell(counted(series[split][at]), tone="number") for split in SPLITS),
        ]
        for at, kind in enumerate(names)
    ]
    return Exhibit(
        name="kinds",
        answer=_("What is asked of a film, and is each kind asked as often?"),
        plot=columns(
            [kind_name(kind) for kind in names],
            {split_name(split): numbers for split, numbers in series.items()},
            _("samples"),
        ),
        alt=_("Samples of each kind of instruction, by split"),
        table=Table(_("Samples of each kind of instruction"), heads, rows),
        heads=["kind", *SPLITS],
        rows=[[kind, *(series[split][at] for split in SPLITS)] for at, kind in enumerate(names)],
    )


def _asked(kind: str) -> str:
    asked = {
        Kind.IDENTIFY.value: _("Which findings does the film show?"),
        Kind.DESCRIBE.value: _("What is seen on the film?"),
        Kind.LOCATE.value: _("On which side and where does a finding lie?"),
        Kind.EXPLAIN.value: _("What does a finding on this film mean?"),
    }
    return asked.get(kind, "")


def licences(manifest: Manifest) -> Exhibit:
    """Under which licence the sources gave their pictures and words."""
    found = by_licence(manifest)
    words = [licence_words(name) for name, _count in found]
    numbers = [count for _name, count in found]
    return Exhibit(
        name="licences",
        answer=_("Under which licence did the source give its pictures and words?"),
        plot=bars(words, numbers, _("samples")) if found else None,
        alt=_("Samples under each licence"),
        table=Table(
            _("Samples under each licence"),
            [_("licence"), Cell(_("samples"), tone="number")],
            [
                [word, Cell(counted(number), tone="number")]
                for word, number in zip(words, numbers, strict=True)
            ],
        ),
        heads=["licence", "samples"],
        rows=found,
        note=_("What may be done with a model that was taught from them follows from these."),
    )
