"""Made sources of a corpus, one builder a layout, with every defect that real ones have.

Small and fast. No builder holds a patient's film: films are smooth noise behind an oval.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.training.corpus.sample import Drop
from tests.made_pictures import bomb, film, jpeg, photograph, png

CHEST_CUIS = "C1306645;C0817096"
CT_CUIS = "C0040405;C0817096"
CAPTIONS = (
    "Chest radiograph showing a left pleural effusion.",
    "PA chest X-ray with cardiomegaly and no pneumothorax.",
    "Chest radiograph shows consolidation in the right lower lobe (arrow).",
    "Chest X-ray: right pneumothorax with collapse of the right lung.",
    "AP chest radiograph. The lungs are clear. No pleural effusion.",
)


@dataclass(frozen=True)
class Made:
    """A folder, and what must become of its records.

    ``kept`` are identifiers that become samples; ``dropped`` says why others do not; ``refused``
    counts lines from which no record comes, by the source's reason.
    """

    folder: Path
    kept: tuple[str, ...]
    dropped: Mapping[str, Drop] = field(default_factory=dict)
    refused: Mapping[str, int] = field(default_factory=dict)


def caption_of(number: int) -> str:
    return CAPTIONS[number % len(CAPTIONS)]


# --- ROCOv2 -------------------------------------------------------------------------------------


def rocov2_id(number: int, split: str = "train") -> str:
    return f"ROCOv2_2023_{split}_{number:06d}"


def rocov2(folder: Path, films: int = 6, splits: tuple[str, ...] = ("train", "valid")) -> Made:
    """The layout of ROCOv2 without a defect: ``films`` chest radiographs a split, two a figure."""
    kept: list[str] = []
    licences: list[tuple[str, ...]] = []
    for place, split in enumerate(splits):
        names = [rocov2_id(number, split) for number in range(1, films + 1)]
        images = folder / split
        images.mkdir(parents=True)
        for number, name in enumerate(names):
            (images / f"{name}.jpg").write_bytes(jpeg(film(1000 * place + number)))
            article = f"PMC{7_000_000 + 1000 * place + number // 2}"
            licences.append((name, article, f"CC BY [Made et al. ({2000 + number % 20})]", "link"))
        write_csv(
            folder / f"{split}_captions.csv",
            ("ID", "Caption"),
            ((name, caption_of(number)) for number, name in enumerate(names)),
        )
        write_csv(
            folder / f"{split}_concepts.csv",
            ("ID", "CUIs"),
            ((name, CHEST_CUIS + ";C0032227") for name in names),
        )
        write_csv(
            folder / f"{split}_concepts_manual.csv",
            ("ID", "CUIs"),
            ((name, CHEST_CUIS) for name in names),
        )
        kept += names
    header = ("ID", "PMCID", "Attribution", "Link")
    write_csv(folder / "license_information.csv", header, licences)
    return Made(folder, tuple(kept))


def broken_rocov2(folder: Path, films: int = 6) -> Made:
    """The layout of ROCOv2 with every defect: a sound split, and one line or picture of each."""
    sound = rocov2(folder, films, ("train",))
    images = folder / "train"
    outside = folder.parent / "outside.jpg"
    outside.write_bytes(jpeg(film(77)))
    pixels = film(901)
    pictures: dict[str, tuple[str, bytes | None, Drop | None]] = {
        "missing": (CAPTIONS[0], None, Drop.MISSING),
        "truncated": (CAPTIONS[1], jpeg(film(902))[:900], Drop.UNREADABLE),
        "empty": (CAPTIONS[2], b"", Drop.UNREADABLE),
        "tiny": (CAPTIONS[3], jpeg(film(903, 40, 40)), Drop.TOO_SMALL),
        "bomb": (CAPTIONS[4], bomb(), Drop.TOO_LARGE),
        "photograph": (CAPTIONS[0], jpeg(photograph()), Drop.NOT_RADIOGRAPH),
        "text": (CAPTIONS[1], b"This is no picture at all.", Drop.UNREADABLE),
        "first": (CAPTIONS[0], png(pixels, 1), None),
        "same_bytes": (CAPTIONS[0], png(pixels, 1), Drop.DUPLICATE),
        "same_pixels": (CAPTIONS[1], png(pixels, 9), Drop.DUPLICATE),
        "no_caption": ("  ", jpeg(film(904)), Drop.NO_CAPTION),
        "figure_alone": ("Figure 2a.", jpeg(film(905)), Drop.NO_CAPTION),
        "ct": ("Axial CT of the chest showing a nodule.", jpeg(film(906)), Drop.NOT_CHEST),
        "outwards": (CAPTIONS[2], None, Drop.MISSING),
    }
    dropped: dict[str, Drop] = {}
    kept = list(sound.kept)
    rows: list[tuple[str, ...]] = []
    for place, (name, (caption, encoded, drop)) in enumerate(pictures.items()):
        identifier = rocov2_id(500 + place)
        if encoded is not None:
            (images / f"{identifier}.jpg").write_bytes(encoded)
        if name == "outwards":
            (images / f"{identifier}.jpg").symlink_to(outside)
        if drop is None:
            kept.append(identifier)
        else:
            dropped[identifier] = drop
        rows.append((identifier, caption))
    concepts = [(name, CT_CUIS if "CT" in caption else CHEST_CUIS) for name, caption in rows]
    append_csv(folder / "train_captions.csv", rows)
    append_csv(folder / "train_concepts.csv", concepts)
    append_csv(folder / "train_concepts_manual.csv", concepts)
    with (folder / "train_captions.csv").open("ab") as lines:
        lines.write(b"../../outside,Chest radiograph of nobody.\n")
        lines.write(f"{sound.kept[0]},Chest radiograph named a second time.\n".encode())
        lines.write(b"ROCOv2_2023_train_000900\n")
        lines.write(b"ROCOv2_2023_train_000901,Chest radiograph,with,too many\n")
        lines.write(b"ROCOv2_2023_train_000902,Chest radiograph of an \xe9panchement.\n")
    refused = {
        "identifier": 1,
        "duplicate_identifier": 1,
        "columns": 2,
        "encoding": 1,
    }
    return Made(folder, tuple(kept), dropped, refused)


# --- ROCO, the first version --------------------------------------------------------------------


def roco(folder: Path, films: int = 4) -> Made:
    """The layout of ROCO's first version: tab separated lists, images named after the article."""
    kept: list[str] = []
    for place, split in enumerate(("train", "validation", "test")):
        radiology = folder / "data" / split / "radiology"
        (radiology / "images").mkdir(parents=True)
        captions, cuis, licences = [], [], ["ROCO_ID,PMC_ID,CC\n"]
        for number in range(films):
            name = f"ROCO_{place}{number:04d}"
            picture = f"PMC{300 + number // 2}{place}_made-g{number:03d}.jpg"
            (radiology / "images" / picture).write_bytes(jpeg(film(5000 + 100 * place + number)))
            captions.append(f"{name}\t {caption_of(number)}\n")
            cuis.append(f"{name}\t\tC1306645\tC0817096\n")
            licences.append(f"{name},{picture},CC BY-NC\n")
            kept.append(name)
        _write(radiology / "captions.txt", captions)
        _write(radiology / "cuis.txt", cuis)
        _write(radiology / "licences.txt", licences)
    return Made(folder, tuple(kept))


