"""Rollouts and PPO steps beside the same loop that samples through transformers' generate.

    python -m benchmarks.finetuning [--repeats 3] [--steps 2]

Both sample the same prompts from the same weights at temperature 1, up to 128 new tokens, one
thread, in turns, so that a busy machine slows both alike. The texts differ, as the two draw other
random numbers, so rollouts are compared by tokens per second and steps by seconds. It prints both,
and how many times as fast ours is. Of the reader's own models, or the starters.
"""

from __future__ import annotations

import argparse
import copy
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from unittest import mock

import torch
from transformers import LlamaForCausalLM

from course_utils import runtime, workspace
from course_utils.finetuning_rlhf import chat_data, compare, ppo, reward, rollouts
from course_utils.finetuning_rlhf.chat_format import HasTurns, conversation_ids
from course_utils.finetuning_rlhf.rollouts import Rollouts
from course_utils.model import save
from course_utils.model.transformer import Transformer
from course_utils.tokenization.fast import FastTokenizer
from course_utils.tokenization.interface import TextTokenizer
from course_utils.tokenization.special_tokens import END, PAD

OURS, PEER = "ours", "transformers"
Sample = Callable[..., Rollouts]


def peer_sample(peer: LlamaForCausalLM) -> Sample:
    """A function like `rollouts.sample` that samples through transformers.

    Args:
        peer: shares the weights of the model that is passed to the function.
    """

    @torch.no_grad()
    def sample(
        model: Transformer,
        tokenizer: TextTokenizer,
        prompts: Sequence[HasTurns],
        max_new_tokens: int = 128,
        temperature: float = 1.0,
        seed: int = 0,
    ) -> Rollouts:
        asked = [conversation_ids(tokenizer, prompt.turns) for prompt in prompts]
        longest = max(map(len, asked))
        # prompts end at the same place, so the padding comes before them
        ids = torch.tensor([[PAD] * (longest - len(row)) + row for row in asked])
        attention_mask = (torch.arange(longest) >= longest - lengths(asked)[:, None]).long()
        torch.manual_seed(seed)
        peer.eval()
        room = model.config.context_tokens - longest
        said = peer.generate(
            ids,
            attention_mask=attention_mask,
            do_sample=True,
            temperature=temperature,
            top_k=0,
            top_p=1.0,
            max_new_tokens=min(max_new_tokens, room),
            eos_token_id=END,
            pad_token_id=PAD,
        )[:, longest:].tolist()
        return as_rollouts(tokenizer, asked, said)

    return sample


def lengths(rows: Sequence[Sequence[int]]) -> torch.Tensor:
    """(B,) how many tokens each row has."""
    return torch.tensor([len(row) for row in rows])


def as_rollouts(
    tokenizer: TextTokenizer, asked: Sequence[list[int]], said: Sequence[list[int]]
) -> Rollouts:
    """What PPO needs to know of prompts and the tokens that were sampled after them."""
    ended = [END in row for row in said]
    said = [
        row[: row.index(END) + 1] if end else row for row, end in zip(said, ended, strict=True)
    ]
    rows = [ids + reply for ids, reply in zip(asked, said, strict=True)]
    tokens = reward.pad(rows)  # (B, T)
    position = torch.arange(1, tokens.size(1))
    mask = (position >= lengths(asked)[:, None]) & (position < lengths(rows)[:, None])
    texts = tuple(
        tokenizer.decode(row[:-1] if end else row) for row, end in zip(said, ended, strict=True)
    )
    return Rollouts(tokens, mask, lengths(rows), texts, tuple(ended))


def shared_peer(model: Transformer) -> LlamaForCausalLM:
    """The same model in transformers, on the very same weights: what is learnt is seen by both."""
    peer = LlamaForCausalLM.from_pretrained(workspace.load("chat_model").path)
    theirs = dict(peer.named_parameters())
    for name, weight in model.named_parameters():
        theirs[name].data = weight.data
    return peer


