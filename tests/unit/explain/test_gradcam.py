"""Split Grad-CAM against pytorch-grad-cam, and its own promises."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.explain.gradcam import split_gradcam
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


@pytest.mark.parametrize("target", [0, 1, 2])
def test_equals_the_reference_implementation(network, target):
    from core.models.torchvision_guard import ensure_torchvision

    if ensure_torchvision() is None:
        pytest.skip("torchvision is not installed")
    from pytorch_grad_cam import GradCAM
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    class Joined(torch.nn.Module):
        """The reference hooks a layer: this one's output is the joined feature map."""

        def __init__(self) -> None:
            super().__init__()
            self.network = network
            self.last = torch.nn.Identity()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.network.head(self.last(self.network.features(x)))

    x = torch.rand(1, 1, 64, 64)
    joined = Joined()
    with GradCAM(model=joined, target_layers=[joined.last]) as reference:
        expected = reference(input_tensor=x, targets=[ClassifierOutputTarget(target)])[0]
    features = network.features(x).detach()
    ours = split_gradcam(features, network.head, [target])[0]
    enlarged = torch.nn.functional.interpolate(
        torch.from_numpy(ours)[None, None], size=(64, 64), mode="bilinear", align_corners=False
    )[0, 0].numpy()
    if ours.max() == 0:
        assert expected.max() < 1e-3
    else:
        expected_peak = (expected - expected.min()) / (expected.max() - expected.min() + 1e-7)
        ours_peak = (enlarged - enlarged.min()) / (enlarged.max() - enlarged.min() + 1e-7)
        assert np.allclose(ours_peak, expected_peak, atol=1e-3)


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
    assert split_gradcam(torch.rand(1, 64, 4, 4), network.head, []).shape == (0, 4, 4)
