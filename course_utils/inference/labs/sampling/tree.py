"""A tree of texts that begin alike: each node is a token that was drawn or forced.

From every node one can go on in another way, so nothing that was written is lost. It holds what
the model made of each text once it has been asked. Left out: what is shown of it (lab.py).
Notebook 05, section "Choosing the next token".

Shape letters: L layers, T tokens, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from course_utils.model.attention import trace
from course_utils.model.generate import one_thread
from course_utils.model.sampling import SamplingConfig, Stage, choose, row_generator, stages
from course_utils.model.transformer import Transformer

MOST_NODES = 250  # so that a frame and the memory stay small
ROOT = 0


@dataclass(frozen=True)
class Node:
    """One token of the tree; the root stands for the whole prompt.

    Attributes:
        parent: number of the node before it; -1 for the root.
        token: its id; -1 for the root.
        forced: whether the reader chose it; else it was drawn.
        share: the model's own probability of it, at temperature 1 and with nothing cut.
        depth: how many tokens after the prompt it is; 0 for the root.
    """

    parent: int
    token: int
    forced: bool
    share: float
    depth: int


@dataclass(frozen=True)
class Reading:
    """What the model makes of the text up to a node.

    Attributes:
        logits: (V,) scores of the next token.
        attention: (L, T) how much the text's last token looks at each, the mean of a layer's
            heads; rows sum to 1.
    """

    logits: Tensor
    attention: Tensor


class TextTree:
    """The texts after one prompt, and where the reader stands.

    Args:
        model: only read.
        prompt: token ids, at least one.
        stop_ids: tokens after which a text goes no further.

    Attributes:
        nodes: all nodes; the root is the first.
        here: number of the node at which the reader stands.

    Raises:
        ValueError: there are no tokens, or no room for a further one.
    """

    def __init__(
        self, model: Transformer, prompt: Sequence[int], stop_ids: Sequence[int] = ()
    ) -> None:
        self.model, self.prompt, self.stop_ids = model, list(prompt), tuple(stop_ids)
        self.context_tokens = model.config.context_tokens
        if not 0 < len(self.prompt) < self.context_tokens:
            raise ValueError(
                f"The prompt has {len(self.prompt)} tokens; use 1 to {self.context_tokens - 1}, "
                "so that the model has room for a further one."
            )
        self.nodes = [Node(-1, -1, False, 1.0, 0)]
        self.here = ROOT
        self._readings: dict[int, Reading] = {}

    def path(self, node: int | None = None) -> list[int]:
        """Numbers of the nodes from the root to one; None for where the reader stands."""
        at = self.here if node is None else node
        numbers = [at]
        while (at := self.nodes[at].parent) >= 0:
            numbers.append(at)
        return numbers[::-1]

    def ids(self, node: int | None = None) -> list[int]:
        """The prompt's token ids and those of the text up to a node."""
        return self.prompt + [self.nodes[at].token for at in self.path(node)[1:]]

    def children(self, node: int | None = None) -> dict[int, int]:
        """Token -> number of the node, of all that follow a node."""
        at = self.here if node is None else node
        return {node.token: number for number, node in enumerate(self.nodes) if node.parent == at}

    def reading(self, node: int | None = None) -> Reading:
        """What the model makes of the text up to a node; computed once."""
        at = self.here if node is None else node
        if at not in self._readings:
            ids = self.ids(at)
            with one_thread(), torch.no_grad():
                tokens = torch.tensor([ids], device=self.model.lm_head.weight.device)  # (1, T)
                logits = self.model.next_logits(tokens)[0].float().cpu()
                attention = trace(self.model, ids).weights()[:, :, -1].mean(1)
            self._readings[at] = Reading(logits, attention)
        return self._readings[at]

    def candidates(self, count: int) -> list[int]:
        """The ids of the tokens with the highest scores, in an order that no setting changes."""
        logits = self.reading().logits
        return logits.topk(min(count, len(logits))).indices.tolist()

    def stages(self, config: SamplingConfig) -> list[Stage]:
        """The next token's scores after each step of the sampler, (1, V)."""
        return stages(self.reading().logits[None], config, [self.ids()])

    def end(self, node: int | None = None) -> str:
        """Why no token can follow a node, in a sentence; "" if one can."""
        at = self.here if node is None else node
        if self.nodes[at].token in self.stop_ids:
            return "The model has ended this text. Go back, or to any other token."
        if len(self.ids(at)) >= self.context_tokens:
            return f"This text fills the model's context of {self.context_tokens} tokens."
        if len(self.nodes) >= MOST_NODES:
            return (
                f"The tree has {MOST_NODES} tokens and is full. A new question begins a new one."
            )
        return ""

    def go(self, node: int) -> None:
        """Stand at another node.

        Raises:
            ValueError: there is no such node.
        """
        if not 0 <= node < len(self.nodes):
            raise ValueError(f"There is no node {node}; there are 0 to {len(self.nodes) - 1}.")
        self.here = node

    def back(self) -> None:
        """Stand one token earlier; at the root nothing happens."""
        self.here = max(ROOT, self.nodes[self.here].parent)

    def grow(self, token: int, forced: bool) -> int:
        """Go on with a token: to the node that has it, or to a new one.

        Returns:
            The node's number.

        Raises:
            ValueError: no token can follow (see `end`), or there is no such token.
        """
        known = self.children()
        if token in known:
            self.here = known[token]
            return self.here
        if why := self.end():
            raise ValueError(why)
        logits = self.reading().logits
        if not 0 <= token < len(logits):
            raise ValueError(f"There is no token {token}; there are 0 to {len(logits) - 1}.")
        share = float(torch.softmax(logits, -1)[token])
        depth = self.nodes[self.here].depth + 1
        self.nodes.append(Node(self.here, token, forced, share, depth))
        self.here = len(self.nodes) - 1
        return self.here

    def draw(self, config: SamplingConfig, count: int = 1) -> None:
        """Draw tokens, each with the random number that its place in the text has.

        The same seed draws the same token at the same node; a whole text that is drawn here with
        one seed is what `generate` writes with it.

        Args:
            config: how to draw.
            count: how many, or fewer where the text ends (see `end`).
        """
        for _ in range(count):
            if self.end():
                return
            generator = row_generator(config.seed, 0)
            # One number a token: those of the tokens before are skipped.
            depth = self.nodes[self.here].depth
            torch.rand(depth, generator=generator, dtype=torch.float64)
            logits = self.reading().logits[None]
            self.grow(int(choose(logits, config, [generator], [self.ids()])), forced=False)
