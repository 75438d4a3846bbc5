"""The model card, written from the figures file so that the two cannot disagree."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

SOURCES: Mapping[str, tuple[str, str, str]] = {
    "nih_cxr14": (
        "NIH ChestX-ray14",
        "no restriction on use; credit: NIH Clinical Center, "
        "https://nihcc.app.box.com/v/ChestXray-NIHCC",
        "Wang 2017; lung opacity from Shih 2019",
    ),
    "kermany_peds": (
        "Kermany paediatric pneumonia (Mendeley Data rscbjbr9sj)",
        "CC BY 4.0",
        "Kermany 2018",
    ),
    "covidcxnet": (
        "COVID-CXNet (figshare 12580328)",
        "CC BY 4.0 as its compiler states",
        "Haghanifar 2020",
    ),
    "hannover": ("Hannover COVID-19 image repository", "CC BY 3.0", "Winther 2020"),
    "cohen_covid": (
        "COVID-19 image data collection, rows under CC BY alone",
        "CC BY",
        "Cohen 2020",
    ),
    "vqarad": ("VQA-RAD", "CC0 1.0", "Lau 2018"),
}

CITATIONS = (
    "Wang X et al. ChestX-ray8: hospital-scale chest X-ray database and benchmarks. CVPR 2017.",
    "Shih G et al. Augmenting the NIH chest radiograph dataset with expert annotations of possible "
    "pneumonia. Radiology: Artificial Intelligence 2019.",
    "Cohen JP et al. COVID-19 image data collection: prospective predictions are the future. 2020.",
    "Winther HB et al. COVID-19 image repository. Hannover Medical School, 2020.",
    "Haghanifar A et al. COVID-CXNet: detecting COVID-19 in frontal chest X-ray images using deep "
    "learning. 2020.",
    "Kermany DS et al. Identifying medical diagnoses and treatable diseases by image-based deep "
    "learning. Cell 2018.",
    "Lau JJ et al. A dataset of clinically generated visual questions and answers about radiology "
    "images. Scientific Data 2018.",
    "Zech JR et al. Variable generalization performance of a deep learning model to detect "
    "pneumonia in chest radiographs. PLOS Medicine 2018.",
)


def write_card(document: Mapping[str, Any], path: Path) -> None:
    """Write the card of a figures file as Markdown."""
    parts = (_head(document), _use(), _training(document), _figures(document), _limits(document))
    path.write_text("\n".join(parts) + "\n", encoding="utf-8")


def _head(document: Mapping[str, Any]) -> str:
    members = document["recipe"]["members"]
    vote = f" in {members} members that vote" if members > 1 else ""
    return (
        f"# Model card: {document['name']}\n\n"
        f"A small convolutional network ({document['parameters'] / 1e6:.1f} million parameters"
        f"{vote}), trained from scratch on a CPU, without pretraining. It scores a frontal chest "
        f"radiograph for {len(document['findings'])} findings. Weights: `weights.safetensors`, "
        f"SHA-256 `{document['weights_sha256']}`. Every number below is "
        "copied from `measured.json` by the command that trained the model.\n"
    )


def _use() -> str:
    return (
        "## Intended use\n\n"
        "A draft for a qualified reader who looks at the same film, and teaching. **Not a medical "
        "device; not for diagnosis without a qualified reader, not for triage.** Frontal films "
        "(PA, AP) of patients of 16 years and older. No lateral films, no other body parts.\n"
    )


def _training(document: Mapping[str, Any]) -> str:
    lines = [
        "## Films\n",
        "| source | licence | cite | train films | val films (patients) |",
        "| --- | --- | --- | --- | --- |",
    ]
    split = document["split"]
    for source in split["train"]:
        name, licence, cite = SOURCES.get(source, (source, "as stated in the manifest", ""))
        val = split["val"].get(source, {"films": 0, "patients": 0})
        lines.append(
            f"| {name} | {licence} | {cite} | {split['train'][source]['films']} | "
            f"{val['films']} ({val['patients']}) |"
        )
    phantoms = document["recipe"]["phantoms"]
    if phantoms:
        lines.append(f"| thorax phantom of this project | Apache-2.0 | | {phantoms} | 0 |")
    lines += ["", *_method(document), "", "## Citations\n", *(f"- {cite}" for cite in CITATIONS)]
    return "\n".join(lines) + "\n"


def _method(document: Mapping[str, Any]) -> list[str]:
    size, members = document["input_size"], document["recipe"]["members"]
    return [
        "Splits are by patient. A label counts only where its source looked for the finding, and "
        "only from sources with both positives and negatives of it: a source that always says yes "
        "teaches its scanner (Zech 2018). COVID-19 is therefore no output. Phantoms, true by "
        "construction, keep all their labels.",
        "",
        f"Preprocessing: black borders cut, long side scaled to {size} pixels by area averaging, "
        "centred on a black square, grey levels stretched between the film's 1st and 99th "
        "percentile. No left-right flips in training.",
        "",
        f"Train patients were dealt into {document['recipe']['folds']} folds; each member learned "
        "from all folds but its own and scored its own. Calibration (Platt) and operating points "
        f"come from those scores. {_vote(members)}",
        "",
        f"Command: `{document['command'].strip()}`",
    ]


def _vote(members: int) -> str:
    if members == 1:
        return "The shipped model is that one member."
    return (
        "The shipped model is the vote of all members, whose scores are somewhat steadier than "
        "those it was calibrated on."
    )


def _figures(document: Mapping[str, Any]) -> str:
    mean, over = document["mean_nih_auroc"], document["mean_nih_auroc_over"]
    lines = ["## Figures on unseen NIH patients\n"]
    if mean:
        lines.append(
            f"Mean AUROC **{_interval(mean)}** over {len(over)} findings with at least "
            f"5 positives in val ({', '.join(over)}), {mean['cases']} films. On train "
            "patients unseen by the scoring member: "
            f"{document['mean_nih_auroc_cross_fit']:.3f} over all findings.\n"
        )
    for name, entry in document["baselines"].items():
        if entry:
            lines.append(f"- Baseline, {name}: {_interval(entry)}")
    lines += [
        "",
        "95 % intervals are bootstrapped by patient. Points are chosen on train patients "
        "for *uncertain* at a specificity of 0.90, for *present* at a "
        "probability of 0.5, or a specificity of 0.975 where there is no calibration.",
        "",
        "| finding | positives | AUROC | sensitivity, specificity at the operating point | "
        "sensitivity, specificity at the uncertain point | shown as |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [_row(name, entry) for name, entry in document["findings"].items()]
    return "\n".join(lines) + "\n"


def _row(name: str, entry: Mapping[str, Any]) -> str:
    shown = "score, not calibrated"
    if entry["calibrated"]:
        shown = f"probability at prevalence {entry['prevalence']:.2f}"
    return (
        f"| {name} | {entry['positives']} | {_interval(entry['auroc'])} | "
        f"{_interval(entry['sensitivity'])}; {_interval(entry['specificity'])} | "
        f"{_interval(entry['sensitivity_uncertain'])}; "
        f"{_interval(entry['specificity_uncertain'])} | {shown} |"
    )


def _interval(entry: Mapping[str, Any] | None) -> str:
    if not entry:
        return "-"
    if "low" not in entry:
        return f"{entry['value']:.2f}"
    return f"{entry['value']:.2f} ({entry['low']:.2f} to {entry['high']:.2f})"


def _limits(document: Mapping[str, Any]) -> str:
    few = [name for name, entry in document["findings"].items() if entry["positives"] < 10]
    return (
        "## Limits\n\n"
        "- NIH labels were mined from report text and are noisy; the films here are enriched with "
        "pneumonia, so prevalence, and with it every probability, is not that of a clinic.\n"
        f"- Too few positives in val for a useful figure: {', '.join(few)}.\n"
        "- Side accuracy and localisation were not measured: no side is drafted, and maps are the "
        "model's attention, not the location of a finding.\n"
        "- Kermany films are of children; their figures stand in `measured.json` by source and "
        "say little about adults.\n"
        "- Small nodules, subtle pneumothorax, lines and tubes, fractures and free air are beyond "
        "the resolution or were never taught.\n"
    )
