"""How a case was answered, without names: findings, certainties, sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from core.domain.teaching import TeachingCase
from dashboard.components.models.charts import SERIES
from dashboard.components.teaching import blind_read_words
from dashboard.language import translate as _
from dashboard.services.teaching import cases
from dashboard.services.teaching.progress import Distribution


def colours() -> dict[str, str]:
    """A colour for each finding that can be picked, the same from case to case."""
    return {
        name: SERIES[place % len(SERIES)] for place, name in enumerate(cases.findings_offered())
    }


def answers_html(found: Distribution, truth: TeachingCase | None, tints: Mapping[str, str]) -> str:
    """One line a finding, the most picked first.

    Parameters
    ----------
    truth : TeachingCase or None
        Where the answer may be seen: then each line says what the reference states of it.
    """
    if found.committed < found.least:
        waiting = _("Answers are shown from {least} committed reads on.").format(least=found.least)
        return f'<p class="muted">{escape(waiting)}</p>'
    present = {each.name for each in truth.findings if each.present} if truth else set()
    names = sorted({*found.picked, *present}, key=lambda name: -len(found.picked.get(name, ())))
    if not names:
        nobody = _("Nobody picked a finding.")
        return f'<p class="said">{escape(nobody)}</p>'
    heads = [_("finding"), _("picked by"), _("certainty, 0 to 1"), _("side")]
    cells = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    rows = "".join(_row(found, name, truth, present, tints) for name in names)
    caption = escape(_("Answers without names"))
    return (
        f'<table class="plain answers"><caption>{caption}</caption><thead><tr>{cells}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _row(
    found: Distribution,
    name: str,
    truth: TeachingCase | None,
    present: Iterable[str],
    tints: Mapping[str, str],
) -> str:
    certainties = found.picked.get(name, ())
    count, of = len(certainties), found.committed
    share = round(100 * count / of) if of else 0
    words = _("{count} of {all}").format(count=count, all=of)
    tint = tints.get(name, SERIES[-1])
    verdict = ""
    if truth is not None:
        there = name in present
        tone = "signed" if there else "muted"
        verdict = f'<small class="{tone}">{escape(_stated(truth, name))}</small>'
    return (
        f'<tr><th scope="row"><i style="background: {tint}"></i>{escape(_(name))}{verdict}</th>'
        f'<td>{escape(words)}<span class="bar"><i style="width: {share}%; background: {tint}"></i>'
        f"</span></td><td>{_strip(certainties, tint)}</td>"
        f"<td>{escape(sides_words(found.sides.get(name, {})))}</td></tr>"
    )


def _stated(truth: TeachingCase, name: str) -> str:
    for finding in truth.findings:
        if finding.name == name and finding.present:
            side = blind_read_words.side(finding.laterality)
            return _("● present: {side}").format(side=side) if side else _("● present")
        if finding.name == name:
            return _("○ absent")
    return _("○ not in the reference")


def _strip(certainties: Sequence[float], tint: str) -> str:
    """A line from 0 to 1 with a dot for each certainty; equal ones make a larger dot."""
    dots = ""
    for value, count in sorted(Counter(round(each, 2) for each in certainties).items()):
        size = min(22, 9 + 2 * count)
        number = str(count) if count > 1 else ""
        title = _("{value}: {count} times").format(value=f"{value:g}", count=count)
        dots += (
            f'<b style="left: {100 * value:.0f}%; width: {size}px; height: {size}px; '
            f'background: {tint}" title="{escape(title)}">{number}</b>'
        )
    return f'<span class="strip01">{dots}</span>'


def sides_words(sides: Mapping[str, int]) -> str:
    """How often which side was named, the most frequent first."""
    ordered = sorted(sides.items(), key=lambda item: -item[1])
    return " · ".join(f"{blind_read_words.side(side)} {count}" for side, count in ordered if count)
