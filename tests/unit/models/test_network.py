from __future__ import annotations

import copy

import pytest
import torch

from core.models.network import STRIDE, Network, NetworkShape, for_reading

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
    # One pass moves what the norms know of their inputs away from a mean of 0 and a variance of 1.
    made.train()(torch.rand(4, 1, 64, 64))
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


def test_a_network_made_for_reading_answers_the_same_with_its_norms_folded(network, squares):
    quick = for_reading(copy.deepcopy(network))
    left = [name for name, part in quick.named_modules() if isinstance(part, torch.nn.BatchNorm2d)]
    # The norm after a sum has no convolution of its own.
    assert left == [f"trunks.{member}.laid_over" for member in range(2)]
    assert not quick.training
    features = quick.features(squares)
    assert features.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(features, network.features(squares))
    torch.testing.assert_close(quick.head(features), network(squares))
    torch.testing.assert_close(
        quick.finding_maps(features), network.finding_maps(network.features(squares))
    )


def test_a_member_of_a_network_made_for_reading_stands_alone_too(network, squares):
    quick = for_reading(copy.deepcopy(network))
    torch.testing.assert_close(quick.member(1)(squares), network.member(1)(squares))


def test_a_member_can_be_trained_on_where_its_network_is_frozen(network, squares):
    frozen = copy.deepcopy(network).requires_grad_(False)
    member = frozen.member(0).train()
    before = frozen(squares)
    member(squares).sum().backward()
    with torch.no_grad():
        for parameter in member.parameters():
            parameter -= 0.1 * parameter.grad
    assert not torch.allclose(member.eval()(squares), network.member(0)(squares))
    torch.testing.assert_close(frozen(squares), before)


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
