"""The tables of the model card, from ``measured.json`` alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from core.evaluation.document import UNPRETRAINED
from core.models.measured import WENT_ON

Entry = Mapping[str, Any]


def figures_parts(document: Entry) -> tuple[str, ...]:
    """Return the sections with figures, as Markdown, in the order of the card."""
    return (
        _findings(document),
        _certainties(document),
        _baselines(document),
        _localisation(document),
        _drawn(document),
        _shortcuts(document),
    )


def interval_text(entry: Entry | None) -> str:
    """Return a figure with its interval, or a dash where nothing was measured."""
    if not entry:
        return "-"
    if "low" not in entry:
        return f"{entry['value']:.2f}"
    return f"{entry['value']:.2f} ({entry['low']:.2f} to {entry['high']:.2f})"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(head)
    lines = [names, ["---"] * len(names), *(list(row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _findings(document: Entry) -> str:
    mean, over, cross = (
        document[key] for key in ("mean_nih_auroc", "mean_nih_auroc_over", "cross_validation")
    )
    text = "## Figures on unseen NIH patients\n\n"
    if mean:
        text += (
            f"Mean AUROC **{interval_text(mean)}** over {len(over)} findings with at least "
            f"5 positives in val ({', '.join(over)}), {mean['cases']} films.\n\n"
        )
    if cross["mean_nih_auroc"]:
        text += (
            f"Cross-validated in {cross['folds']} folds by patient, single members on "
            f"{cross['films']} train films of {cross['patients']} patients: "
            f"**{interval_text(cross['mean_nih_auroc'])}** over {len(cross['over'])} findings.\n\n"
        )
    text += (
        "95 % intervals are bootstrapped by patient. Points are chosen on train patients "
        "for *uncertain* at a specificity of 0.90, for *present* at a "
        "probability of 0.5, or a specificity of 0.975 where there is no calibration.\n\n"
    )
    head = (
        "finding", "positives", "AUROC", "cross-validated AUROC", "average precision",
        "sensitivity at the operating point", "specificity at the operating point",
        "sensitivity at the uncertain point", "shown as",
    )  # fmt: skip
    return text + _table(head, map(_finding, *zip(*document["findings"].items(), strict=True)))


def _finding(name: str, entry: Entry) -> list[str]:
    shown = "score, not calibrated"
    if entry["calibrated"]:
        shown = f"probability at prevalence {entry['prevalence']:.2f}"
    cross = entry.get("cross_validation") or {}
    return [
        name,
        str(entry["positives"]),
        interval_text(entry["auroc"]),
        interval_text(cross.get("auroc")),
        interval_text(entry["auprc"]),
        interval_text(entry["sensitivity"]),
        interval_text(entry["specificity"]),
        interval_text(entry["sensitivity_uncertain"]),
        shown,
    ]


def _certainties(document: Entry) -> str:
    def said(part: Entry | None, word: str) -> str:
        return f"{part[word]['had']} of {part[word]['films']}" if part else "-"

    rows = []
    for name, entry in document["findings"].items():
        part = (entry["certainties"] or {}).get("cross_fit")
        calibration = (entry["reliability"] or {}).get("cross_fit")
        rows.append(
            [
                name,
                *(said(part, word) for word in ("present", "uncertain", "absent")),
                interval_text(calibration["error"] if calibration else None),
            ]
        )
    return (
        "## What the certainties meant\n\n"
        "Of the NIH train films that were called so, by members, curves and points that had not "
        "seen their patients, so many had the finding; and the expected calibration error.\n\n"
    ) + _table(("finding", "present", "uncertain", "absent", "calibration error"), rows)


def _baselines(document: Entry) -> str:
    parts = document["baselines"]
    names = list(dict.fromkeys([*parts["val"], *parts["cross_fit"]]))
    rows = []
    for name in names:
        row = [name]
        for part in ("val", "cross_fit"):
            entry = parts[part].get(name)
            row += (
                [interval_text(entry["auroc"]), interval_text(entry["difference"])]
                if entry
                else ["-", "-"]
            )
        rows.append(row)
    bare = (
        " The network without pretraining is the one beside which those members learned that this "
        "run went on from; it keeps the readout it was trained with."
        if UNPRETRAINED in names and WENT_ON in document
        else ""
    )
    return (
        "## Baselines\n\n"
        "Mean NIH AUROC, and how far the model lies above it, paired by patient; a difference "
        "whose interval holds zero is none. The nearest neighbours of val films are looked "
        f"for among train films that most members have learned from.{bare}\n\n"
    ) + _table(("baseline", "val", "model above it", "cross-fit", "model above it"), rows)


def _localisation(document: Entry) -> str:
    located = document["localisation"]
    text = (
        "## Location\n\n"
        f"The maps that a reader sees: {located['default']}. Pointing: the map's maximum lies in a "
        "box of a reader. Train films are read by the member that never saw their patient, val "
        "films by the vote. The mean box knows only where the finding usually lies.\n"
    )
    for name, entry in located["findings"].items():
        methods = entry["pooled"]["methods"]
        text += (
            f"\n{name}: {entry['boxes']} boxes on {entry['films']} films of {entry['patients']} "
            "patients. " + (
                "The map beats the mean box.\n\n" if entry["localised"]
                else "The map was not shown to beat the mean box.\n\n"
            )
        )  # fmt: skip
        text += _table(
            ("map", "pointing", "above the mean box", "overlap (IoU)", "right side"),
            [
                [
                    method,
                    interval_text(one["pointing"]),
                    interval_text(one.get("pointing_minus_mean_box")),
                    interval_text(one["iou"]),
                    interval_text(entry["side"]["methods"].get(method)),
                ]
                for method, one in methods.items()
            ],
        )
    return text


def _drawn(document: Entry) -> str:
    text = (
        "## Drawn lesions\n\n"
        "No clinical figures: what becomes of lesions that were drawn into phantoms and into "
        "normal val films. *Called*: at or above the operating point, beside the same "
        "film without the lesion. *Pointed at*: the map's maximum lies in the shadow.\n"
    )
    titles = {"phantoms": "Phantoms, plain sizes", "composites": "Composites, subtle to plain"}
    for key, title in titles.items():
        part = document["drawn"][key]
        rows = [
            [
                kind,
                _of(entry["called"]),
                _of(entry["called_without"]),
                _of(entry["noticed"]),
                interval_text(entry["auroc"]),
                _of(entry["pointing"]),
                _of(entry["pointing_tolerant"]),
            ]
            for kind, entry in part["kinds"].items()
        ]
        text += f"\n{title}, {part['films']} films of each kind:\n\n" + _table(
            (
                "lesion",
                "called",
                "called without",
                "at least uncertain",
                "AUROC",
                "pointed at",
                "or one cell beside",
            ),
            rows,
        )
    return text


def _of(share: Entry) -> str:
    return f"{share['hits']} of {share['films']}"


def _shortcuts(document: Entry) -> str:
    found = document["shortcuts"]
    masked = found["masked"]
    told = ", ".join(
        f"{name} {interval_text(area)}" for name, area in found["source_auroc"].items()
    )
    return (
        "## Shortcuts\n\n"
        f"AUROC of telling a film's source from the network's features: {told or '-'}. With "
        f"corners and writing masked the mean NIH AUROC is {interval_text(masked['auroc'])}, "
        f"lower by {interval_text(masked['drop'])}.\n"
    )
