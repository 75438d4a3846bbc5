"""PNG and JPEG films of every kind that cameras, exports and converters write."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from core.domain.errors import FileTooLargeError, UnreadableFileError
from core.imaging.intake import read_file
from tests.factories import film_pixels, image_bytes

GREY = (film_pixels() // 16).astype(np.uint8)
_ORIENTATION = 0x0112


def saved(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def png(bits: int, colour: int, rows: list[bytes], columns: int, *extra: bytes) -> bytes:
    """A PNG file by hand, for kinds that Pillow does not write."""
    head = struct.pack(">IIBBBBB", columns, len(rows), bits, colour, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows))
    chunks = [chunk(b"IHDR", head), *extra, chunk(b"IDAT", body), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def chunk(kind: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check


def test_a_colour_png_of_16_bits_is_read() -> None:
    row = np.full((80, 3), 0x8000, ">u2").tobytes()
    film = read_file("a.png", png(16, 2, [row] * 96, 80))
    assert film.pixels.shape == (96, 80) and 127 <= film.pixels[0, 0] <= 128
    assert any("colour" in note for note in film.notes)


def test_what_is_transparent_is_black() -> None:
    colours = np.full((96, 80, 4), 255, np.uint8)
    colours[:, :40, 3] = 0
    film = read_file("a.png", saved(Image.fromarray(colours)))
    assert film.pixels[0, 0] == 0 and film.pixels[0, 79] == 255


def test_grey_with_transparency_is_read() -> None:
    image = Image.merge("LA", (Image.fromarray(GREY), Image.new("L", (80, 96), 255)))
    assert np.array_equal(read_file("a.png", saved(image)).pixels, GREY)


def test_a_palette_png_is_looked_up() -> None:
    image = Image.fromarray(GREY).convert("P")
    image.putpalette([255 - level for level in range(256) for _ in range(3)])
    assert np.array_equal(read_file("a.png", saved(image)).pixels, 255 - GREY)


def test_a_one_bit_png_is_black_and_white() -> None:
    image = Image.fromarray(GREY > 118)
    film = read_file("a.png", saved(image))
    assert np.array_equal(film.pixels, np.where(GREY > 118, 255, 0))


def test_an_interlaced_png_is_read() -> None:
    # Adam7 with one pass that holds all of an image of 1 x 1 would prove nothing: all seven.
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
              (1, 0, 2, 1)]  # fmt: skip
    body = b"".join(
        b"\0" + line.tobytes()
        for top, left, down, across in passes
        for line in GREY[top::down, left::across]
    )
    head = struct.pack(">IIBBBBB", 80, 96, 8, 0, 0, 0, 1)
    content = b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(body)), chunk(b"IEND", b"")]
    )
    assert np.array_equal(read_file("a.png", content).pixels, GREY)


@pytest.mark.parametrize("kind", [b"zTXt", b"tEXt", b"iTXt"])
def test_text_of_any_size_beside_the_image_is_not_unpacked(kind: bytes) -> None:
    text = {
        b"zTXt": b"Comment\0\0" + zlib.compress(b"x" * 200_000_000, 9),
        b"tEXt": b"Comment\0" + b"x" * 2_000_000,
        b"iTXt": b"Comment\0\1\0\0\0" + zlib.compress(b"x" * 50_000_000, 9),
    }[kind]
    content = png(8, 0, [row.tobytes() for row in GREY], 80, chunk(kind, text))
    assert np.array_equal(read_file("a.png", content).pixels, GREY)


@pytest.mark.parametrize(("orientation", "turned"), [(3, 2), (6, -1), (8, 1)])
def test_a_photograph_is_turned_as_the_camera_says(orientation: int, turned: int) -> None:
    image = Image.fromarray(GREY)
    exif = image.getexif()
    exif[_ORIENTATION] = orientation
    film = read_file("a.jpg", saved(image, "JPEG", quality=95, exif=exif))
    expected = np.rot90(GREY, turned).astype(int)
    assert film.pixels.shape == expected.shape
    assert np.abs(film.pixels - expected).mean() < 4


def test_a_cmyk_jpeg_is_its_brightness() -> None:
    image = Image.fromarray(np.dstack([GREY] * 3)).convert("CMYK")
    film = read_file("a.jpg", saved(image, "JPEG", quality=95))
    assert np.abs(film.pixels.astype(int) - GREY).mean() < 6


def test_a_progressive_jpeg_is_read() -> None:
    film = read_file("a.jpg", saved(Image.fromarray(GREY), "JPEG", progressive=True, quality=95))
    assert np.abs(film.pixels.astype(int) - GREY).mean() < 4


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("share", [0.3, 0.7, 0.98])
def test_an_image_cut_short_is_refused(kind: str, share: float) -> None:
    whole = image_bytes(GREY, kind)
    with pytest.raises(UnreadableFileError) as refusal:
        read_file("a", whole[: int(len(whole) * share)])
    assert "cut short" in str(refusal.value)


def test_an_image_over_the_limit_is_too_large_before_it_is_decoded() -> None:
    with pytest.raises(FileTooLargeError):
        read_file("a.png", png(8, 0, [b""] * 9_000, 9_000))


@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0" * 9]
)
def test_a_beginning_alone_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableFileError):
        read_file("a", content)
