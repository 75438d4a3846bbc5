"""What the Versions part says: where a version came from, what was decided of it, who made it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from core.domain.errors import N_
from core.evaluation.promotion.decision import Decision
from core.evaluation.promotion.rule import FindingFigures, Outcome, Pair, never_found
from core.models import registry
from core.models.base import Interval
from core.models.versions import Version
from core.models.writers_in_force import name_of
from dashboard.components.models.figures import NOTHING, inline, part
from dashboard.components.models.table import Cell, Table, measured
from dashboard.components.training.words import when
from dashboard.language import translate as _
from dashboard.services import version_acts
from dashboard.services.version_history import Act
from dashboard.services.version_rule import AnyVersion, Kept, KeptVersions

OUTCOMES = {
    Outcome.ACCEPTED: N_("accepted: a loss beyond the margin is excluded"),
    Outcome.LOST: N_("refused: it lost on a critical finding"),
    Outcome.UNDERPOWERED: N_("refused: underpowered, a loss cannot be excluded"),
}
EACH = {
    Outcome.ACCEPTED: N_("not worse"),
    Outcome.LOST: N_("lost"),
    Outcome.UNDERPOWERED: N_("underpowered"),
}
FIGURES = {
    "auroc": N_("AUROC"),
    "sensitivity": N_("sensitivity"),
    "specificity": N_("specificity"),
}
ACTS = {
    version_acts.PROMOTE: N_("made active"),
    version_acts.ROLL_BACK: N_("rolled back"),
    version_acts.TO_ITSELF: N_("back to the model itself"),
    # Of a history from before.
    "to_shipped": N_("back to the model itself"),
    version_acts.CALIBRATE: N_("calibrated to this site"),
    version_acts.CALIBRATION_ON: N_("calibration to this site switched on"),
    version_acts.CALIBRATION_OFF: N_("calibration to this site switched off"),
}
VERSION_HEADS = (
    N_("version"), N_("state"), N_("learned from"), N_("made"), N_("decision"),
    N_("read against"), N_("on"),
)  # fmt: skip
_TONES = {Outcome.ACCEPTED: "", Outcome.LOST: "muted", Outcome.UNDERPOWERED: "muted"}


def named(version: str, model: str) -> str:
    """A version by its name; what was shipped, and a model without an adapter, have none."""
    if model in registry.names():
        return version or _("the shipped model")
    return name_of(version) or _("the model itself")


def versions_table(here: KeptVersions[Version]) -> Table:
    """Return a line for the shipped model and one for each version."""
    heads: list[Cell | str] = [_(head) for head in VERSION_HEADS]
    reads = _("reads films")
    # A version that fell out is not what reads, whatever the state says.
    shipped = NOTHING if here.in_force else reads
    rows: list[list[Cell | str]] = [
        [named("", here.model), shipped, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING]
    ]
    for kept in here.kept:
        at_work = kept.version.name == here.in_force
        rows.append(_row(kept, reads if at_work else NOTHING))
    return Table(_("Versions of the classifier"), heads, rows)


def _row(kept: Kept[Version], state: str) -> list[Cell | str]:
    version, decision = kept.version, kept.decision
    if version.reason:
        state = _("damaged")
    document = version.measured.document if version.measured else {}
    digest = version.digest[:12]
    return [
        Cell(version.name, f"SHA-256 {digest}" if digest else "", title=version.digest),
        Cell(state, _(version.reason) if version.reason else "", tone="prose"),
        _learned(document),
        Cell(when(document["made"]) if document.get("made") else NOTHING),
        decided(kept),
        read_by(decision),
        on(decision),
    ]


def _learned(document: Any) -> Cell:
    films = part(document, "split", "train")
    if not part(document, "relearned"):
        return Cell(NOTHING)
    words = [
        _("{source}: {films} films of {patients} patients").format(
            source=_(source), films=counts["films"], patients=counts["patients"]
        )
        for source, counts in films.items()
    ]
    labels = str(part(document, "relearned").get("labels_sha256", ""))
    return Cell("; ".join(words), _("labels {digest}").format(digest=labels[:12]), labels, "prose")


def decided(kept: Kept[AnyVersion]) -> Cell:
    """What was decided of a version, by which rule, and at which try."""
    if kept.filed is None:
        return Cell(_("not compared"), tone="muted")
    decision, outcome = kept.filed.decision, kept.filed.decision.outcome
    rule = _("margin {margin}, at least {least} patients of either kind").format(
        margin=decision.rule.margin, least=decision.rule.least
    )
    words = f"{rule} · {tried(kept.filed.digest, kept.filed.tries)}"
    return Cell(_(OUTCOMES[outcome]), words, decision.command, f"prose {_TONES[outcome]}".strip())


def tried(digest: str, tries: int) -> str:
    """Say which comparison of a version this is, with the start of the SHA-256 of its file."""
    return _("comparison {tries}, SHA-256 {digest}").format(tries=tries, digest=digest[:12])


def read_by(decision: Decision | None) -> Cell:
    """What a version was held against."""
    return Cell(decision.old.name, title=decision.old.digest) if decision else Cell(NOTHING)


def on(decision: Decision | None) -> Cell:
    """On which patients two versions were compared."""
    if decision is None:
        return Cell(NOTHING)
    frozen = decision.frozen
    words = _("{films} films of {patients} frozen patients").format(
        films=frozen.films, patients=frozen.patients
    )
    return Cell(words, ", ".join(_(source) for source in frozen.sources), frozen.digest, "prose")


# --- one decision -------------------------------------------------------------------------------


def decision_table(decision: Decision) -> Table:
    """Return a line for each finding, the critical ones first: old, new, and new minus old."""
    heads: list[Cell | str] = [_("finding"), _("positives"), _("judged")]
    groups = [("", 3)]
    # Texts have no scores to rank by.
    shown = [
        figure
        for figure in FIGURES
        if any(figure in each.figures for each in decision.findings.values())
    ]
    for figure in shown:
        heads += [_("old"), _("new"), _("new minus old")]
        groups.append((_(FIGURES[figure]), 3))
    found = sorted(decision.findings.items(), key=lambda item: item[1].outcome is None)
    rows = [_finding(name, figures, shown) for name, figures in found]
    return Table(_("Old and new on the same frozen patients"), heads, rows, groups)


def _finding(name: str, found: FindingFigures, shown: list[str]) -> list[Cell | str]:
    verdict = _(EACH[found.outcome]) if found.outcome else _("not critical")
    people = _("of {patients} patients; {without} patients without").format(
        patients=found.patients, without=found.patients_without
    )
    cells: list[Cell | str] = [
        _(name),
        Cell(str(found.positives), people),
        Cell(verdict, tone="" if found.outcome else "muted"),
    ]
    for figure in shown:
        pair = found.figures.get(figure, Pair(None, None, None))
        cells += [measured(_json(pair.old)), measured(_json(pair.new))]
        cells.append(measured(_json(pair.difference), signed=True))
    return cells


def _json(interval: Interval | None) -> dict[str, Any] | None:
    return asdict(interval) if interval else None


def decision_sentence(decision: Decision) -> str:
    """Say in one sentence what was decided, and because of which findings."""
    outcome = decision.outcome
    names = ", ".join(_(name) for name in decision.of(outcome))
    sentence = {
        Outcome.ACCEPTED: _(
            "Accepted: of every critical finding ({findings}), a loss of more than {margin} is "
            "excluded."
        ),
        Outcome.LOST: _("Refused: it lost on {findings}."),
        Outcome.UNDERPOWERED: _(
            "Refused as underpowered: the frozen patients do not exclude a loss of more than "
            "{margin} on {findings}."
        ),
    }[outcome]
    said = sentence.format(findings=names or _("any critical finding"), margin=decision.rule.margin)
    silent = [
        _(name)
        for name, found in decision.findings.items()
        if found.outcome is Outcome.UNDERPOWERED and never_found(found)
    ]
    if not silent:
        return said
    nothing = _("Nothing was shown of what neither version ever finds ({findings}).")
    return f"{said} {nothing.format(findings=', '.join(silent))}"


def written_under(decision: Decision) -> str:
    """Say under which settings the texts were written that were compared."""
    each = ", ".join(f"{_(name)} {value}" for name, value in decision.settings.items())
    return _("Both texts were written under: {settings}.").format(settings=each)


# --- history ------------------------------------------------------------------------------------


def history_table(acts: tuple[Act, ...]) -> Table:
    """Return who did what and when, newest first."""
    heads: list[Cell | str] = [
        _("when"), _("reader"), _("model"), _("what"), _("before"), _("after"), _("decision"),
    ]  # fmt: skip
    rows: list[list[Cell | str]] = [
        [
            when(act.at.isoformat()), act.reader, act.model, _(ACTS.get(act.act, act.act)),
            _side(act.before, act.model), _side(act.after, act.model),
            Cell(tried(act.decision, act.tries), title=act.decision) if act.decision else NOTHING,
        ]
        for act in acts
    ]  # fmt: skip
    return Table(_("What was made active, by whom and when"), heads, rows)


def _side(version: str, model: str) -> Cell:
    """A version of the history; the tooltip has the digest where it is pinned."""
    return Cell(named(version, model), title=version.rpartition("@")[2] if "@" in version else "")


def calibration_error(found: Interval | None) -> str:
    return inline(_json(found)) if found else NOTHING
