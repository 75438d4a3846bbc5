"""Where the patches that a model looks at lie on the film, whatever was tiled, padded or squashed.

Everything that a model attends to is a list of keys; some of them are patches of the film. A layout
says which ones, in raster order, and which part of the film their grid covers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

Weights = npt.NDArray[np.float32]
Places = npt.NDArray[np.int64]

GRID_SIDE = 96
"""Long side, in cells, of attention drawn over the film: finer than any model's patches but those
of Llama 3.2 Vision, which has 80 a side."""


@dataclass(frozen=True)
class PatchGrid:
    """A grid of patches over a film.

    Attributes
    ----------
    rows, columns : int
        Patches down and across.
    top, left, height, width : float
        What the grid covers, as shares of the film's sides. It may reach past the film where the
        model's picture is padded, and stay within it where the picture is cropped.
    """

    rows: int
    columns: int
    top: float = 0.0
    left: float = 0.0
    height: float = 1.0
    width: float = 1.0

    def on_film(self, weights: Weights, film: tuple[int, int], side: int = GRID_SIDE) -> Weights:
        """Draw patches over the film.

        Parameters
        ----------
        weights : ndarray, shape (tokens, rows * columns)
            One value a patch, raster order.
        film : (int, int)
            Rows and columns of the film.
        side : int
            Long side of the result in cells.

        Returns
        -------
        ndarray, shape (tokens, cells down, cells across), float32
            The film's aspect. Each cell is the mean of the patches over it, by area; zero where the
            model saw nothing of the film.
        """
        shrink = side / max(film)
        down, across = max(1, round(film[0] * shrink)), max(1, round(film[1] * shrink))
        by_row = _overlap(down, self.rows, self.top, self.height)
        by_column = _overlap(across, self.columns, self.left, self.width)
        patches = weights.reshape(-1, self.rows, self.columns)
        return np.asarray(by_row @ patches @ by_column.T, np.float32)


@dataclass(frozen=True)
class ImageKeys:
    """Which keys of a layer are the film's patches: ``places[n]`` is patch ``n`` of the grid.

    Negative places count from the last key. ``cross`` says whether the keys are those of
    cross-attention, else the prompt's own tokens.
    """

    places: Places
    grid: PatchGrid
    cross: bool


def _overlap(cells: int, patches: int, start: float, length: float) -> Weights:
    """Share of each cell that each patch covers, (cells, patches), along one side of the film."""
    cell = np.arange(cells + 1) / cells
    patch = start + length * np.arange(patches + 1) / patches
    low = np.maximum(cell[:-1, None], patch[None, :-1])
    high = np.minimum(cell[1:, None], patch[None, 1:])
    return np.asarray(np.clip(high - low, 0.0, None) * cells, np.float32)


# --- models that converse -----------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """What a conversing model was given.

    Attributes
    ----------
    config
        Of the model.
    inputs : mapping
        What the processor made of one picture and the words.
    picture : (int, int)
        Rows and columns of the picture that the processor was given.
    """

    config: Any
    inputs: Mapping[str, Any]
    picture: tuple[int, int]

    def tokens(self, count: int) -> Places:
        """Return the places in the prompt of the first ``count`` tokens of the picture."""
        image = getattr(self.config, "image_token_id", None)
        image = self.config.image_token_index if image is None else image
        found = np.flatnonzero(np.asarray(self.inputs["input_ids"][0]) == image)
        return found[:count].astype(np.int64)


def chat_keys(shown: Shown) -> ImageKeys | None:
    """Return the patches among the keys of a model that converses; ``None`` for unknown kinds."""
    layout = CHAT_LAYOUTS.get(shown.config.model_type)
    return layout(shown) if layout else None


def _mllama(shown: Shown) -> ImageKeys:
    """Tiles in raster order, each with a class token before its patches; padded right and below."""
    from transformers.models.mllama.image_processing_mllama import get_image_size_fit_to_canvas

    vision = shown.config.vision_config
    chosen = int(shown.inputs["aspect_ratio_ids"].reshape(-1)[0])
    tiles_down, tiles_across = vision.supported_aspect_ratios[chosen - 1]
    side = vision.image_size // vision.patch_size
    tile = np.arange(tiles_down * tiles_across).reshape(tiles_down, tiles_across) * (side**2 + 1)
    patch = 1 + np.arange(side**2).reshape(side, side)
    places = (tile[:, None, :, None] + patch[None, :, None, :]).reshape(-1)
    canvas = tiles_down * vision.image_size, tiles_across * vision.image_size
    drawn = get_image_size_fit_to_canvas(*shown.picture, *canvas, tile_size=vision.image_size)
    grid = PatchGrid(
        tiles_down * side,
        tiles_across * side,
        height=canvas[0] / int(drawn[0]),
        width=canvas[1] / int(drawn[1]),
    )
    return ImageKeys(places.astype(np.int64), grid, cross=True)


def _qwen2_vl(shown: Shown) -> ImageKeys:
    """The whole picture, stretched to whole patches; some patches each way are one token."""
    merged = int(shown.config.vision_config.spatial_merge_size)
    _, down, across = (int(n) for n in shown.inputs["image_grid_thw"][0])
    grid = PatchGrid(down // merged, across // merged)
    return ImageKeys(shown.tokens(grid.rows * grid.columns), grid, cross=False)


def _llava_next(shown: Shown) -> ImageKeys:
    """The first view: the whole picture squeezed into a square. Its tiles follow and are left."""
    vision = shown.config.vision_config
    side = vision.image_size // vision.patch_size
    return ImageKeys(shown.tokens(side**2), PatchGrid(side, side), cross=False)


def _gemma3(shown: Shown) -> ImageKeys:
    """The whole picture squeezed into a square, a fixed number of tokens."""
    side = math.isqrt(shown.config.mm_tokens_per_image)
    return ImageKeys(shown.tokens(side**2), PatchGrid(side, side), cross=False)


Layout = Callable[[Shown], ImageKeys]
CHAT_LAYOUTS: Mapping[str, Layout] = MappingProxyType(
    {
        "mllama": _mllama,
        "llava_next": _llava_next,
        "qwen2_vl": _qwen2_vl,
        "qwen2_5_vl": _qwen2_vl,
        "gemma3": _gemma3,
    }
)


# --- models that caption ------------------------------------------------------------------------


ENCODERS = ("vit", "deit", "dpt", "swin")
"""Image encoders whose outputs end with their patches in raster order."""


def encoder_keys(vision: Any, images: Any, picture: tuple[int, int]) -> ImageKeys | None:
    """Return the patches among an image encoder's outputs; ``None`` where they are not known.

    Parameters
    ----------
    vision
        Configuration of the encoder.
    images
        The image processor.
    picture : (int, int)
        Rows and columns of the picture that the processor was given.
    """
    if getattr(images, "do_pad", None) or getattr(images, "do_align_long_axis", None):
        return None  # documents are turned and padded in ways that no film needs
    # Swin halves its grid between stages.
    stride = vision.patch_size * 2 ** max(0, len(getattr(vision, "depths", ())) - 1)
    down, across = (length // stride for length in _pair(vision.image_size))
    grid = PatchGrid(down, across, *_cropped(images, picture))
    # Counted from the end: class tokens, none to two of them, stand before.
    return ImageKeys(np.arange(-down * across, 0, dtype=np.int64), grid, cross=True)


def _pair(size: Any) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else (int(size[0]), int(size[1]))


def _cropped(images: Any, picture: tuple[int, int]) -> tuple[float, float, float, float]:
    """Top, left, height and width of what is left of a picture, as shares of its sides."""
    if not getattr(images, "do_center_crop", None):
        return 0.0, 0.0, 1.0, 1.0
    size, crop = images.size, images.crop_size
    if size.get("shortest_edge"):
        scale = size["shortest_edge"] / min(picture)
        rows, columns = picture[0] * scale, picture[1] * scale
    else:
        rows, columns = size["height"], size["width"]
    height, width = crop["height"] / rows, crop["width"] / columns
    return (1 - height) / 2, (1 - width) / 2, height, width
