"""What the labeller reads in the phrasings of real reports (all sentences written for the test)."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from core.domain.finding import Certainty, Laterality, Mention
from core.findings.labeller import comparisons, label, stated
from core.findings.vocabulary import NAMES, TERMS

MARKS = {"+": Certainty.PRESENT, "?": Certainty.UNCERTAIN, "-": Certainty.ABSENT}
SIDES = {"L": Laterality.LEFT, "R": Laterality.RIGHT, "B": Laterality.BILATERAL}

# "+ pleural effusion L": present, left.
PHRASINGS: list[tuple[str, list[str]]] = [
    # plain
    ("There is cardiomegaly.", ["+ cardiomegaly"]),
    ("Hiatus hernia.", ["+ hernia"]),
    ("Mild pulmonary oedema is present.", ["+ edema"]),
    ("Opacity consistent with consolidation.", ["+ lung opacity", "+ consolidation"]),
    ("The trachea is midline.", []),
    ("", []),
    ("The lungs are hyperinflated.", []),
    ("Collapse of the right upper lobe.", ["+ atelectasis R"]),
    ("Fluid in the right minor fissure.", ["+ pleural effusion R"]),
    ("Pleural scarring/thickening.", ["+ pleural thickening"]),
    ("Thickening of the left pleura.", ["+ pleural thickening L"]),
    ("Redistribution of the pulmonary vasculature.", ["+ edema"]),
    ("Hazy density in the left base.", ["+ lung opacity L"]),
    # specific over general
    ("Pleural effusion.", ["+ pleural effusion"]),
    ("Nodular opacity in the left upper lobe.", ["+ nodule L"]),
    ("Airspace opacity.", ["+ lung opacity"]),
    ("Pulmonary vascular congestion.", ["+ edema"]),
    # what only looks like a finding
    ("Pericardial effusion. Subcutaneous emphysema. No mass effect.", []),
    ("Calcific density. Normal bone density.", []),
    ("History of pneumonia.", []),
    # negation
    (
        "No focal consolidation, pleural effusion or pneumothorax.",
        ["- consolidation", "- pleural effusion", "- pneumothorax"],
    ),
    ("Negative for pneumothorax.", ["- pneumothorax"]),
    ("The lungs are free of focal airspace disease.", ["- consolidation"]),
    ("Neither effusion nor pneumothorax.", ["- pleural effusion", "- pneumothorax"]),
    ("No opacity to suggest pneumonia.", ["- lung opacity", "- pneumonia"]),
    ("Pneumothorax is not seen.", ["- pneumothorax"]),
    ("Pneumothorax or effusion is not identified.", ["- pneumothorax", "- pleural effusion"]),
    ("Pleural effusion: none.", ["- pleural effusion"]),
    ("The effusion has resolved.", ["- pleural effusion"]),
    ("Effusion absent.", ["- pleural effusion"]),
    ("Large right pneumothorax is gone.", ["- pneumothorax R"]),
    ("Resolved effusion. Absent pneumothorax.", ["- pleural effusion", "- pneumothorax"]),
    ("Pneumonia is unlikely.", ["- pneumonia"]),
    ("Mild cardiomegaly without edema.", ["+ cardiomegaly", "- edema"]),
    ("Cardiomegaly and no effusion.", ["+ cardiomegaly", "- pleural effusion"]),
    ("No effusion, but there is a nodule.", ["- pleural effusion", "+ nodule"]),
    ("No pneumothorax and a small effusion.", ["- pneumothorax", "+ pleural effusion"]),
    ("No pneumothorax; cardiomegaly.", ["- pneumothorax", "+ cardiomegaly"]),
    ("No pneumothorax, stable cardiomegaly.", ["- pneumothorax", "+ cardiomegaly"]),
    ("Pneumothorax has not recurred.", ["- pneumothorax"]),
    ("Vascular engorgement appears normal.", ["- edema"]),
    ("No pneumothorax, left effusion is stable.", ["- pneumothorax", "+ pleural effusion L"]),
    ("Small effusion and pneumothorax is not seen.", ["+ pleural effusion", "- pneumothorax"]),
    ("Heart is not enlarged and effusion is present.", ["- cardiomegaly", "+ pleural effusion"]),
    # no negation at all
    ("No change in the effusion.", ["+ pleural effusion"]),
    ("No significant interval change in cardiomegaly.", ["+ cardiomegaly"]),
    ("No increase in the pneumothorax.", ["+ pneumothorax"]),
    ("No worsening of the left effusion.", ["+ pleural effusion L"]),
    ("No enlargement of the known left nodule.", ["+ nodule L"]),
    ("No enlargement of the heart.", ["- cardiomegaly"]),
    ("Near complete resolution of the pneumothorax.", ["+ pneumothorax"]),
    ("The effusion has nearly resolved.", ["+ pleural effusion"]),
    ("Changes after resection of a left mass.", []),
    # uncertainty
    ("Low probability of pneumonia.", ["? pneumonia"]),
    ("Pneumonia would be a consideration.", ["? pneumonia"]),
    ("Possible nodule.", ["? nodule"]),
    ("Opacity may represent atelectasis.", ["+ lung opacity", "? atelectasis"]),
    ("Opacity, likely atelectasis.", ["+ lung opacity", "? atelectasis"]),
    ("Effusion is likely.", ["? pleural effusion"]),
    ("Pneumonia cannot be excluded.", ["? pneumonia"]),
    ("Cannot exclude pneumonia.", ["? pneumonia"]),
    ("It is unclear whether there is a nodule.", ["? nodule"]),
    ("Suspected mass.", ["? mass"]),
    ("This suggests edema.", ["? edema"]),
    ("Findings suspicious for consolidation.", ["? consolidation"]),
    ("Questionable pneumothorax.", ["? pneumothorax"]),
    ("? nodule in the left lung", ["? nodule L"]),
    ("Left base opacity ?pneumonia.", ["+ lung opacity L", "? pneumonia"]),
    ("Right basal effusion?", ["? pleural effusion R"]),
    ("Atelectasis versus infiltrate.", ["? atelectasis", "? infiltration"]),
    ("Atelectasis or early infiltrate.", ["? atelectasis", "? infiltration"]),
    ("Atelectasis or scarring.", ["? atelectasis"]),
    ("Borderline cardiomegaly.", ["? cardiomegaly"]),
    ("Possible atelectasis, no effusion.", ["? atelectasis", "- pleural effusion"]),
    ("Cardiomegaly with possible edema.", ["+ cardiomegaly", "? edema"]),
    # heart and lungs as a whole
    ("Heart size is normal.", ["- cardiomegaly"]),
    ("Cardiac silhouette within normal limits.", ["- cardiomegaly"]),
    ("Normal heart size and mediastinal contours.", ["- cardiomegaly"]),
    ("The cardiac silhouette is not enlarged.", ["- cardiomegaly"]),
    ("The cardiomediastinal silhouette is unremarkable.", ["- cardiomegaly"]),
    ("The heart is mildly enlarged.", ["+ cardiomegaly"]),
    ("Heart: enlarged.", ["+ cardiomegaly"]),
    ("Enlargement of the cardiac silhouette.", ["+ cardiomegaly"]),
    ("Heart size is borderline enlarged.", ["? cardiomegaly"]),
    ("The lungs are clear.", ["- lung opacity", "- consolidation"]),
    ("Clear lungs.", ["- lung opacity", "- consolidation"]),
    ("The left lung is clear.", ["- lung opacity L", "- consolidation L"]),
    (
        "Heart size is normal and the lungs are clear.",
        ["- cardiomegaly", "- lung opacity", "- consolidation"],
    ),
    # nothing found
    ("No acute cardiopulmonary abnormality.", ["+ no finding"]),
    ("No evidence of active pulmonary disease.", ["+ no finding"]),
    ("Normal chest.", ["+ no finding"]),
    ("Normal chest radiograph.", ["+ no finding"]),
    ("No findings to suggest pulmonary edema.", ["- edema"]),
    ("No acute bony abnormality.", []),
    # sides
    ("Left pleural effusion.", ["+ pleural effusion L"]),
    ("Right-sided pneumothorax.", ["+ pneumothorax R"]),
    ("Bilateral pleural effusions.", ["+ pleural effusion B"]),
    ("Effusions, right greater than left.", ["+ pleural effusion B"]),
    ("Bilateral effusions, larger on the left.", ["+ pleural effusion B"]),
    ("Right and left pleural effusions.", ["+ pleural effusion B"]),
    ("Small right and tiny left pleural effusions.", ["+ pleural effusion B"]),
    ("Bibasilar atelectasis.", ["+ atelectasis B"]),
    ("RLL consolidation.", ["+ consolidation R"]),
    ("Consolidation in the lingula.", ["+ consolidation L"]),
    ("On the right, there is a pneumothorax.", ["+ pneumothorax R"]),
    (
        "Left pleural effusion and right lower lobe consolidation.",
        ["+ pleural effusion L", "+ consolidation R"],
    ),
    ("Left pleural effusion and atelectasis.", ["+ pleural effusion L", "+ atelectasis L"]),
    ("Left effusion with adjacent atelectasis.", ["+ pleural effusion L", "+ atelectasis"]),
    ("Consolidation and effusion in the left base.", ["+ consolidation L", "+ pleural effusion L"]),
    ("Consolidation and left effusion.", ["+ consolidation", "+ pleural effusion L"]),
    ("Blunting of the left costophrenic angle and a right nodule.", ["+ nodule R"]),
    ("Left lower lobe and right upper lobe consolidation.", ["+ consolidation B"]),
    ("Right jugular catheter, no pneumothorax.", ["- pneumothorax"]),
    ("Cardiomegaly and left atrial enlargement.", ["+ cardiomegaly"]),
    ("Nodule seen on both PA and lateral views.", ["+ nodule"]),
    ("There is a [side] pleural effusion.", ["+ pleural effusion"]),
]


def _mention(short: str) -> tuple[str, Certainty, Laterality | None]:
    mark, name = short.split(" ", 1)
    side = SIDES.get(name[-1]) if name[-2:-1] == " " else None
    return (name[:-2] if side else name), MARKS[mark], side


@pytest.mark.parametrize(("text", "expected"), PHRASINGS, ids=[text for text, _ in PHRASINGS])
def test_phrasing(text: str, expected: list[str]) -> None:
    read = [(each.name, each.certainty, each.laterality) for each in label(text)]
    assert read == [_mention(short) for short in expected]


@pytest.mark.parametrize(
    "words", [(term.name, words) for term in TERMS for words in (term.name, *term.synonyms)]
)
def test_every_synonym_is_read_as_its_finding(words: tuple[str, str]) -> None:
    name, synonym = words
    assert {each.name for each in label(f"There is {synonym}.")} == {name}
    assert {each.certainty for each in label(f"No {synonym} is seen.")} == {Certainty.ABSENT}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Unchanged cardiomegaly.", ["Unchanged"]),
        ("Cardiomegaly, stable.", ["stable"]),
        ("The effusion has increased.", ["increased"]),
        ("Increased left pleural effusion.", ["Increased"]),
        ("Nodule, larger since the prior study.", ["since the prior"]),
        ("Compared with the earlier film, the effusion is smaller.", ["Compared", "earlier film"]),
        ("New consolidation.", ["New"]),
        ("The effusion is larger than before.", ["than before"]),
        ("Nodule, smaller than on the prior film.", ["than on the prior"]),
        ("Right effusion larger than left.", []),
        ("No change in the effusion.", ["No change"]),
        ("Increased opacity at the left base.", []),
        ("Prior granulomatous disease with a nodule.", []),
        ("Remaining lung without consolidation.", []),
    ],
)
def test_comparison(text: str, words: list[str]) -> None:
    assert list(comparisons(text)) == words
    assert all(mention.compared == bool(words) for mention in label(text))


def test_mentions_count_sentences() -> None:
    text = "1. No pneumothorax.\n2. Dr. Roe was told.\n3. Effusion of 2.5 cm."
    assert [(each.name, each.sentence) for each in label(text)] == [
        ("pneumothorax", 0),
        ("pleural effusion", 2),
    ]


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("Possible effusion. Left effusion. No effusion.", "pleural effusion", "+ x L"),
        ("Left effusion. Right effusion.", "pleural effusion", "+ x B"),
        ("Effusion. Right effusion.", "pleural effusion", "+ x R"),
        ("No nodule. Possible nodule.", "nodule", "? x"),
        ("Left lung is clear. Right lung is clear.", "consolidation", "- x B"),
        ("Left lung is clear. No consolidation.", "consolidation", "- x"),
    ],
)
def test_stated_merges_by_certainty_and_side(text: str, name: str, expected: str) -> None:
    merged = stated(label(text))[name]
    _, certainty, side = _mention(expected)
    assert (merged.certainty, merged.laterality) == (certainty, side)


def test_labelling_is_safe_across_threads() -> None:
    texts = [f"No {name}." for name in NAMES] * 5
    expected = [label(text) for text in texts]
    read: dict[int, list[tuple[Mention, ...]]] = {}

    def work(number: int) -> None:
        read[number] = [label(text) for text in texts]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [read[number] for number in range(4)] == [expected] * 4


@pytest.mark.parametrize(
    "code",
    [
        "import core.reporting.checks, sys; assert 'spacy' not in sys.modules",
        "from core.findings.labeller import label; label('x'); import sys; "
        "assert 'spacy' in sys.modules and 'torch' not in sys.modules",
        "from core.findings.labeller import label; label('x'); import torch; torch.zeros(1)",
    ],
    ids=["no spaCy at import", "no torch at the first call", "torch can follow"],
)
def test_stays_light(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    "text",
    [
        "no " + "evidence of " * 1500,
        "heart lung " * 1500,
        "left base lower lung " * 800,
        "possible effusion or " * 400,
        "no effusion, " * 400,
        "?" * 5000,
    ],
    ids=lambda text: text[:12],
)
def test_no_text_takes_for_ever(text: str) -> None:
    label("Nothing.")
    started = time.process_time()
    label(text)
    assert time.process_time() - started < 5
