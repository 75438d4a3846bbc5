"""Whether a record becomes a sample: its words first, since they cost least, then its picture."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict

from core.domain.finding import Certainty, Laterality, Mention
from core.findings.labeller import stated
from core.training.corpus.captions import clean
from core.training.corpus.instructions import Said, answerable, messages, question, read_caption
from core.training.corpus.likeness import Shapes
from core.training.corpus.pictures import MOST_BYTES, Picture, look_at
from core.training.corpus.sample import Drop, Kind, Record, Sample
from core.training.corpus.selection import chest_radiograph
from core.training.corpus.staging import Row


class Judge:
    """Judges the records of one source in their order: of two of one film the first is kept.

    Attributes
    ----------
    drops, cleaning : Counter
        Records by reason; captions of kept records by the rule that changed them.
    """

    def __init__(self) -> None:
        self.drops, self.cleaning = Counter[str](), Counter[str]()
        self._known: set[str | bytes] = set()
        self._shapes = Shapes()

    def knows(self, identifier: str, pixels: bytes, shape: bytes) -> None:
        """Take a sample for one that was kept."""
        self._known |= {identifier, pixels}
        self._shapes.add(shape)

    def row(self, record: Record) -> Row | None:
        """Return the staged row of a record, or count why there is none."""
        cleaned = clean(record.caption)
        picture = self._picture(record, cleaned.text)
        if isinstance(picture, Drop):
            self.drops[picture.value] += 1
            return None
        self.cleaning.update(str(rule) for rule in cleaned.rules)
        self.knows(_storable(record.identifier), picture.pixels, picture.shape)
        return _row(record, picture, read_caption(_storable(cleaned.text)))

    def _picture(self, record: Record, caption: str) -> Picture | Drop:
        if not caption:
            return Drop.NO_CAPTION
        if not (record.chest or chest_radiograph(record)):
            return Drop.NOT_CHEST
        if record.image_bytes > MOST_BYTES:
            return Drop.TOO_LARGE
        try:
            encoded = record.image()
        except OSError:
            return Drop.MISSING
        picture = look_at(encoded)
        if isinstance(picture, Picture) and self._seen(record, picture):
            return Drop.DUPLICATE
        return picture

    def _seen(self, record: Record, picture: Picture) -> bool:
        named = {_storable(record.identifier), picture.pixels}
        return not self._known.isdisjoint(named) or self._shapes.near(picture.shape)


def _row(record: Record, picture: Picture, said: Said) -> Row:
    return {
        "identifier": _storable(record.identifier),
        "source": record.source,
        "group": _storable(record.group),
        "grouped": record.grouped,
        "image": picture.encoded,
        "width": picture.width,
        "height": picture.height,
        "caption": said.caption,
        "original": _storable(record.caption),
        "mentions": [asdict(each) for each in said.mentions],
        "kinds": sorted(answerable(said)),
        "concepts": list(map(_storable, record.concepts)),
        "licence": _storable(record.licence),
        "split": record.split,
        "pixels": picture.pixels,
        "shape": picture.shape,
    }


def _storable(text: str) -> str:
    """Return a text without halves of characters, which no UTF-8 file can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def sample_of(row: Row, kind: Kind, seed: int) -> Sample:
    """Return the sample of a staged row that is asked a kind of question."""
    mentions = tuple(
        Mention(
            each["name"],
            Certainty(each["certainty"]),
            Laterality(each["laterality"]) if each["laterality"] else None,
            each["sentence"],
            each["compared"],
        )
        for each in row["mentions"]
    )
    said = Said.of(row["caption"], mentions)
    return Sample(
        source=row["source"],
        identifier=row["identifier"],
        group=row["group"],
        image=row["image"],
        width=row["width"],
        height=row["height"],
        caption=row["caption"],
        original=row["original"],
        kind=kind,
        messages=messages(kind, said, question(kind, row["identifier"], seed)),
        findings=tuple(stated(mentions).values()),
        concepts=tuple(row["concepts"]),
        licence=row["licence"],
    )
