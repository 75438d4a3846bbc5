from __future__ import annotations

import numpy as np
import pytest
import torch

from core.training.losses import masked_bce, placing_loss, positive_weights


def test_unknown_labels_neither_count_nor_pull():
    logits = torch.tensor([[0.3, -0.2], [1.0, 2.0]], requires_grad=True)
    labels = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    known = torch.tensor([[True, False], [True, False]])
    ones = torch.ones(2)

    loss = masked_bce(logits, labels, known, ones)
    loss.backward()

    turned = masked_bce(logits, torch.tensor([[1.0, 1.0], [0.0, 0.0]]), known, ones)
    assert loss.item() == pytest.approx(turned.item())
    assert torch.all(logits.grad[:, 1] == 0)
    assert torch.all(logits.grad[:, 0] != 0)


def test_nothing_known_is_zero_not_nan():
    logits = torch.zeros(2, 3, requires_grad=True)
    loss = masked_bce(logits, torch.zeros(2, 3), torch.zeros(2, 3, dtype=torch.bool), torch.ones(3))
    loss.backward()
    assert loss.item() == 0
    assert torch.all(logits.grad == 0)


def test_rare_findings_weigh_more_up_to_a_limit():
    labels = np.zeros((101, 3), np.float32)
    labels[:50, 0] = 1
    labels[:4, 1] = 1
    labels[:1, 2] = 1
    weights = positive_weights(labels, np.ones((101, 3), bool), most=6.0)
    assert weights[0] == pytest.approx(np.sqrt(51 / 50), rel=1e-3)
    assert weights[1] == pytest.approx(np.sqrt(97 / 4), rel=1e-3)
    assert weights[2] == 6


def test_a_map_on_its_mask_costs_less_than_one_beside_it():
    masks = torch.zeros(1, 1, 6, 6)
    masks[..., :3, :3] = 1
    known = torch.tensor([[True]])
    on = placing_loss(8 * masks - 4, masks, known)
    beside = placing_loss(8 * masks.flip(3) - 4, masks, known)
    nowhere = placing_loss(torch.full_like(masks, -4), masks, known)
    assert on < nowhere < beside


def test_a_small_lesion_costs_as_much_as_a_large_one():
    known = torch.tensor([[True]])
    small, large = torch.zeros(1, 1, 12, 12), torch.zeros(1, 1, 12, 12)
    small[..., 4, 4] = 1
    large[..., 2:10, 2:10] = 1
    silent = torch.full_like(small, -4)
    missed = [placing_loss(silent, masks, known).item() for masks in (small, large)]
    assert missed[0] == pytest.approx(missed[1], rel=0.1)


def test_a_place_that_is_not_known_neither_costs_nor_pulls():
    places = torch.zeros(2, 2, 4, 4, requires_grad=True)
    masks = torch.zeros(2, 2, 4, 4)
    known = torch.tensor([[True, False], [False, False]])
    placing_loss(places, masks, known).backward()
    assert torch.all(places.grad[0, 0] != 0)
    assert torch.all(places.grad[0, 1] == 0)
    assert torch.all(places.grad[1] == 0)
    none = placing_loss(places, masks, torch.zeros_like(known))
    assert none.item() == 0
