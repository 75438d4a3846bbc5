"""Patches lie on the film where their pixels came from, in every layout and film shape."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from core.explain.patches import PatchGrid, Shown, chat_keys, encoder_keys
from core.models.language.picture import film_picture
from tests.tiny_models import CHAT

SHAPES = [(150, 100), (100, 150), (80, 300), (300, 80), (224, 224), (40, 30), (600, 520)]


def blob(rows: int, columns: int) -> np.ndarray:
    """One bright place in the upper right quarter, and a slope: nothing is symmetrical."""
    y, x = np.mgrid[0:rows, 0:columns]
    bright = np.exp(-(((x / columns - 0.7) / 0.2) ** 2 + ((y / rows - 0.25) / 0.2) ** 2))
    return np.asarray(0.7 * bright + 0.3 * x / columns, np.float32)


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


# --- the grid -----------------------------------------------------------------------------------


def test_a_grid_over_the_whole_film_is_drawn_as_it_is() -> None:
    weights = np.arange(6, dtype=np.float32)[None]
    drawn = PatchGrid(2, 3).on_film(weights, (200, 300), side=6)
    assert drawn.shape == (1, 4, 6) and drawn.dtype == np.float32
    np.testing.assert_allclose(drawn[0], np.kron(weights.reshape(2, 3), np.ones((2, 2))), atol=1e-5)


@pytest.mark.parametrize("film", SHAPES)
def test_the_drawn_film_has_the_film_s_aspect(film: tuple[int, int]) -> None:
    drawn = PatchGrid(7, 5).on_film(np.ones((3, 35), np.float32), film)
    assert max(drawn.shape[1:]) == 96 and len(drawn) == 3
    assert drawn.shape[1] / drawn.shape[2] == pytest.approx(film[0] / film[1], rel=0.02)
    np.testing.assert_allclose(drawn, 1.0, atol=1e-5)


def test_padding_right_and_below_is_cut_away() -> None:
    grid = PatchGrid(2, 2, height=2.0, width=1.0)  # the lower two patches saw no film
    drawn = grid.on_film(np.array([[1, 2, 90, 90]], np.float32), (96, 96))
    assert set(np.unique(drawn)) == {1.0, 2.0}


def test_what_a_crop_left_out_is_zero() -> None:
    grid = PatchGrid(1, 1, top=0.25, height=0.5)
    drawn = grid.on_film(np.ones((1, 1), np.float32), (96, 48))[0]
    assert drawn[:24].max() == 0 and drawn[24:72].min() > 0.99 and drawn[72:].max() == 0


# --- conversing models --------------------------------------------------------------------------


def mllama(inputs: Any, config: Any) -> np.ndarray:
    """Mean grey level of each key: tiles of (class token, patches)."""
    tiles = inputs["pixel_values"][0, 0, :, 0].numpy()
    patches = tiles.reshape(len(tiles), 4, 14, 4, 14).mean((2, 4)).reshape(len(tiles), 16)
    return np.concatenate([np.full((len(tiles), 1), 99.0), patches], 1).ravel()


def llava_next(inputs: Any, config: Any) -> np.ndarray:
    first = inputs["pixel_values"][0, 0, 0].numpy()
    return _at_tokens(inputs, config, first.reshape(4, 14, 4, 14).mean((1, 3)).ravel())


def qwen(inputs: Any, config: Any) -> np.ndarray:
    """Rows are patches (channel, time, 14, 14); four of them in a row make one token."""
    rows = inputs["pixel_values"].numpy().reshape(-1, 4, 3, 2, 14, 14)
    return _at_tokens(inputs, config, rows[:, :, 0].mean((1, 2, 3, 4)))


def gemma3(inputs: Any, config: Any) -> np.ndarray:
    picture = inputs["pixel_values"][0, 0].numpy()
    return _at_tokens(inputs, config, picture.reshape(2, 28, 2, 28).mean((1, 3)).ravel())


def _at_tokens(inputs: Any, config: Any, levels: np.ndarray) -> np.ndarray:
    ids = inputs["input_ids"][0].numpy()
    keys = np.full(len(ids), 99.0)
    image = getattr(config, "image_token_id", None) or config.image_token_index
    keys[np.flatnonzero(ids == image)[: len(levels)]] = levels
    return keys


LEVELS = {
    "mllama": mllama,
    "llava_next": llava_next,
    "qwen2_vl": qwen,
    "qwen2_5_vl": qwen,
    "gemma3": gemma3,
}


@pytest.fixture(scope="module", params=CHAT)
def conversing(
    request: pytest.FixtureRequest, tiny_checkpoint: Callable[[str], Path]
) -> tuple[str, Any, Any]:
    import transformers

    folder = tiny_checkpoint(request.param)
    config = transformers.AutoConfig.from_pretrained(folder)
    return request.param, config, transformers.AutoProcessor.from_pretrained(folder)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_pixels_of_patches_drawn_on_the_film_are_the_film(
    conversing: tuple[str, Any, Any], shape: tuple[int, int]
) -> None:
    kind, config, processor = conversing
    film = blob(*shape)
    picture = film_picture(film, 1120)
    content = [{"type": "image", "image": picture}, {"type": "text", "text": "Describe it."}]
    inputs = processor.apply_chat_template(
        [{"role": "user", "content": content}],
        add_generation_prompt=True,
        tokenize=True,
        return_dict=True,
        return_tensors="pt",
    )
    keys = chat_keys(Shown(config, inputs, (picture.height, picture.width)))
    assert keys is not None
    levels = LEVELS[kind](inputs, config)[keys.places]
    assert levels.size == keys.grid.rows * keys.grid.columns and levels.max() < 90
    check(levels, keys.grid, film)


def check(levels: np.ndarray, grid: PatchGrid, film: np.ndarray) -> None:
    """Each patch's pixels are those of the film under it, and the film drawn from them is it."""
    expected = under(grid, film)
    seen = np.isfinite(expected)
    right = correlation(levels[seen], expected[seen])
    assert right > 0.98
    for turned in (film[::-1], film[:, ::-1]):
        assert correlation(levels[seen], under(grid, turned)[seen]) < right - 0.1
    if levels.size > 4:
        drawn = grid.on_film(levels[None].astype(np.float32), film.shape)[0]
        whole = grid.on_film(seen[None].astype(np.float32), film.shape)[0] > 0.99
        fitting = cv2.resize(film, drawn.shape[::-1], interpolation=cv2.INTER_AREA)
        assert correlation(drawn[whole], fitting[whole]) > 0.8


