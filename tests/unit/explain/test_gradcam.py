"""Split Grad-CAM against pytorch-grad-cam, and its own promises."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.explain.gradcam import METHODS, split_cam, split_gradcam
from core.models.network import Network, NetworkShape

SHAPE = NetworkShape(("a", "b", "c"), size=64, widths=(8, 16, 32), blocks=(1, 1, 1), members=2)


@pytest.fixture
def network() -> Network:
    torch.manual_seed(3)
    return Network(SHAPE).eval()


def test_features_then_head_is_the_forward_pass(network):
    x = torch.rand(2, 1, 64, 64)
    with torch.no_grad():
        assert torch.allclose(network(x), network.head(network.features(x)))


class Joined(torch.nn.Module):
    """The reference hooks a layer: this one's output is the joined feature map."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network
        self.last = torch.nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.network.head(self.last(self.network.features(x)))


def reference_map(network: Network, x: torch.Tensor, target: int, method: str) -> np.ndarray:
    """The map of pytorch-grad-cam, enlarged to the input by that library."""
    from core.models.torchvision_guard import ensure_torchvision

    if ensure_torchvision() is None:
        pytest.skip("torchvision is not installed")
    import pytorch_grad_cam
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    names = {"Grad-CAM": "GradCAM", "Grad-CAM++": "GradCAMPlusPlus", "LayerCAM": "LayerCAM"}
    joined = Joined(network)
    kind = getattr(pytorch_grad_cam, names[method])
    with kind(model=joined, target_layers=[joined.last]) as reference:
        return reference(input_tensor=x, targets=[ClassifierOutputTarget(target)])[0]


def enlarged(drawn: np.ndarray) -> np.ndarray:
    return torch.nn.functional.interpolate(
        torch.from_numpy(drawn)[None, None], size=(64, 64), mode="bilinear", align_corners=False
    )[0, 0].numpy()


@pytest.mark.parametrize("method", list(METHODS))
@pytest.mark.parametrize("target", [0, 1, 2])
def test_equals_the_reference_implementation(network, target, method):
    x = torch.rand(1, 1, 64, 64)
    expected = reference_map(network, x, target, method)
    ours = split_cam(network.features(x).detach(), network.head, [target], method)[0]
    if ours.max() == 0:
        assert expected.max() < 1e-3
    else:
        assert np.corrcoef(enlarged(ours).ravel(), expected.ravel())[0, 1] > 0.99


def test_every_method_draws_something_on_some_target(network):
    features = network.features(torch.rand(1, 1, 64, 64)).detach()
    for method in METHODS:
        assert split_cam(features, network.head, [0, 1, 2], method).max() == 1


def test_maps_peak_at_one_or_stay_zero():
    features = torch.zeros(1, 2, 4, 4)
    features[0, 0, 1, 2] = 5.0

    def head(maps: torch.Tensor) -> torch.Tensor:
        pooled = maps.mean(dim=(2, 3))
        return torch.stack([pooled[:, 0], -pooled[:, 0], pooled[:, 1]], dim=1)

    positive, negative, silent = split_gradcam(features, head, [0, 1, 2])
    assert positive.max() == 1
    assert np.unravel_index(positive.argmax(), positive.shape) == (1, 2)
    assert negative.max() == 0
    assert silent.max() == 0


def test_no_target_gives_no_map(network):
    assert split_gradcam(torch.rand(1, 256, 8, 8), network.head, []).shape == (0, 8, 8)
