"""Films, pictures and archives small enough to be sent by the dozen."""

from __future__ import annotations

import io
import zipfile

from tests.factories import dicom_bytes, film_pixels, image_bytes


def small_film(seed: int = 0, **tags: object) -> bytes:
    return dicom_bytes(film_pixels(64, 64, seed), **tags)


def picture(seed: int = 0) -> bytes:
    return image_bytes((film_pixels(64, 64, seed) // 16).astype("uint8"))


def zipped(*files: tuple[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()
