"""What is taken for a film, what is refused, and what is taken for the same film."""

from __future__ import annotations

import io
import random
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from core.training.corpus import pictures
from core.training.corpus.pictures import LEAST_CONTRAST, LEAST_HALFTONES, Picture, look_at
from core.training.corpus.sample import Drop
from tests.made_pictures import bomb, film, jpeg, photograph, png


def seen(encoded: bytes) -> Picture:
    picture = look_at(encoded)
    assert isinstance(picture, Picture), picture
    return picture


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    encoded = io.BytesIO()
    image.save(encoded, kind, **options)
    return encoded.getvalue()


def drawing() -> np.ndarray:
    page = np.full((300, 300), 255, np.uint8)
    cv2.circle(page, (150, 150), 90, 0, 4)
    cv2.putText(page, "Fig. 1", (20, 40), cv2.FONT_HERSHEY_SIMPLEX, 1, 0, 2)
    return page


def test_a_film_is_kept_as_it_was_encoded() -> None:
    encoded = jpeg(film(1))
    picture = seen(encoded)
    assert picture.encoded == encoded
    assert (picture.width, picture.height) == (144, 168)


@pytest.mark.parametrize(
    ("encoded", "reason"),
    [
        (b"", Drop.UNREADABLE),
        (b"no picture", Drop.UNREADABLE),
        (jpeg(film(1))[:900], Drop.UNREADABLE),
        (png(film(1))[:2000], Drop.UNREADABLE),
        (png(film(1))[:30], Drop.UNREADABLE),
        (saved(Image.new("L", (200, 200), 9), "GIF"), Drop.UNREADABLE),
        (bomb(), Drop.TOO_LARGE),
        (bomb(20_000, 20_000), Drop.TOO_LARGE),
        (bomb(8_001, 8_000), Drop.TOO_LARGE),
        (jpeg(film(1, 127, 400)), Drop.TOO_SMALL),
        (jpeg(photograph()), Drop.NOT_RADIOGRAPH),
        (png(drawing()), Drop.NOT_RADIOGRAPH),
        (png(np.full((300, 300), 90, np.uint8)), Drop.NOT_RADIOGRAPH),
    ],
)
def test_what_cannot_be_taught_from_has_its_reason(encoded: bytes, reason: Drop) -> None:
    assert look_at(encoded) is reason


def test_bytes_are_limited_before_they_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded = jpeg(film(1))
    monkeypatch.setattr(pictures, "MOST_BYTES", len(encoded) - 1)
    assert look_at(encoded) is Drop.TOO_LARGE


def test_damage_anywhere_is_a_reason_and_no_crash() -> None:
    rng = random.Random(1)
    for encoded in (jpeg(film(1)), png(film(1))):
        for _ in range(150):
            hurt = bytearray(encoded)
            for _ in range(rng.randint(1, 20)):
                hurt[rng.randrange(len(hurt))] = rng.randrange(256)
            assert isinstance(look_at(bytes(hurt)), Picture | Drop)


def test_the_same_pixels_in_another_encoding_are_the_same() -> None:
    pixels = film(2)
    colours = np.dstack([pixels] * 3)
    digests = {seen(each).pixels for each in (png(pixels, 1), png(pixels, 9), png(colours))}
    assert len(digests) == 1
    assert seen(png(film(3))).pixels not in digests


def test_a_film_at_another_size_or_quality_has_the_same_shape() -> None:
    """Of smooth films alone is it certain; what lies near a tie may fall to the other side."""
    slope = np.tile(np.linspace(20, 220, 680), (640, 1)).astype(np.uint8)
    smaller = cv2.resize(slope, (340, 320), interpolation=cv2.INTER_AREA)
    assert seen(png(slope)).shape == seen(jpeg(slope)).shape == seen(png(smaller)).shape


def test_unlike_films_have_unlike_shapes() -> None:
    assert len({seen(png(film(seed))).shape for seed in range(40)}) == 40


def test_a_picture_is_turned_upright() -> None:
    pixels = Image.fromarray(film(4))
    turned = Image.Exif()
    turned[0x0112] = 6
    picture = seen(saved(pixels.rotate(90, expand=True), exif=turned.tobytes()))
    assert (picture.width, picture.height) == pixels.size
    assert picture.pixels == seen(saved(pixels)).pixels


def test_16_bits_are_windowed_to_8() -> None:
    deep = film(5).astype(np.uint16) * 16
    picture = seen(png(deep))
    kept = np.asarray(Image.open(io.BytesIO(picture.encoded)))
    assert kept.dtype == np.uint8
    assert np.corrcoef(kept.ravel(), film(5).ravel())[0, 1] > 0.99
    assert 60 < kept.mean() < 200


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "CMYK", "P", "LA"])
def test_a_grey_film_in_any_mode_is_a_film(mode: str) -> None:
    image = Image.fromarray(film(6)).convert("RGB").convert(mode)
    seen(saved(image, "JPEG" if mode == "CMYK" else "PNG"))


def test_a_coloured_arrow_is_no_photograph() -> None:
    colours = np.dstack([film(7)] * 3)
    colours[20:40, 20:60] = (0, 0, 255)
    seen(png(colours))


@pytest.mark.films
def test_real_films_pass_far_from_the_limits(real_films: tuple[Path, ...]) -> None:
    for path in real_films:
        picture = look_at(path.read_bytes())
        assert isinstance(picture, Picture) or picture is Drop.TOO_SMALL, picture
        grey = cv2.resize(cv2.imread(str(path), 0), (256, 256), interpolation=cv2.INTER_AREA)
        assert grey.std() > 1.5 * LEAST_CONTRAST
        assert ((grey > 16) & (grey < 239)).mean() > 2 * LEAST_HALFTONES


@pytest.fixture
def real_films() -> tuple[Path, ...]:
    import os

    folder = Path(os.environ["OVERREAD_TEST_DATA"]) / "cxr" / "images"
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    if not found:
        pytest.skip("no real films")
    return tuple(found[:: max(1, len(found) // 150)])
