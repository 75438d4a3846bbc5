"""Two models that write, by the texts that an evaluation kept of both. Imports no torch.

Finding by finding: of the samples whose answer must state it, the share in which it is stated, and
of the others the share in which it is not. A critical finding that no sample states is kept:
nothing shows that it was not lost. The labeller reads both, as in the figures of drafts.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from pathlib import Path
from typing import NoReturn

import numpy as np

from core.domain.errors import N_
from core.domain.training_errors import EvaluationError
from core.evaluation.drafts import stated
from core.evaluation.drafts.candidates import Place
from core.evaluation.drafts.texts import Texts, read_texts
from core.evaluation.promotion.decision import WRITER, Decision, Frozen, Side
from core.evaluation.promotion.paired import Compared, finding_figures
from core.evaluation.promotion.rule import CRITICAL, FindingFigures, Rule
from core.evaluation.promotion.unseen import check_unseen

_DIGEST = re.compile(r"[0-9a-f]{64}")


def compare(
    folder: Path, old: str, new: str, rule: Rule, place: Place, command: str = ""
) -> Decision:
    """Compare two systems of a kept evaluation, and decide.

    Parameters
    ----------
    place : Place
        Where models and training runs are looked up, to tell what was learned from.

    Raises
    ------
    EvaluationError
        If there is no such evaluation, it has no finished system of one of the names, one of them
        failed on a sample, or may have learned from the samples.
    """
    texts = read_texts(folder)
    if texts is None:
        _refuse(N_("{folder} holds no texts"), folder=folder.name)
    finished = {writer.system: writer for writer in texts.finished()}
    for name in (old, new):
        if name not in finished:
            _refuse(N_("{name} has not written about every sample"), name=name)
        if not _DIGEST.fullmatch(finished[name].checkpoint):
            _refuse(N_("{name} has no weights that a digest could name"), name=name)
        # A text that was never written states nothing, and would pass for a careful one.
        if any(texts.written[name][each].failed for each in texts.samples):
            _refuse(N_("{name} failed on some samples"), name=name)
    if finished[old].checkpoint == finished[new].checkpoint:
        _refuse(N_("the two are the same weights"))
    for name in (old, new):
        check_unseen(texts, finished[name], place)
    return Decision(
        kind=WRITER,
        made=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        command=command,
        old=Side(old, finished[old].checkpoint),
        new=Side(new, finished[new].checkpoint),
        frozen=_frozen(texts),
        rule=rule,
        findings=_findings(texts, old, new, rule),
        settings=dict(texts.plan.settings),
    )


def _findings(texts: Texts, old: str, new: str, rule: Rule) -> dict[str, FindingFigures]:
    asked = list(texts.samples.values())
    told = [
        stated.compare([texts.written[name][each.sample].text for each in asked], asked)
        for name in (old, new)
    ]
    groups = np.array([each.group for each in asked])
    truth = told[0].truth
    return {
        name: finding_figures(
            name,
            Compared(truth[:, column], told[0].told[:, column], told[1].told[:, column], groups),
            rule,
        )
        for column, name in enumerate(stated.NAMES)
        if truth[:, column].any() or name in CRITICAL
    }


def _frozen(texts: Texts) -> Frozen:
    asked = texts.samples.values()
    lines = sorted(f"{each.sample} {each.question} {each.caption}" for each in asked)
    source = f"{texts.plan.corpus.get('name', '')} {texts.plan.corpus.get('split', '')}".strip()
    return Frozen(
        films=len(texts.samples),
        patients=len({each.group for each in asked}),
        digest=hashlib.sha256("\n".join(lines).encode()).hexdigest(),
        sources={source: len(texts.samples)},
    )


def _refuse(template: str, **named: str) -> NoReturn:
    raise EvaluationError(reason=template.format(**named), template=template, named=named)
