"""Stored values to grey: bits, signs, padding, windows, colours, pixels that are not square."""

from __future__ import annotations

import io

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian

from core.domain.errors import UnreadableFileError
from core.imaging.intake import read_file
from core.imaging.radiograph import Radiograph
from tests.factories import dicom_bytes, dicom_dataset, film_pixels

PLAIN_GREY = {"WindowCenter": None, "WindowWidth": None}


def read(pixels: np.ndarray | None = None, **tags: object) -> Radiograph:
    return read_file("odd.dcm", dicom_bytes(pixels, **tags))


def saved(dataset: Dataset) -> bytes:
    target = io.BytesIO()
    dataset.save_as(target, enforce_file_format=True)
    return target.getvalue()


def test_bits_that_belong_to_no_value_are_left_out() -> None:
    pixels = film_pixels()
    dirty = pixels | np.uint16(0xA000)
    assert np.array_equal(read(dirty).pixels, pixels)


def test_an_overlay_in_the_upper_bits_is_no_value() -> None:
    pixels = film_pixels()
    drawn = pixels.copy()
    drawn[10:20, 10:20] |= 0x8000
    dataset = dicom_dataset(drawn)
    dataset.add_new(0x60000010, "US", 96)
    film = read_file("a.dcm", saved(dataset))
    assert np.array_equal(film.pixels, pixels)
    assert any("overlays" in note for note in film.notes)


def test_values_in_the_upper_bits_of_the_cell_are_moved_down() -> None:
    pixels = film_pixels()
    assert np.array_equal(read(pixels << np.uint16(4), HighBit=15).pixels, pixels)


def test_a_misstated_high_bit_moves_nothing() -> None:
    pixels = film_pixels()
    assert np.array_equal(read(pixels, HighBit=15).pixels, pixels)


def test_signed_values_in_fewer_bits_keep_their_sign_whatever_lies_above() -> None:
    pixels = (film_pixels().astype(np.int32) - 2000).astype(np.int16)
    dirty = (pixels.view(np.uint16) & np.uint16(0x0FFF)).view(np.int16)
    film = read(dirty, BitsStored=12, HighBit=11, **PLAIN_GREY)
    assert np.array_equal(film.pixels, pixels.astype(np.int32) - int(pixels.min()))


@pytest.mark.parametrize("dtype", [np.uint32, np.int32])
def test_32_bit_integers_keep_their_differences(dtype: type) -> None:
    pixels = film_pixels().astype(dtype) + dtype(1_000_000)
    film = read(pixels, BitsStored=32, HighBit=31, **PLAIN_GREY)
    assert np.array_equal(film.pixels, pixels - pixels.min())


def test_32_bit_integers_of_any_range_fit() -> None:
    pixels = film_pixels().astype(np.uint32) * np.uint32(1_000_000)
    film = read(pixels, BitsStored=32, HighBit=31, **PLAIN_GREY)
    assert (film.pixels.min(), film.pixels.max()) == (0, 65535)


@pytest.mark.parametrize(("keyword", "dtype"), [("Float", np.float32), ("DoubleFloat", np.float64)])
def test_float_pixels_are_scaled_and_what_is_no_number_is_dark(keyword: str, dtype: type) -> None:
    values = film_pixels().astype(dtype) / dtype(4095)
    values[0, :3] = np.nan, np.inf, -np.inf
    film = read(
        film_pixels(),
        PixelData=None, BitsAllocated=values.itemsize * 8, BitsStored=None, HighBit=None,
        PixelRepresentation=None, WindowCenter=0.5, WindowWidth=1,
        **{f"{keyword}PixelData": values.tobytes()},
    )  # fmt: skip
    assert np.array_equal(film.pixels[0, :3], [0, 0, 0])
    assert film.pixels.max() == 65535
    order = np.argsort(values[5:], axis=None)
    assert np.all(np.diff(film.pixels[5:].ravel()[order].astype(int)) >= 0)


def test_float_pixels_without_one_number_are_refused() -> None:
    values = np.full((96, 80), np.nan, np.float32)
    with pytest.raises(UnreadableFileError):
        read(PixelData=None, FloatPixelData=values.tobytes(), BitsAllocated=32, BitsStored=None)


