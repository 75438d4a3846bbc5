"""torchxrayvision's DenseNet-121 as a classifier, from a folder of safetensors.

Its publisher ships a pickled file, so a person converts it once, as the guide says; labels and
operating points come along in ``config.json``. Nothing of it was measured here: every number is a
score, no word of a draft rests on it, and its maps are attention.

References
----------
Cohen 2022, TorchXRayVision (weights, labels and operating points); Huang 2017 (DenseNet-121).
"""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Mapping
from typing import Any, NoReturn

import cv2
import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from core.domain.draft import ModelIdentity
from core.domain.errors import N_
from core.domain.model_errors import CheckpointRefusedError
from core.explain.gradcam import split_cam
from core.findings.vocabulary import TERMS
from core.models.base import FilmReading, FindingFigures, Grey
from core.models.language.checkpoint import CONFIG, WEIGHTS, Checkpoint
from core.models.preprocessing import Geometry, check_film
from core.models.torchvision_guard import ensure_torchvision

SIZE = 224
POINT = 0.5
"""Where its publisher's scaling puts each operating point."""
_LEVELS = 1024.0
_NAMES = {str(label): term.name for term in TERMS for label in (term.nih, term.chexpert) if label}


class DenseNetClassifier:
    """Film to scores and Grad-CAM maps. Safe to share between threads.

    Raises
    ------
    CheckpointRefusedError
        If labels, operating points and weights do not fit together.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint
        labels, points = self._described()
        self._network: Any = self._loaded(len(labels))
        self._columns = {
            _NAMES[label]: column
            for column, (label, point) in enumerate(zip(labels, points, strict=True))
            if label in _NAMES and 0.0 < point < 1.0
        }
        self._points = np.clip(np.asarray(points, np.float64), 1e-9, 1 - 1e-9)
        self._lock = threading.Lock()

    @property
    def identity(self) -> ModelIdentity:
        return ModelIdentity(self._checkpoint.source.name, self._checkpoint.digest)

    @property
    def versions(self) -> Mapping[str, str]:
        return {}

    @property
    def figures(self) -> Mapping[str, FindingFigures]:
        return {
            name: FindingFigures(
                name=name,
                positives=0,
                prevalence=0.0,
                operating_point=POINT,
                uncertain_point=POINT,
                calibrated=False,
            )
            for name in self._columns
        }

    def read(self, grey: Grey, maps_for: tuple[str, ...] | None = None) -> FilmReading:
        """Score a film; see `core.models.base.FindingClassifier.read`."""
        square, geometry = _centre(grey)
        with self._lock:
            with torch.no_grad():
                pixels = torch.from_numpy((2.0 * square - 1.0) * _LEVELS)[None, None]
                features = torch.relu(self._network.features(pixels))
                logits = self._head(features)[0].double().numpy()
            scores = self._shown(logits)
            wanted = tuple(
                name
                for name in self._columns
                if (scores[name] >= POINT if maps_for is None else name in maps_for)
            )
            columns = [self._columns[name] for name in wanted]
            cells = split_cam(features, self._head, columns)
        maps = dict(zip(wanted, geometry.maps_to_film(cells), strict=True))
        return FilmReading(scores, {}, maps)

    def _head(self, features: Tensor) -> Tensor:
        pooled = torch.nn.functional.adaptive_avg_pool2d(features, 1).flatten(1)
        return torch.as_tensor(self._network.classifier(pooled))

    def _shown(self, logits: np.ndarray[Any, np.dtype[np.float64]]) -> dict[str, float]:
        """Scale each output so that its operating point lies at 0.5, as its publisher does."""
        chances = 1.0 / (1.0 + np.exp(-logits))
        below = chances / (2.0 * self._points)
        above = 1.0 - (1.0 - chances) / (2.0 * (1.0 - self._points))
        shown = np.where(chances < self._points, below, above)
        return {name: float(shown[column]) for name, column in self._columns.items()}

    # --- files ----------------------------------------------------------------------------------

    def _described(self) -> tuple[list[str], list[float]]:
        document = json.loads((self._checkpoint.folder / CONFIG).read_text(encoding="utf-8"))
        labels, points = document.get("labels"), document.get("op_threshs")
        if (
            not isinstance(labels, list)
            or not isinstance(points, list)
            or not labels
            or len(labels) != len(points)
            or not all(isinstance(point, int | float) for point in points)
        ):
            self._refuse(N_("{file} does not give each label its operating point"), file=CONFIG)
        # What was never trained has no name or no number.
        return [str(label) for label in labels], [
            float(point) if math.isfinite(point) else 0.0 for point in points
        ]

    def _loaded(self, labels: int) -> Any:
        torchvision: Any = ensure_torchvision()
        network: Any = torchvision.models.densenet121(weights=None, num_classes=labels)
        network.features.conv0 = nn.Conv2d(1, 64, 7, stride=2, padding=3, bias=False)
        try:
            state = load_file(self._checkpoint.folder / WEIGHTS)
            state.pop("op_threshs", None)
            network.load_state_dict(state)
        except (SafetensorError, RuntimeError, OSError):
            self._refuse(N_("{file} holds no DenseNet-121 with these labels"), file=WEIGHTS)
        network.eval()
        for parameter in network.parameters():
            parameter.requires_grad_(False)
        return network

    def _refuse(self, template: str, **named: str) -> NoReturn:
        raise CheckpointRefusedError(
            model=self._checkpoint.source.name,
            reason=template.format(**named),
            template=template,
            named=named,
        ) from None


def _centre(grey: Grey) -> tuple[Grey, Geometry]:
    """Return the square in the middle of a film, as its publisher cuts it, and where it lay.

    Raises
    ------
    FeatureError
    """
    check_film(grey)
    rows, columns = grey.shape
    side = min(rows, columns)
    top, left = (rows - side) // 2, (columns - side) // 2
    film = np.ascontiguousarray(grey[top : top + side, left : left + side], np.float32)
    method = cv2.INTER_AREA if side > SIZE else cv2.INTER_LINEAR
    square = np.asarray(cv2.resize(film, (SIZE, SIZE), interpolation=method), np.float32)
    return square, Geometry(rows, columns, top, left, side, side, SIZE)