# --- Open-i -------------------------------------------------------------------------------------

_XML = """<?xml version="1.0" encoding="utf-8"?>
<eCitation>
  <licenseURL>http://creativecommons.org/licenses/by-nc-nd/4.0/</licenseURL>
  <uId id="CXR{uid}"/>
  <MedlineCitation><Article><Abstract>
    <AbstractText Label="COMPARISON">None.</AbstractText>
    <AbstractText Label="INDICATION">XXXX-year-old with cough.</AbstractText>
    <AbstractText Label="FINDINGS">{findings}</AbstractText>
    <AbstractText Label="IMPRESSION">{impression}</AbstractText>
  </Abstract></Article></MedlineCitation>
  <parentImage id="CXR{uid}_IM-{uid:04d}-1001"><caption>PA and lateral</caption></parentImage>
  <parentImage id="CXR{uid}_IM-{uid:04d}-2001"><caption>PA and lateral</caption></parentImage>
</eCitation>
"""
_FINDINGS = "The heart is enlarged. No XXXX pleural effusion."
_IMPRESSION = "Cardiomegaly."
_ENTITIES = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "lol">]><eCitation>&a;</eCitation>'


def openi_xml(folder: Path, reports: int = 3) -> Made:
    """Open-i's XML reports and PNG images; one report is broken and one declares entities."""
    texts, images = folder / "ecgen-radiology", folder / "NLMCXR_png"
    texts.mkdir(parents=True)
    images.mkdir()
    kept = []
    for uid in range(1, reports + 1):
        text = _XML.format(uid=uid, findings=_FINDINGS, impression=_IMPRESSION)
        (texts / f"{uid}.xml").write_text(text, encoding="utf-8")
        for view in (1001, 2001):
            name = f"CXR{uid}_IM-{uid:04d}-{view}"
            (images / f"{name}.png").write_bytes(png(film(7000 + 2 * uid + view // 2001)))
        kept.append(f"CXR{uid}_IM-{uid:04d}-1001")
    (texts / "900.xml").write_text("<eCitation><broken", encoding="utf-8")
    (texts / "901.xml").write_text(_ENTITIES, encoding="utf-8")
    return Made(folder, tuple(kept), refused={"xml": 2})


def openi_csv(folder: Path, reports: int = 3) -> Made:
    """Open-i's reports in two tables; a frontal and a lateral image each."""
    images = folder / "images" / "images_normalized"
    images.mkdir(parents=True)
    texts, views, kept = [], [], []
    for uid in range(1, reports + 1):
        texts.append((str(uid), "normal", "normal", "", "Cough", "None", _FINDINGS, _IMPRESSION))
        for view, projection in ((4001, "Frontal"), (3001, "Lateral")):
            name = f"{uid}_IM-{uid:04d}-{view}.dcm.png"
            (images / name).write_bytes(png(film(8000 + 2 * uid + view // 4001)))
            views.append((str(uid), name, projection))
        kept.append(f"{uid}_IM-{uid:04d}-4001")
    header = [
        "uid",
        "MeSH",
        "Problems",
        "image",
        "indication",
        "comparison",
        "findings",
        "impression",
    ]
    write_csv(folder / "indiana_reports.csv", header, texts)
    write_csv(folder / "indiana_projections.csv", ("uid", "filename", "projection"), views)
    return Made(folder, tuple(kept))


# --- Hugging Face -------------------------------------------------------------------------------


def parquet(folder: Path, films: int = 5) -> Made:
    """Parquet files as a hub lays them out, with the columns of ROCOv2's copy there."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    (folder / "data").mkdir(parents=True)
    kept = []
    for place, split in enumerate(("train", "validation")):
        rows = []
        for number in range(films):
            name = f"{split}_{number:04d}"
            encoded = jpeg(film(9000 + 100 * place + number))
            rows.append(
                {
                    "image": {"bytes": encoded, "path": f"{name}.jpg"},
                    "image_id": name,
                    "caption": caption_of(number),
                    "cui": ["C1306645", "C0817096"],
                }
            )
            kept.append(name)
        table = pa.Table.from_pylist(rows)
        pq.write_table(table, folder / "data" / f"{split}-00000-of-00001.parquet", row_group_size=2)
    return Made(folder, tuple(kept))


def saved_dataset(folder: Path, films: int = 5) -> Made:
    """A folder of `datasets.DatasetDict.save_to_disk`, with the columns ``image`` and ``text``."""
    from datasets import Dataset, DatasetDict, Features, Image, Value

    features = Features({"image": Image(), "text": Value("string")})
    parts = {}
    for place, split in enumerate(("train", "test")):
        encoded = [jpeg(film(9500 + 100 * place + number)) for number in range(films)]
        rows = {
            "image": [{"bytes": each, "path": None} for each in encoded],
            "text": [caption_of(number) for number in range(films)],
        }
        parts[split] = Dataset.from_dict(rows, features=features)
    DatasetDict(parts).save_to_disk(str(folder))
    kept = tuple(f"{split}-{row}" for split in ("train", "test") for row in range(films))
    return Made(folder, kept)


# --- writing ------------------------------------------------------------------------------------


def write_csv(path: Path, header: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(tuple(header))
        writer.writerows(tuple(row) for row in rows)


def append_csv(path: Path, rows: Iterable[Iterable[str]]) -> None:
    with path.open("a", newline="", encoding="utf-8") as lines:
        csv.writer(lines, lineterminator="\n").writerows(tuple(row) for row in rows)


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(lines), encoding="utf-8")
