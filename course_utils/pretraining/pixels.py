"""Pixels as tokens: made-up drawings of cats and dogs, cut into patches that a transformer reads.

A patch of 3 x 3 pixels times one table is its embedding; from there on all is as with words, with
the course's own blocks. The answer is read at the last patch, which has seen all of them.
Left out: attention that also looks ahead, which models of pictures have, and photographs. For
notebook 03, section "Beyond words".

Source: Dosovitskiy and others 2020, An Image is Worth 16x16 Words.

Shape letters: N drawings, T patches, P pixels of a patch, C width.
"""

from __future__ import annotations

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor

from course_utils import runtime
from course_utils.model.transformer import Block, RMSNorm, TransformerConfig, rotary_angles

ANIMALS = ("cat", "dog")  # with pointed ears, and with hanging ones
SIDE, PATCH = 12, 3  # pixels
PATCHES = (SIDE // PATCH) ** 2
CONFIG = TransformerConfig(
    width=32, layers=2, heads=4, intermediate_size=64, context_tokens=PATCHES
)


def drawings(count: int, seed: int, noise: float = 0.15) -> tuple[Tensor, Tensor]:
    """Heads with two eyes and two ears, each of another size, place and strength of line.

    Args:
        count: N.
        seed: draws everything.
        noise: how much every pixel is off, as a standard deviation.

    Returns:
        (N, 12, 12) ink from 0 to 1; (N,) the number of each animal in ANIMALS.
    """
    generator = torch.Generator().manual_seed(seed)

    def between(low: Tensor | float, high: Tensor | float) -> Tensor:
        return low + (high - low) * torch.rand(count, 1, 1, generator=generator)

    animal = torch.randint(2, (count, 1, 1), generator=generator)
    radius = between(2.0, 3.0)
    middle_x = between(1.5 * radius, SIDE - 1 - 1.5 * radius)
    middle_y = between(1.6 * radius, SIDE - 1 - radius)
    # How far right of the head's middle and below it every pixel is, in radii.
    line = torch.arange(SIDE).float()
    x, y = (line[None, None] - middle_x) / radius, (line[None, :, None] - middle_y) / radius
    head = 1 - (torch.hypot(x, y) - 1).abs() * radius  # 1 on the circle, 0 a pixel beside it
    eyes = 1 - torch.hypot(x.abs() - 0.4, y + 0.15) * radius
    # Pointed: a triangle that grows downwards. Hanging: an upright oval at the side.
    pointed = 1 - ((x.abs() - 0.7).abs() - 0.4 * (y + 1.6)).clamp(min=0) * 2 * radius
    pointed = pointed.where((y > -1.7) & (y < -0.6), 0.0)
    hanging = 2.4 - 2 * torch.hypot((x.abs() - 1.15) / 0.35, (y - 0.1) / 0.8)
    ears = torch.where(animal == 0, pointed, hanging)
    ink = torch.stack([head, eyes, ears]).clamp(0, 1).amax(0) * between(0.7, 1.0)
    ink = ink + noise * torch.randn(ink.shape, generator=generator)
    return ink.clamp(0, 1), animal.flatten()


def patches(ink: Tensor) -> Tensor:
    """Drawings cut into squares, row by row from the upper left: (N, 12, 12) to (N, 16, 9)."""
    rows = SIDE // PATCH
    squares = ink.reshape(-1, rows, PATCH, rows, PATCH).transpose(2, 3)  # (N, rows, rows, 3, 3)
    return squares.reshape(-1, PATCHES, PATCH * PATCH)


class PatchTransformer(nn.Module):
    """Patches times a table, two blocks of the course's transformer, and a guess at the animal.

    Args:
        seed: of the first weights.
    """

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        width = CONFIG.width
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.table = nn.Linear(PATCH * PATCH, width, bias=False)
            self.place = nn.Parameter(0.5 * torch.randn(PATCHES, width))  # of each patch
            self.blocks = nn.ModuleList(Block(CONFIG, layer) for layer in range(CONFIG.layers))
            self.norm = RMSNorm(width, CONFIG.norm_eps)
            self.head = nn.Linear(width, len(ANIMALS))
        cos, sin = rotary_angles(PATCHES, width // CONFIG.heads, CONFIG.rope_theta)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)

    def forward(self, ink: Tensor) -> Tensor:
        """(N, 12, 12) ink to (N, 2) scores of the animals."""
        x = self.table(patches(ink)) + self.place  # (N, T, C)
        for block in self.blocks:
            x = block(x, self.cos, self.sin, None)
        return self.head(self.norm(x)[:, -1])


def one_layer(seed: int = 0) -> nn.Module:
    """Logistic regression: each pixel has a weight for each animal, and no more."""
    return _seeded(seed, lambda: nn.Sequential(nn.Flatten(), nn.Linear(SIDE**2, len(ANIMALS))))


def two_layers(seed: int = 0) -> nn.Module:
    """An ordinary network with 128 ReLU neurons, about as large as the transformer."""
    return _seeded(
        seed,
        lambda: nn.Sequential(
            nn.Flatten(), nn.Linear(SIDE**2, 128), nn.ReLU(), nn.Linear(128, len(ANIMALS))
        ),
    )


def _seeded(seed: int, build) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build()


@runtime.torch_threads(1)  # steps this small gain nothing by a second one
def learn(
    model: nn.Module, ink: Tensor, animals: Tensor, steps: int = 300, seed: int = 0
) -> list[float]:
    """Trains on drawings, 64 a step.

    Args:
        model: trained in place; (N, 12, 12) ink to (N, 2) scores.
        ink: (N, 12, 12).
        animals: (N,) what is right.
        steps: of Adam; the rate rises, and falls to nothing.
        seed: draws which drawings are seen when.

    Returns:
        The loss of every step, in nats per drawing.
    """
    generator, losses = torch.Generator().manual_seed(seed), []
    optimizer = torch.optim.Adam(model.parameters(), 0.005)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.005, total_steps=steps)
    for _ in range(steps):
        pick = torch.randint(len(ink), (64,), generator=generator)
        loss = F.cross_entropy(model(ink[pick]), animals[pick])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rate.step()
        losses.append(loss.item())
    return losses


@torch.no_grad()
def accuracy(model: nn.Module, ink: Tensor, animals: Tensor) -> float:
    """The share of drawings whose animal gets the higher score."""
    return (model(ink).argmax(-1) == animals).float().mean().item()


def by_ink(ink: Tensor, animals: Tensor, new_ink: Tensor, new_animals: Tensor) -> float:
    """How often the best single bound on a drawing's mean ink is right on new drawings.

    Args:
        ink: (N, 12, 12) drawings by which bound and side are chosen.
        animals: (N,) what is right there.
        new_ink: (M, 12, 12) drawings that are scored.
        new_animals: (M,).
    """
    mean, dog = ink.mean((1, 2)), animals == 1
    bounds = mean.quantile(torch.linspace(0, 1, 101))
    right = ((mean > bounds[:, None]) == dog).float().mean(1)  # (101,)
    best = (right - 0.5).abs().argmax()  # far below a half is as good: the other way round
    new = ((new_ink.mean((1, 2)) > bounds[best]) == (new_animals == 1)).float().mean().item()
    return new if right[best] >= 0.5 else 1 - new
