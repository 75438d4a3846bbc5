"""Pictures of one film are told by the bits in which their shapes differ."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.training.corpus.likeness import NEAR, Shapes
from core.training.corpus.pictures import Picture, look_at
from tests.made_pictures import film, jpeg, png


def flipped(shape: bytes, bits: int) -> bytes:
    changed = np.unpackbits(np.frombuffer(shape, np.uint8))
    changed[:: 256 // bits][:bits] ^= 1
    return np.packbits(changed).tobytes()


def test_as_many_bits_may_differ_as_said() -> None:
    shapes = Shapes()
    shape = np.random.default_rng(0).bytes(32)
    assert not shapes.near(shape)
    shapes.add(shape)
    assert shapes.near(shape)
    assert shapes.near(flipped(shape, NEAR))
    assert not shapes.near(flipped(shape, NEAR + 1))


def test_many_shapes_are_known() -> None:
    rng, shapes = np.random.default_rng(1), Shapes()
    known = [rng.bytes(32) for _ in range(2_500)]
    for shape in known:
        assert not shapes.near(shape)
        shapes.add(shape)
    assert all(shapes.near(shape) for shape in known)


@pytest.mark.parametrize("seed", range(6))
def test_a_smaller_copy_of_a_film_is_the_same_film(seed: int) -> None:
    large = cv2.GaussianBlur(film(seed, 640, 560), (0, 0), 4)
    small = cv2.resize(large, (420, 480), interpolation=cv2.INTER_AREA)
    shapes = Shapes()
    shapes.add(shape_of(png(large)))
    assert shapes.near(shape_of(jpeg(small)))
    assert not shapes.near(shape_of(png(film(seed + 50))))


def shape_of(encoded: bytes) -> bytes:
    picture = look_at(encoded)
    assert isinstance(picture, Picture)
    return picture.shape
