"""Pixels: drawings are as described, patches are put together again, and place matters."""

from __future__ import annotations

import pytest
import torch

from course_utils.pretraining import pixels


def test_patches_stand_row_by_row_and_lose_nothing():
    ink = torch.arange(2 * pixels.SIDE**2).float().view(2, pixels.SIDE, pixels.SIDE)
    cut = pixels.patches(ink)
    assert cut.shape == (2, 16, 9)
    assert torch.equal(cut[1, 6], ink[1, 3:6, 6:9].flatten())
    assert torch.equal(cut.flatten().sort().values, ink.flatten())


def test_ears_are_where_the_animal_has_them():
    ink, animals = pixels.drawings(400, seed=0, noise=0)
    assert ink.min() >= 0 and ink.max() <= 1
    assert set(animals.tolist()) == {0, 1}
    # Hanging ears make a dog's head wider than high; pointed ones a cat's higher.
    inked = ink > 0.3
    wide, high = inked.any(1).sum(1), inked.any(2).sum(1)
    taller = (high > wide).float()
    assert taller[animals == 0].mean() > 0.8 and taller[animals == 1].mean() < 0.1


def test_a_seed_repeats_its_drawings_and_another_has_others():
    first, again, other = (pixels.drawings(5, seed)[0] for seed in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_the_table_is_one_product_per_patch():
    model = pixels.PatchTransformer()
    ink, _ = pixels.drawings(1, 0)
    by_hand = torch.stack([model.table.weight @ patch for patch in pixels.patches(ink)[0]])
    assert torch.allclose(model.table(pixels.patches(ink))[0], by_hand, atol=1e-6)


def test_the_last_patch_reads_every_patch():
    model = pixels.PatchTransformer()
    draw = torch.Generator().manual_seed(0)
    for name, weight in model.named_parameters():
        if weight.ndim == 2 and name.startswith("blocks"):
            torch.nn.init.normal_(weight, std=0.2, generator=draw)
    ink = pixels.drawings(1, 0)[0].requires_grad_()
    model(ink)[0, 0].backward()
    assert (pixels.patches(ink.grad)[0].abs().sum(1) > 0).all()


def test_training_repeats_itself_and_learns(one_thread):
    ink, animals = pixels.drawings(500, 0)
    losses = pixels.learn(pixels.two_layers(), ink, animals, steps=60)
    assert losses == pixels.learn(pixels.two_layers(), ink, animals, steps=60)
    assert losses[-1] < 0.7 * losses[0]


def test_a_bound_on_the_ink_is_taken_the_way_round_that_is_right():
    ink = torch.linspace(0.1, 0.9, 40)[:, None, None].expand(-1, 12, 12)
    dark = (torch.arange(40) >= 20).long()
    assert pixels.by_ink(ink, dark, ink, dark) == pytest.approx(1, abs=0.03)
    assert pixels.by_ink(ink, 1 - dark, ink, 1 - dark) == pytest.approx(1, abs=0.03)
    assert pixels.by_ink(ink, dark, ink, 1 - dark) == pytest.approx(0, abs=0.03)
