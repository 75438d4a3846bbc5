"""The model card, written from the figures file so that the two cannot disagree."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.models.measured import WENT_ON
from core.training.card_figures import figures_parts, interval_text
from core.training.films import LEAST_OF_EACH
from core.training.start import first_of, taught_in

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
    "Kirichenko P et al. Last layer re-training is sufficient for robustness to spurious "
    "correlations. ICLR 2023.",
    "Zech JR et al. Variable generalization performance of a deep learning model to detect "
    "pneumonia in chest radiographs. PLOS Medicine 2018.",
)


def write_card(document: Mapping[str, Any], path: Path) -> None:
    """Write the card of a figures file as Markdown."""
    parts = (
        _head(document), _use(), _training(document), *figures_parts(document), _limits(document),
    )  # fmt: skip
    path.write_text("\n".join(parts).rstrip() + "\n", encoding="utf-8")


def _head(document: Mapping[str, Any]) -> str:
    members = document["recipe"]["members"]
    vote = f" in {members} members that vote" if members > 1 else ""
    return (
        f"# Model card: {document['name']}\n\n"
        f"A small convolutional network ({document['parameters'] / 1e6:.1f} million parameters"
        f"{vote}), trained from scratch on {_machine(taught_in(document))} on openly licensed "
        "films, without any outside weights. It scores a frontal chest radiograph for "
        f"{len(document['findings'])} findings. "
        f"Weights: `weights.safetensors`, SHA-256 `{document['weights_sha256']}`. Every number "
        "below is copied from `measured.json` by the command that trained the model.\n"
    )


def _machine(run: Mapping[str, Any]) -> str:
    device, torch = run["trained_on"], run["torch"]
    return f"{'a CPU' if device == 'CPU' else f'one {device}'} (torch {torch})"


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
    split, recipe = document["split"], taught_in(document)["recipe"]
    for source in split["train"]:
        name, licence, cite = SOURCES.get(source, (source, "as stated in the manifest", ""))
        val = split["val"].get(source, {"films": 0, "patients": 0})
        lines.append(
            f"| {name} | {licence} | {cite} | {split['train'][source]['films']} | "
            f"{val['films']} ({val['patients']}) |"
        )
    if recipe["phantoms"]:
        drawn = recipe["phantoms"]
        lines.append(f"| thorax phantom of this project | Apache-2.0 | | {drawn} | 0 |")
    if recipe["composites"]:
        drawn = recipe["composites"]
        lines.append(
            f"| lesions drawn into normal NIH train films | as NIH | Wang 2017 | {drawn} | 0 |"
        )
    lines += ["", *_method(document), "", "## Citations\n", *(f"- {cite}" for cite in CITATIONS)]
    return "\n".join(lines) + "\n"


def _method(document: Mapping[str, Any]) -> list[str]:
    size, recipe = document["input_size"], taught_in(document)["recipe"]
    paragraphs = [
        "Splits are by patient. A label counts only where its source looked for the finding, and "
        "only from sources with both positives and negatives of it: a source that always says yes "
        "teaches its scanner (Zech 2018). COVID-19 is therefore no output. Phantoms and "
        "composites, true by construction, keep all their labels.",
        f"Preprocessing, part of the model: black borders cut, long side scaled to {size} pixels "
        "by area averaging, centred on a black square, grey levels stretched between the film's "
        "1st and 99th percentile. In training also small turns, shifts and zooms, exposure, "
        "softness, noise, collimation, lead letters and covered patches; no left-right flips.",
        _places(first_of(document)["recipe"]),
        _drawn(recipe),
        _went_on(document),
        _readout(document["recipe"]),
        f"Train patients were dealt into {recipe['folds']} folds; each member learned from all "
        "folds but its own and scored its own: a cross-validation of the whole recipe by patient. "
        f"Calibration (Platt) and operating points come from those scores. {_vote(recipe)}",
        f"Command: `{document['command'].strip()}`",
    ]
    return [line for paragraph in paragraphs if paragraph for line in (paragraph, "")][:-1]


def _places(recipe: Mapping[str, Any]) -> str:
    start = ""
    if recipe["pretraining"] and recipe["phantoms"]:
        start = (
            f"All members start from one network that learned on phantoms alone for "
            f"{recipe['pretraining']} epochs. "
        )
    return (
        f"{start}Each finding has a map of its own, from which a part of its score is made; the "
        "maps learn from the masks of drawn lesions and from the boxes of readers on train films."
    )


def _drawn(recipe: Mapping[str, Any]) -> str:
    shares = {"phantoms": recipe["phantom_share"], "composites": recipe["composite_share"]}
    kept = [f"{share:.0%} {name}" for name, share in shares.items() if recipe[name]]
    if not kept:
        return ""
    return (
        f"Of the films that a member learns from {' and '.join(kept)}; a label of such a film "
        f"counts {recipe['drawn_count']} of one of a patient's film."
    )


def _went_on(document: Mapping[str, Any]) -> str:
    first = document.get(WENT_ON)
    if first is None:
        return ""
    return (
        f"Members went on from those with SHA-256 `{first['weights_sha256']}`, trained on "
        f"{_machine(first)} by `{first['command']}`, of the same patients in the same folds."
    )


def _readout(recipe: Mapping[str, Any]) -> str:
    if not recipe["readout"]:
        return ""
    return (
        "What reads each finding from a member's features was fitted anew on the NIH films it had "
        "learned from, without drawn ones, by a ridge logistic regression (C = "
        f"{recipe['readout']}): drawn films also teach how often drawn films hold a lesion. "
        "Kirichenko 2023 fits on films held back, of which there are too few here. The default of "
        "C was chosen on cross-validated scores of NIH films, which flatters those a little. A "
        f"finding with less than {LEAST_OF_EACH} films of either kind keeps its readout."
    )


def _vote(recipe: Mapping[str, Any]) -> str:
    if recipe["members"] == 1:
        return "The shipped model is that one member."
    return (
        "The shipped model is the vote of all members, whose scores are somewhat steadier than "
        "those it was calibrated on."
    )


def _limits(document: Mapping[str, Any]) -> str:
    few = [name for name, entry in document["findings"].items() if entry["positives"] < 10]
    located = document["localisation"]["findings"]
    placed = [name for name, entry in located.items() if entry["localised"]]
    maps = (
        f"Maps are validated as a place for {' and '.join(placed)} alone; elsewhere they"
        if placed
        else "No finding's map was shown to beat the place where that finding usually lies; maps"
    )
    mean = document["mean_nih_auroc"]
    reach = f" A mean AUROC of {interval_text(mean)} is far from a radiologist." if mean else ""
    return (
        "## Limits\n\n"
        "- NIH labels were mined from report text and are noisy; the films here are enriched with "
        "pneumonia, so prevalence, and with it every probability, is not that of a clinic."
        f"{reach}\n"
        f"- Too few positives in val for a useful figure: {', '.join(few)}.\n"
        f"- {maps} are the model's attention, not the location of a finding.\n"
        "- What the network does with drawn lesions says nothing about patients.\n"
        "- Kermany films are of children; their figures stand by source and say little about "
        "adults.\n"
        "- Small nodules, subtle pneumothorax, lines and tubes, fractures and free air are beyond "
        "the resolution or were never taught.\n"
    )