def under(grid: PatchGrid, film: np.ndarray) -> np.ndarray:
    """Mean of the film under each patch, (patches,), not a number where some of it is no film."""
    parts = 12
    down = grid.top + grid.height * (np.arange(grid.rows * parts) + 0.5) / (grid.rows * parts)
    across = grid.left + grid.width * (np.arange(grid.columns * parts) + 0.5)[None] / (
        grid.columns * parts
    )
    x = np.broadcast_to(across * film.shape[1] - 0.5, (len(down), across.size))
    y = np.broadcast_to(down[:, None] * film.shape[0] - 0.5, x.shape)
    sampled = cv2.remap(
        film.astype(np.float32),
        x.astype(np.float32),
        y.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    outside = (across < 0) | (across > 1) | (down[:, None] < 0) | (down[:, None] > 1)
    sampled[outside] = np.nan
    return sampled.reshape(grid.rows, parts, grid.columns, parts).mean((1, 3)).ravel()


# --- captioning models --------------------------------------------------------------------------


def _images(kind: str, **options: Any) -> Any:
    import transformers

    return getattr(transformers, kind)(**options)


def _encoder(kind: str, **options: Any) -> Any:
    import transformers

    return getattr(transformers, kind)(**options)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("cropped", [False, True])
def test_an_encoder_s_patches_lie_where_their_pixels_came_from(
    shape: tuple[int, int], cropped: bool
) -> None:
    from core.models.torchvision_guard import ensure_torchvision

    ensure_torchvision()
    if cropped:
        images = _images(
            "CLIPImageProcessor",
            size={"shortest_edge": 80},
            crop_size={"height": 64, "width": 64},
            do_center_crop=True,
        )
    else:
        images = _images("ViTImageProcessor", size={"height": 64, "width": 64})
    vision = _encoder("ViTConfig", image_size=64, patch_size=16)
    film = blob(*shape)
    picture = film_picture(film, 1120)
    pixels = images(picture, return_tensors="pt")["pixel_values"][0, 0].numpy()
    keys = encoder_keys(vision, images, (picture.height, picture.width))
    assert keys is not None
    outputs = np.concatenate([[99.0], pixels.reshape(4, 16, 4, 16).mean((1, 3)).ravel()])
    check(outputs[keys.places], keys.grid, film)


def test_a_swin_encoder_halves_its_grid_between_stages() -> None:
    images = _images("ViTImageProcessor", size={"height": 224, "width": 224})
    vision = _encoder("SwinConfig", image_size=224, patch_size=4, depths=[2, 2, 6, 2])
    keys = encoder_keys(vision, images, (300, 200))
    assert keys is not None and (keys.grid.rows, keys.grid.columns) == (7, 7)
    assert keys.places.tolist() == list(range(-49, 0))


def test_pictures_that_are_turned_or_padded_give_no_evidence() -> None:
    images = _images("DonutImageProcessor", size={"height": 64, "width": 64})
    assert encoder_keys(_encoder("ViTConfig", image_size=64), images, (300, 200)) is None


def test_an_unknown_kind_of_model_gives_no_evidence() -> None:
    class Unknown:
        model_type = "some_later_model"

    assert chat_keys(Shown(Unknown(), {}, (10, 10))) is None


def test_the_picture_is_the_film_in_eight_bits() -> None:
    film = blob(300, 200)
    picture = film_picture(film, 150)
    assert picture.mode == "RGB" and picture.size == (100, 150)
    grey = np.asarray(picture.convert("L"), np.float32) / 255
    assert correlation(grey, cv2.resize(film, (100, 150))) > 0.999
    assert film_picture(film, 1120).size == (200, 300)
    assert isinstance(picture, Image.Image)
