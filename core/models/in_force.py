"""What of a shipped model reads films now: its weights, and the site's calibration over them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.domain.errors import ModelUnavailableError
from core.models import versions
from core.models.measured import Measured, read_measured
from core.models.site_calibration import SiteCalibration, applied, read_layer


@dataclass(frozen=True)
class InForce:
    """``measured`` has the layer over it where there is one.

    ``fallen`` says why the active version, or the site's calibration, is not in force.
    """

    folder: Path
    measured: Measured
    version: str = ""
    layer: SiteCalibration | None = None
    fallen: str = ""

    @property
    def calibration(self) -> str:
        """Digest of the layer; empty where none is in force."""
        return self.layer.digest if self.layer else ""


def in_force(models: Path, model: str, shipped: Path) -> InForce:
    """Return what reads films now.

    Parameters
    ----------
    models : Path
        Folder of models in OVERREAD_HOME.
    shipped : Path
        Folder of the shipped weights.

    Raises
    ------
    ModelUnavailableError
        If the figures of the shipped model cannot be read.
    """
    stands = versions.standing(models, model, shipped)
    own = read_measured(stands.folder)
    layer, fallen = _layer(models, model)
    shown = applied(own, layer)
    return InForce(
        folder=stands.folder,
        measured=shown,
        version=stands.version,
        layer=layer if shown is not own else None,
        fallen=stands.fallen or fallen,
    )


def _layer(models: Path, model: str) -> tuple[SiteCalibration | None, str]:
    """The site's calibration where it is on, and why it cannot be laid where it should be."""
    try:
        if model not in versions.read_state(models).calibrated:
            return None, ""
        return read_layer(models, model), ""
    except ModelUnavailableError as error:
        return None, str(error.facts["reason"])


def every_measured(models: Path, model: str, shipped: Path) -> Iterator[Measured]:
    """Yield the figures of the shipped weights and of every whole version of a model."""
    with suppress(ModelUnavailableError):
        yield read_measured(shipped)
    for version in versions.versions(models):
        if version.measured and not version.reason and version.model == model:
            yield version.measured
