from __future__ import annotations

import pytest
import torch

from core.models.network import STRIDE, Network, NetworkShape

SHAPE = NetworkShape(
    ("nodule", "edema", "hernia"), size=64, widths=(8, 12, 16), blocks=(1, 1, 2), fused=10,
    members=2,
)  # fmt: skip


@pytest.fixture(scope="module")
def network() -> Network:
    torch.manual_seed(3)
    made = Network(SHAPE)
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return made.eval()


@pytest.fixture(scope="module")
def squares():
    return torch.rand(3, 1, 64, 64)


def test_the_parts_have_the_shapes_they_say(network, squares):
    features = network.features(squares)
    cells = 64 // STRIDE
    assert SHAPE.cells == cells
    assert features.shape == (3, 2 * 10, cells, cells)
    assert network.head(features).shape == (3, 3)
    assert network.member_logits(features).shape == (2, 3, 3)
    assert network.finding_maps(features).shape == (3, 3, cells, cells)
    assert network.pooled(features).shape == (2, 3, 10)


def test_the_vote_is_the_mean_of_members_that_can_stand_alone(network, squares):
    alone = [network.member(place)(squares) for place in range(2)]
    assert not torch.allclose(*alone)
    torch.testing.assert_close(torch.stack(alone).mean(dim=0), network(squares))


def test_a_member_keeps_the_mode_of_its_network(network):
    assert not network.member(0).training


def test_one_lit_place_raises_its_finding_alone(network, squares):
    member = network.member(0)
    features = member.features(squares)
    head = member.heads[0]
    places = head.place_logits(features)
    lit = places.clone()
    lit[:, 1, 2, 3] += 20
    change = head.from_places(features, lit) - head.from_places(features, places)
    assert (change[:, 1] * torch.sign(head.trust[1]) > 0).all()
    assert torch.all(change[:, [0, 2]] == 0)


def test_the_shape_survives_the_header_of_a_weights_file():
    assert NetworkShape.from_json(SHAPE.to_json()) == SHAPE