def test_one_bit_images_are_black_and_white() -> None:
    mask = (film_pixels() > 1900).astype(np.uint8)
    packed = np.packbits(mask.ravel(), bitorder="little").tobytes()
    film = read(mask, BitsAllocated=1, BitsStored=1, HighBit=0, PixelData=packed, **PLAIN_GREY)
    assert np.array_equal(film.pixels, mask)
    assert set(np.unique(film.grey())) == {0.0, 1.0}


@pytest.mark.parametrize("syntax", [ExplicitVRBigEndian, ImplicitVRLittleEndian])
def test_each_byte_order_gives_the_same_film(syntax: str) -> None:
    pixels = film_pixels()
    stored = pixels.astype(">u2") if syntax == ExplicitVRBigEndian else pixels
    dataset = dicom_dataset(pixels, PixelData=stored.tobytes())
    dataset["PixelData"].VR = "OW"
    dataset.file_meta.TransferSyntaxUID = syntax
    assert np.array_equal(read_file("a.dcm", saved(dataset)).pixels, pixels)


# --- padding ------------------------------------------------------------------------------------


@pytest.mark.parametrize("monochrome1", [False, True])
@pytest.mark.parametrize("padding", [0, 4095])
def test_padding_is_black_and_does_not_move_the_window(padding: int, monochrome1: bool) -> None:
    pixels = film_pixels()
    tags = PLAIN_GREY | {
        "PhotometricInterpretation": "MONOCHROME1" if monochrome1 else "MONOCHROME2"
    }
    clean = read(pixels, **tags)
    padded = pixels.copy()
    padded[:, :30] = padding
    film = read(padded, PixelPaddingValue=padding, **tags)
    assert film.grey()[:, :30].max() < 0.05
    assert abs(film.window.center - clean.window.center) < 150
    assert np.array_equal(film.pixels[:, 30:], pixels[:, 30:])


def test_a_range_of_padding_in_signed_pixels_is_dark() -> None:
    pixels = (film_pixels().astype(np.int32) - 2000).astype(np.int16)
    pixels[:, :20], pixels[:, 20:24] = -32768, -32000
    dataset = dicom_dataset(pixels, BitsStored=16, HighBit=15, **PLAIN_GREY)
    # As unsigned numbers, which some stations write beside signed pixels.
    dataset.add_new("PixelPaddingValue", "US", 32768)
    dataset.add_new("PixelPaddingRangeLimit", "US", 33536)
    film = read_file("a.dcm", saved(dataset))
    assert film.pixels[:, :24].max() == 0 and film.pixels.max() < 4096


def test_a_film_that_is_all_padding_is_shown_as_it_is() -> None:
    film = read(np.full((96, 80), 7, np.uint16), PixelPaddingValue=7)
    assert np.array_equal(film.pixels, np.full((96, 80), 7))


# --- windows ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("center", "width"),
    [("nan", "100"), ("inf", "100"), ("2000", "nan"), ("2000", "0"), ("2000", "-50"),
     ("2000", ""), ("", "100"), ("40", "80"), ("60000", "100")],
)  # fmt: skip
def test_a_window_that_makes_no_sense_or_shows_nothing_is_replaced(center: str, width: str) -> None:
    film = read(WindowCenter=center, WindowWidth=width)
    assert np.isfinite([film.window.center, film.window.width]).all()
    grey = film.grey()
    assert 0.2 < grey.mean() < 0.8 and np.ptp(grey) == 1


def test_a_window_that_shows_nothing_is_said() -> None:
    assert any("window" in note for note in read(WindowCenter=60_000, WindowWidth=100).notes)


def test_the_first_sound_window_of_several_is_taken() -> None:
    film = read(WindowCenter=["nan", "1900", "500"], WindowWidth=["10", "3000", "20"])
    assert (film.window.center, film.window.width) == (1900, 3000)
    film = read(WindowCenter=["1800", "1900"], WindowWidth=["2500", "3000"])
    assert (film.window.center, film.window.width) == (1800, 2500)


def test_windows_of_fewer_widths_than_centres_are_paired_as_far_as_they_go() -> None:
    film = read(WindowCenter=["1800", "1900"], WindowWidth="2500")
    assert (film.window.center, film.window.width) == (1800, 2500)


