"""The tree of texts: what is drawn in it is what the decode loop writes, and nothing is lost."""

from __future__ import annotations

import pytest
import torch

from course_utils.inference.labs.sampling.tree import MOST_NODES, TextTree
from course_utils.model.attention import attention_maps
from course_utils.model.generate import generate
from course_utils.model.sampling import SamplingConfig
from course_utils.model.transformer import Transformer

DRAWN = SamplingConfig(1.0, stop_ids=(0,))


@pytest.fixture
def tree(model: Transformer) -> TextTree:
    return TextTree(model, [4, 70, 80], stop_ids=(0,))


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(
    "config", [SamplingConfig(1.0), SamplingConfig(0.8, top_p=0.9, repetition_penalty=1.3)]
)
def test_a_text_drawn_in_pieces_is_what_the_loop_writes(tree, model, config, seed) -> None:
    config = SamplingConfig(
        config.temperature, None, config.top_p, None, config.repetition_penalty, seed
    )
    for count in (1, 4, 100):
        tree.draw(config, count)
    (row,) = generate(model, [[4, 70, 80]], config)
    written = [token for token in tree.ids()[3:] if token != 0]
    assert written[:100] == row.ids[:100] and len(written) > 5


def test_the_same_seed_draws_the_same_again_and_another_one_branches(tree: TextTree) -> None:
    tree.draw(DRAWN, 8)
    end, count = tree.here, len(tree.nodes)
    tree.go(tree.path()[3])
    tree.draw(DRAWN, 5)
    assert (tree.here, len(tree.nodes)) == (end, count)
    tree.go(tree.path()[3])
    tree.draw(SamplingConfig(1.0, seed=5), 5)
    assert tree.here != end and len(tree.nodes) > count
    assert tree.ids(end)[:6] == tree.ids()[:6] != tree.ids(end)


def test_a_reading_is_what_the_model_makes_of_the_text(tree: TextTree, model) -> None:
    tree.draw(DRAWN, 3)
    ids = tree.ids()
    with torch.no_grad():
        logits = model(torch.tensor([ids]))[0, -1]
    assert torch.allclose(tree.reading().logits, logits, atol=1e-5)
    maps = attention_maps(model, ids)[:, :, -1].mean(1)
    assert torch.allclose(tree.reading().attention, maps, atol=1e-6)
    assert tree.reading() is tree.reading()


def test_a_forced_token_has_the_models_own_probability_and_is_kept_once(tree: TextTree) -> None:
    share = float(torch.softmax(tree.reading().logits, -1)[90])
    first = tree.grow(90, forced=True)
    assert tree.nodes[first].share == pytest.approx(share) and tree.nodes[first].forced
    tree.back()
    assert tree.here == 0 and tree.grow(90, forced=False) == first and len(tree.nodes) == 2
    assert tree.children(0) == {90: first} and tree.children() == {}


def test_a_text_goes_no_further_than_its_end_the_context_or_the_tree(tree: TextTree) -> None:
    tree.grow(0, forced=True)
    assert "ended" in tree.end()
    with pytest.raises(ValueError, match="ended this text"):
        tree.grow(7, forced=True)
    tree.back()
    for _ in range(45):
        tree.grow(7, forced=True)
    assert len(tree.ids()) == 48 and "48 tokens" in tree.end()
    tree.draw(DRAWN, 9)
    assert len(tree.ids()) == 48
    for token in range(8, 8 + MOST_NODES - len(tree.nodes)):
        tree.go(0)
        tree.grow(token, forced=True)
    assert len(tree.nodes) == MOST_NODES and "full" in tree.end()
    tree.go(0)
    assert tree.grow(7, forced=True) == 2  # what is there can still be gone to


def test_going_back_from_the_prompt_stays_there(tree: TextTree) -> None:
    tree.back()
    assert tree.here == 0 and tree.path() == [0] and tree.ids() == [4, 70, 80]


@pytest.mark.parametrize("prompt", [[], [5] * 48])
def test_a_prompt_without_tokens_or_room_is_refused(model: Transformer, prompt) -> None:
    with pytest.raises(ValueError, match=f"{len(prompt)} tokens; use 1 to 47"):
        TextTree(model, prompt)


@pytest.mark.parametrize("node", [-1, 1])
def test_a_node_that_is_not_there_is_refused(tree: TextTree, node: int) -> None:
    with pytest.raises(ValueError, match=f"no node {node}; there are 0 to 0"):
        tree.go(node)


@pytest.mark.parametrize("token", [-1, 261])
def test_a_token_that_is_not_there_is_refused(tree: TextTree, token: int) -> None:
    with pytest.raises(ValueError, match=f"no token {token}; there are 0 to 260"):
        tree.grow(token, forced=True)
