"""Which corpus is looked at, and how large it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

import streamlit as st

from core.findings.vocabulary import NO_FINDING
from core.training.corpus.folder import Corpus, Manifest
from dashboard.components.corpus.figures import SPLITS, counts
from dashboard.components.corpus.names import counted, plainly, split_name
from dashboard.components.models.figures import Document, part
from dashboard.language import translate as _

ADDRESS = "corpus"
"""Name of the corpus in the page's address."""
MOST_LICENCES = 4
"""Licences in the line below the figures; the table of licences has all of them."""


def choose(corpora: Sequence[Corpus], on_change: Callable[[], None]) -> Corpus | None:
    """Ask which of several corpora is looked at; the address keeps it. ``None`` of none."""
    if not corpora:
        return None
    by_name = {corpus.folder.name: corpus for corpus in corpora}
    asked = st.query_params.get(ADDRESS, "")
    first = asked if asked in by_name else next(iter(by_name))
    if len(by_name) == 1:
        return by_name[first]
    chosen = st.selectbox(
        _("Corpus"),
        list(by_name),
        index=list(by_name).index(first),
        key="corpus_chosen",
        on_change=on_change,
        label_visibility="collapsed",
        width=320,
    )
    st.query_params[ADDRESS] = chosen
    return by_name[chosen]


def show(manifest: Manifest, document: Document) -> None:
    """The corpus in one line, five figures, and what its captions may be used for."""
    st.html(_origin(manifest))
    cells = "".join(
        f"<div><b>{number}</b><span>{escape(label)}</span><small>{escape(note)}</small></div>"
        for number, label, note in _figures(manifest, document)
    )
    st.html(f'<div class="figures corpus">{cells}</div>')
    notes = [_legal(manifest), *([_ungrouped(manifest)] if manifest.ungrouped else [])]
    st.html("".join(f'<p class="muted note">{escape(note)}</p>' for note in notes))


def _origin(manifest: Manifest) -> str:
    made = _("imported {date} from {source}, seed {seed}").format(
        date=manifest.made[:10], source=plainly(manifest.source), seed=manifest.seed
    )
    digest = f'<span title="{escape(manifest.digest)}">{escape(manifest.digest[:12])}</span>'
    name = f'<b dir="auto">{escape(manifest.name)}</b>'
    return f'<div class="signature corpus">{name} {escape(made)} · SHA-256 {digest}</div>'


def _figures(manifest: Manifest, document: Document) -> list[tuple[str, str, str]]:
    dropped, stated = sum(manifest.drops.values()), stated_findings(document)
    return [
        (counted(sum(manifest.samples.values())), _("samples"), _by_split(manifest.samples)),
        (
            counted(sum(manifest.groups.values())),
            _("patients or figures"),
            _by_split(manifest.groups),
        ),
        (
            counted(dropped),
            _("records dropped"),
            _("of {count} in the source").format(count=counted(manifest.records)),
        ),
        (counted(len(stated)), _("findings stated"), _("as present, in at least one caption")),
        (counted(sum(map(bool, manifest.licences))), _("licences"), _first_licence(manifest)),
    ]


def stated_findings(document: Document) -> list[str]:
    """Return the findings that at least one caption states as present; *no finding* is none."""
    return list(
        dict.fromkeys(
            name
            for split in SPLITS
            for name in part(document, "findings", split)
            if name != NO_FINDING and counts(document, "findings", split, name).get("present", 0)
        )
    )


def _by_split(numbers: Mapping[str, int]) -> str:
    return " · ".join(f"{split_name(split)} {counted(n)}" for split, n in numbers.items())


def _first_licence(manifest: Manifest) -> str:
    ordered = by_licence(manifest)
    return licence_words(ordered[0][0]) if ordered else _("the source names none")


def by_licence(manifest: Manifest) -> list[tuple[str, int]]:
    """Return licences with their samples, the most frequent first."""
    return sorted(manifest.licences.items(), key=lambda one: (-one[1], one[0]))


def licence_words(name: str) -> str:
    return name or _("not named by the source")


def _ungrouped(manifest: Manifest) -> str:
    return _(
        "The source names no patient or figure of {count} samples: each is a group of its own, "
        "and two of one patient may lie on both sides of the split."
    ).format(count=counted(manifest.ungrouped))


def _legal(manifest: Manifest) -> str:
    named = [
        f"{licence_words(name)} ({counted(count)})"
        for name, count in by_licence(manifest)[:MOST_LICENCES]
    ]
    if more := len(manifest.licences) - len(named):
        named.append(_("{count} more").format(count=more))
    return _(
        "Licences: {licences}. Captions are shown as what a model is taught from; none of them is "
        "a report of a patient here."
    ).format(licences=", ".join(named) or _("not named by the source"))