# --- colours ------------------------------------------------------------------------------------


def colours(dtype: type = np.uint8) -> np.ndarray:
    top = np.iinfo(dtype).max
    image = np.zeros((96, 80, 3), dtype)
    image[:32, :, 0], image[32:64, :, 1], image[64:, :, 2] = top, top, top
    return image


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_colours_become_their_brightness(dtype: type) -> None:
    image, top = colours(dtype), np.iinfo(dtype).max
    film = read(
        image, SamplesPerPixel=3, PhotometricInterpretation="RGB", PlanarConfiguration=0,
        BitsStored=image.itemsize * 8, HighBit=image.itemsize * 8 - 1, **PLAIN_GREY,
    )  # fmt: skip
    assert [film.pixels[at, 0] for at in (0, 40, 80)] == [
        round(share * top) for share in (0.299, 0.587, 0.114)
    ]
    assert any("colour" in note for note in film.notes)


def test_planes_of_colour_one_after_the_other_are_read() -> None:
    image = colours()
    planes = np.ascontiguousarray(np.moveaxis(image, 2, 0))
    film = read(
        image, SamplesPerPixel=3, PhotometricInterpretation="RGB", PlanarConfiguration=1,
        PixelData=planes.tobytes(), **PLAIN_GREY,
    )  # fmt: skip
    assert film.pixels[40, 0] == round(0.587 * 255)


def test_a_palette_is_looked_up() -> None:
    indices = np.tile(np.arange(80, dtype=np.uint8), (96, 1))
    ramp = np.arange(256, dtype=np.uint16)[::-1] * 256
    tags = {
        f"{colour}PaletteColorLookupTable{part}": value
        for colour in ("Red", "Green", "Blue")
        for part, value in (("Descriptor", [256, 0, 16]), ("Data", ramp.tobytes()))
    }
    film = read(indices, PhotometricInterpretation="PALETTE COLOR", **tags, **PLAIN_GREY)
    assert film.pixels[0, 0] == ramp[0] and film.pixels[0, 79] == ramp[79]


def test_a_palette_without_its_tables_is_refused() -> None:
    with pytest.raises(UnreadableFileError):
        read(np.zeros((96, 80), np.uint8), PhotometricInterpretation="PALETTE COLOR")


# --- elements left out --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "keyword",
    ["SamplesPerPixel", "PhotometricInterpretation", "BitsStored", "HighBit",
     "PixelRepresentation", "Modality", "SOPClassUID", "PatientName", "SpecificCharacterSet"],
)  # fmt: skip
def test_a_film_without_a_required_element_is_read_all_the_same(keyword: str) -> None:
    pixels = film_pixels()
    assert np.array_equal(read(pixels, **{keyword: None}).pixels, pixels)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_width_of_a_cell_left_out_follows_from_the_bytes(dtype: type) -> None:
    pixels = (film_pixels() // 16).astype(dtype)
    dataset = dicom_dataset(pixels, BitsAllocated=None, BitsStored=None)
    dataset["PixelData"].VR = "OW"
    assert np.array_equal(read_file("a.dcm", saved(dataset)).pixels, pixels)


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ({"Rows": None}, "does not say how large"),
        ({"Rows": 97}, "cut short (15,360 of 15,520 bytes)"),
        ({"PixelData": None}, "ends before its pixels"),
        ({"Columns": 20}, "too small"),
    ],
)
def test_what_is_wrong_with_the_pixels_is_said(tags: dict[str, object], said: str) -> None:
    with pytest.raises(UnreadableFileError) as refusal:
        read(**tags)
    assert said in str(refusal.value)


def test_more_bytes_than_pixels_are_left_out() -> None:
    pixels = film_pixels()
    assert np.array_equal(read(pixels, PixelData=pixels.tobytes() + b"\0" * 50).pixels, pixels)


def test_a_modality_lut_is_applied() -> None:
    item = Dataset()
    item.LUTDescriptor = [4096, 0, 16]
    item.LUTData = (np.arange(4096, dtype=np.uint16)[::-1]).tobytes()
    item.ModalityLUTType = "US"
    pixels = film_pixels()
    film = read(pixels, ModalityLUTSequence=[item], **PLAIN_GREY)
    assert np.array_equal(film.pixels, 4095 - pixels)
