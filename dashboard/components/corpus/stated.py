"""Findings that the captions state: how often, and which of them together."""

from __future__ import annotations

from core.domain.finding import Certainty
from core.findings.vocabulary import NO_FINDING
from dashboard.components.corpus import figures
from dashboard.components.corpus.charts import heat_map, intervals
from dashboard.components.corpus.exhibit import Exhibit, Value
from dashboard.components.corpus.figures import SPLITS, counts
from dashboard.components.corpus.names import counted, split_name
from dashboard.components.models.figures import NOTHING, Document, decimal, part
from dashboard.components.models.table import Cell, Table
from dashboard.language import translate as _

MOST_PAIRS = 12
"""Pairs in the table; the file for a spreadsheet has all of them."""

_CERTAINTIES = tuple(each.value for each in Certainty)


def prevalence(document: Document) -> Exhibit:
    """The share of captions that state a finding as present, by split, with intervals."""
    names = by_frequency(document)
    shares = {
        split_name(split): [figures.prevalence(document, split, name) for name in names]
        for split in SPLITS
    }
    axis = _("captions that state the finding as present, 95 % interval")
    return Exhibit(
        name="findings",
        answer=_("How often do captions state a finding, in training and in validation?"),
        plot=intervals([_(name) for name in names], shares, axis) if names else None,
        alt=_("Share of captions that state each finding as present, by split, with intervals"),
        table=_table(document, names),
        heads=["finding", "split", *_CERTAINTIES, "share", "low", "high", "samples"],
        rows=[_row(document, name, split) for name in names for split in SPLITS],
        note=_(
            "Read by the labeller from the cleaned captions: what a caption does not mention is "
            "not absent from the film. Bars are Wilson's 95 % interval."
        ),
    )


def by_frequency(document: Document) -> list[str]:
    """Return the findings that captions mention, most often present first, *no finding* last."""
    names = dict.fromkeys(name for split in SPLITS for name in part(document, "findings", split))
    said = [name for name in names if any(_mentions(document, name).values())]
    return sorted(said, key=lambda n: (n == NO_FINDING, -_mentions(document, n)["present"]))


def _mentions(document: Document, name: str) -> dict[str, int]:
    """Captions of all splits that mention a finding, by what they say of it."""
    found = [counts(document, "findings", split, name) for split in SPLITS]
    return {each: sum(one.get(each, 0) for one in found) for each in _CERTAINTIES}


def _row(document: Document, name: str, split: str) -> list[Value]:
    found, share = (
        counts(document, "findings", split, name),
        figures.prevalence(document, split, name),
    )
    numbers = [share[key] if share else None for key in ("value", "low", "high")]
    cases = share.get("cases") if share else None
    return [name, split, *(found.get(each, 0) for each in _CERTAINTIES), *numbers, cases]


def _table(document: Document, names: list[str]) -> Table:
    heads: list[Cell | str] = [_("finding")]
    words = (_("present"), _("uncertain"), _("absent"), _("share present"))
    heads += [Cell(word, tone="number") for word in words] * len(SPLITS)
    groups = [("", 1), *((split_name(split), len(words)) for split in SPLITS)]
    rows: list[list[Cell | str]] = []
    for name in names:
        row: list[Cell | str] = [_(name)]
        for split in SPLITS:
            found = counts(document, "findings", split, name)
            row += [Cell(counted(found.get(each, 0)), tone="number") for each in _CERTAINTIES]
            row.append(_share(document, split, name))
        rows.append(row)
    return Table(_("Findings that captions state"), heads, rows, groups)


def _share(document: Document, split: str, name: str) -> Cell:
    """A share in percent above its interval: most findings are rarer than two decimals tell."""
    found = figures.prevalence(document, split, name)
    if found is None:
        return Cell(NOTHING, tone="number muted")
    value, low, high = (
        f"{decimal(100 * found[key], digits=1)}" for key in ("value", "low", "high")
    )
    span = _("{low} to {high}").format(low=low, high=high)
    return Cell(f"{value} %", span, tone="number")


def together(document: Document) -> Exhibit:
    """Which findings stand in one caption."""
    names, counted_pairs = figures.together(document)
    pairs = sorted(
        (
            (counted_pairs[i][j], names[i], names[j])
            for i in range(len(names))
            for j in range(i)
            if counted_pairs[i][j]
        ),
        key=lambda pair: (-pair[0], pair[1:]),
    )
    return Exhibit(
        name="together",
        answer=_("Which findings are stated as present in one caption?"),
        plot=heat_map([_(name) for name in names], counted_pairs, _("captions with both"))
        if len(names) > 1
        else None,
        alt=_("Captions that state each two findings together"),
        table=Table(
            _("Findings that stand together most often"),
            [_("finding"), _("with"), Cell(_("captions"), tone="number")],
            [[_(a), _(b), Cell(counted(n), tone="number")] for n, a, b in pairs[:MOST_PAIRS]],
        ),
        heads=["finding", *names],
        rows=[[name, *row] for name, row in zip(names, counted_pairs, strict=True)],
        note=_("On the diagonal: captions that state the finding at all.") if names else "",
    )
