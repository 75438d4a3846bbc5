"""The embedded classifier: shipped weights, read on the CPU."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from core.domain.draft import ModelIdentity
from core.domain.errors import N_, ModelUnavailableError
from core.explain.gradcam import METHODS, split_cam
from core.models.base import FilmReading, FindingFigures, Grey
from core.models.measured import Measured, check_weights, read_measured
from core.models.network import Network, NetworkShape, for_reading
from core.models.preprocessing import to_square
from core.models.site_calibration import SiteCalibration, applied

TRAINED = N_("trained map")
"""The map that each finding has of its own; see `core.models.network`."""
MAP_METHODS = (TRAINED, *METHODS)


class EmbeddedClassifier:
    """Film to scores, probabilities and maps. Safe to share between threads.

    The number of torch threads is left to the caller: a page, a worker and a benchmark want
    different ones.

    Parameters
    ----------
    folder : Path
        Holds ``weights.safetensors`` and its ``measured.json``.
    layer : SiteCalibration, optional
        Laid over the weights' own calibration.
    version : str
        Name of the version that these weights are, empty for shipped ones.

    Raises
    ------
    ModelUnavailableError
        If a file is missing or damaged, or the weights are not the ones that were measured.
    """

    def __init__(
        self, folder: Path, layer: SiteCalibration | None = None, version: str = ""
    ) -> None:
        own = read_measured(folder)
        weights = check_weights(folder, own)
        self._measured = applied(own, layer)
        self._layers = layer.digest if layer and self._measured is not own else ""
        self._version = version
        if self._measured.map_method not in MAP_METHODS:
            raise ModelUnavailableError(
                model=self._measured.name, reason=N_("its maps are of an unknown method")
            )
        self._network = for_reading(load_network(weights, self._measured.name))
        self._names = self._network.shape.findings
        # Nothing in a pass is shared, but two passes at once would fight for the same cores.
        self._lock = threading.Lock()

    @property
    def identity(self) -> ModelIdentity:
        return ModelIdentity(self._measured.name, self._measured.weights_sha256)

    @property
    def versions(self) -> Mapping[str, str]:
        """What a draft notes of the weights beside their digest."""
        noted = {"model_version": self._version, "site_calibration": self._layers}
        return {name: value for name, value in noted.items() if value}

    @property
    def figures(self) -> Mapping[str, FindingFigures]:
        return self._measured.findings

    @property
    def measured(self) -> Measured:
        return self._measured

    def logits(self, grey: Grey) -> npt.NDArray[np.float32]:
        """Return the logits, (findings,), in the order of the weights: for evaluation."""
        square, _ = to_square(grey, self._network.shape.size)
        with self._lock, torch.no_grad():
            return np.asarray(self._network(_batch(square))[0].numpy(), np.float32)

    def read(self, grey: Grey, maps_for: tuple[str, ...] | None = None) -> FilmReading:
        """Score a film; see `core.models.base.FindingClassifier.read`."""
        square, geometry = to_square(grey, self._network.shape.size)
        with self._lock:
            with torch.no_grad():
                features = self._network.features(_batch(square))
                logits = self._network.head(features)[0].numpy()
            scores, probabilities = self._shown(logits)
            wanted = self._asked(maps_for, scores, probabilities)
            columns = [self._names.index(name) for name in wanted]
            cells = self._maps(features, columns)
        maps = dict(zip(wanted, geometry.maps_to_film(cells), strict=True))
        return FilmReading(scores, probabilities, maps)

    def _maps(self, features: Tensor, columns: list[int]) -> npt.NDArray[np.float32]:
        """Return the maps of some findings by the method that was measured, maximum 1."""
        if self._measured.map_method in METHODS:
            method = self._measured.map_method
            return split_cam(features, self._network.head, columns, method)
        with torch.no_grad():
            cells = self._network.finding_maps(features)[0, columns].numpy()
        peaks = cells.max(axis=(1, 2), keepdims=True, initial=1e-6)
        return np.asarray(cells / peaks, np.float32)

    def _shown(self, logits: npt.NDArray[np.float32]) -> tuple[dict[str, float], dict[str, float]]:
        by_name = dict(zip(self._names, logits.tolist(), strict=True))
        scores = {name: _sigmoid(logit) for name, logit in by_name.items()}
        probabilities = {
            name: _sigmoid(curve.slope * by_name[name] + curve.intercept)
            for name, curve in self._measured.calibrations.items()
        }
        return scores, probabilities

    def _asked(
        self,
        maps_for: tuple[str, ...] | None,
        scores: Mapping[str, float],
        probabilities: Mapping[str, float],
    ) -> tuple[str, ...]:
        if maps_for is not None:
            return tuple(name for name in maps_for if name in self._names)
        figures = self._measured.findings
        return tuple(
            name
            for name in self._names
            if probabilities.get(name, scores[name]) >= figures[name].uncertain_point
        )


def load_network(weights: Path, name: str) -> Network:
    """Build the network that the header of a weights file describes, and fill it.

    Raises
    ------
    ModelUnavailableError
        If the file is no safetensors file or its tensors do not fit the described network.
    """
    try:
        with safe_open(weights, framework="pt") as stored:
            network = Network(NetworkShape.from_json(stored.metadata()["shape"]))
            state = {key: stored.get_tensor(key).float() for key in stored.keys()}  # noqa: SIM118
        network.load_state_dict(state)
    except (SafetensorError, KeyError, TypeError, RuntimeError, json.JSONDecodeError) as error:
        raise ModelUnavailableError(model=name, reason=N_("its weights file is damaged")) from error
    for parameter in network.parameters():
        parameter.requires_grad_(False)
    return network.eval()


def _batch(square: Grey) -> Tensor:
    return torch.from_numpy(square)[None, None]


def _sigmoid(logit: float) -> float:
    return float(1 / (1 + np.exp(-logit)))
