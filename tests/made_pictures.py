"""Made pictures of a corpus: films of smooth noise, and what is no film."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np
import numpy.typing as npt

ROWS, COLUMNS = 168, 144
Grey = npt.NDArray[np.uint8]


def film(seed: int, rows: int = ROWS, columns: int = COLUMNS) -> Grey:
    """A grey picture of a broad body, unlike those of other seeds; shape (rows, columns)."""
    rng = np.random.default_rng(seed)
    coarse = rng.normal(0, 1, (9, 8)).astype(np.float32)
    smooth = cv2.resize(coarse, (columns, rows), interpolation=cv2.INTER_CUBIC)
    y, x = np.mgrid[0:rows, 0:columns]
    body = np.exp(-3 * ((x / columns - 0.5) ** 2 + (y / rows - 0.5) ** 2))
    grain = rng.normal(0, 3, (rows, columns))
    return np.clip(40 + 110 * body + 28 * smooth + grain, 0, 255).astype(np.uint8)


def photograph(seed: int = 0) -> npt.NDArray[np.uint8]:
    """A picture in strong colours, shape (rows, columns, 3), BGR."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 6, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (COLUMNS, ROWS), interpolation=cv2.INTER_CUBIC))


def jpeg(pixels: npt.NDArray[np.uint8]) -> bytes:
    return bytes(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 92])[1])


def png(pixels: npt.NDArray[np.uint8], compression: int = 3) -> bytes:
    return bytes(cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, compression])[1])


def bomb(rows: int = 50_000, columns: int = 50_000) -> bytes:
    """A PNG of few bytes whose header says that it is huge."""
    header = struct.pack(">IIBBBBB", columns, rows, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(2_000))
    chunks = ((b"IHDR", header), (b"IDAT", body), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*each) for each in chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