@contextmanager
def sampling_through(sample: Sample) -> Iterator[None]:
    """Lets PPO sample so inside."""
    with mock.patch.object(ppo, "sample", sample):
        yield


class Race:
    """Both sides on copies of the same models, prompt by prompt.

    Args:
        prompts: that are answered in a step.
        max_new_tokens: of a reply.
        steps: of PPO in a turn.
    """

    def __init__(self, prompts: int = 48, max_new_tokens: int = 128, steps: int = 2) -> None:
        folder = workspace.load("chat_model").path
        self.tokenizer, self.steps = FastTokenizer.load(folder), steps
        start, scorer = save.load(folder), reward.load_reward(workspace.load("reward_model").path)
        drawn = chat_data.training_prompts(
            4 * prompts, 0, part="ppo", mixture=chat_data.PPO_MIXTURE
        )
        self.prompts = compare.short_enough(drawn, self.tokenizer, start.config.context_tokens)
        self.config = ppo.PPOConfig(steps=steps, prompts=prompts, max_new_tokens=max_new_tokens)
        self.samples: dict[str, Sample] = {}
        self.trainers: dict[str, ppo.PPOTrainer] = {}
        for name in (OURS, PEER):
            policy = copy.deepcopy(start)
            self.samples[name] = (
                rollouts.sample if name == OURS else peer_sample(shared_peer(policy))
            )
            self.trainers[name] = ppo.PPOTrainer(
                policy, scorer, self.tokenizer, self.prompts, self.config
            )

    def rollouts(self, name: str, turn: int) -> tuple[float, int]:
        """(seconds, new tokens) of one step's replies."""
        prompts, started = self.prompts[: self.config.prompts], time.perf_counter()
        model, most = self.trainers[name].model, self.config.max_new_tokens
        made = self.samples[name](model, self.tokenizer, prompts, most, seed=turn)
        return time.perf_counter() - started, int(made.response_mask.sum())

    def practice(self, name: str) -> float:
        """Seconds of a PPO step, the mean of a turn's."""
        started = time.perf_counter()
        with sampling_through(self.samples[name]):
            for _ in range(self.steps):
                self.trainers[name].step()
        return (time.perf_counter() - started) / self.steps


def measure(race: Race, repeats: int) -> dict[str, float]:
    """Prints both comparisons; how many times as fast ours is, the median over the turns.

    Returns:
        "rollouts" and "steps".
    """
    speeds: dict[str, list[float]] = {OURS: [], PEER: []}
    seconds: dict[str, list[float]] = {OURS: [], PEER: []}
    for turn in range(repeats + 1):  # the first only warms up
        for name in (OURS, PEER):
            taken, tokens = race.rollouts(name, turn)
            speeds[name].append(tokens / taken)
    for _ in range(repeats + 1):
        for name in (OURS, PEER):
            seconds[name].append(race.practice(name))
    speeds, seconds = ({name: row[1:] for name, row in each.items()} for each in (speeds, seconds))
    for name in (OURS, PEER):
        print(
            f"{name:<13} {statistics.median(speeds[name]):7,.0f} rollout tokens a second, "
            f"{statistics.median(seconds[name]):6.2f} s a PPO step"
        )
    pairs = zip(speeds[OURS], speeds[PEER], strict=True)
    faster = {"rollouts": statistics.median(ours / peer for ours, peer in pairs)}
    pairs = zip(seconds[OURS], seconds[PEER], strict=True)
    faster["steps"] = statistics.median(peer / ours for ours, peer in pairs)
    print(f"ours: {faster['rollouts']:.2f} x the tokens, {faster['steps']:.2f} x the steps")
    return faster


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3, help="turns that count")
    parser.add_argument("--steps", type=int, default=2, help="PPO steps in a turn")
    parser.add_argument("--prompts", type=int, default=48, help="replies a step")
    asked = parser.parse_args()
    with runtime.torch_threads(1):
        measure(Race(asked.prompts, steps=asked.steps), asked.repeats)


if __name__ == "__main__":
    main()
