"""The reward model: a transformer with one number for a head, trained on pairs of replies.

The number stands for how much a person would like the reply, and only differences mean something.
It has the layout of Hugging Face's LlamaForSequenceClassification, in its files too. Leaves out
where preferences come from (annotator.py). Taught in notebook 04, section "A model of taste".

Shape letters: B sequences, T tokens, C width.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor

from course_utils import checks, runtime
from course_utils.finetuning_rlhf.chat_format import HasTurns, conversation_ids
from course_utils.finetuning_rlhf.hub_files import write_hub_files
from course_utils.model import save
from course_utils.model.save import ModelFileError
from course_utils.model.transformer import Transformer
from course_utils.pretraining import memory
from course_utils.pretraining.optimizer import schedule
from course_utils.tokenization.file_format import CONFIG_NAME
from course_utils.tokenization.interface import TextTokenizer
from course_utils.tokenization.special_tokens import END, PAD

ARCHITECTURE = "LlamaForSequenceClassification"
MAX_LOSS = 30.0  # nats per pair; guessing has 0.69, so the weights have left all bounds


class Pair(Protocol):
    """What is needed of a preference: annotator.Preference has these."""

    prompt: HasTurns
    chosen: str
    rejected: str


class RewardModel(nn.Module):
    """The body of a chat model, and a head that reads one number off every token.

    Args:
        model: its weights are copied; the head starts at zero.
    """

    def __init__(self, model: Transformer) -> None:
        super().__init__()
        self.config = model.config
        self.model = copy.deepcopy(model.model)  # the chat model stays as it is
        self.score = nn.Linear(model.config.width, 1, bias=False)
        nn.init.zeros_(self.score.weight)  # at first all replies are worth the same

    def forward(self, tokens: Tensor) -> Tensor:
        """(B, T) token ids to (B, T): what the reply up to each token seems worth."""
        return self.score(self.model(tokens, None)).squeeze(-1)  # (B, T, C) to (B, T)


@dataclass(frozen=True)
class RewardConfig:
    """The settings of a reward model's training. The defaults are the laptop scale."""

    epochs: int = 3
    batch: int = 32  # pairs a step
    lr: float = 1e-3  # of AdamW
    holdout_fraction: float = 0.1  # share of the pairs kept apart for scoring
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("epochs", "batch"):
            checks.whole(name, getattr(self, name), least=1)
        checks.number("lr", self.lr, above=0)
        checks.share("holdout_fraction", self.holdout_fraction)
        checks.whole("seed", self.seed)


@dataclass(frozen=True)
class RewardHistory:
    """How a reward model's training went."""

    losses: tuple[float, ...]  # one a step
    accuracy: float  # share of held-out pairs whose chosen reply has the higher score
    accuracy_training: float
    holdout: tuple[Pair, ...]
    curve: tuple[tuple[int, float], ...] = ()  # labels seen in the first epoch, accuracy by then


def pad(rows: Sequence[Sequence[int]], device: torch.device | None = None) -> Tensor:
    """Rows of ids as one table (B, T), shorter ones filled with the pad token at the end."""
    length = max(map(len, rows))
    table = np.full((len(rows), length), PAD, dtype=np.int64)
    # padding behind a row's end is never looked at: tokens only see what came before
    for row, ids in zip(table, rows, strict=True):
        row[: len(ids)] = ids
    return torch.from_numpy(table).to(device)


def last_scores(model: RewardModel, rows: Sequence[Sequence[int]]) -> Tensor:
    """The score of each whole row, read at its last token: (B,)."""
    scores = model(pad(rows, model.score.weight.device))  # (B, T)
    ends = torch.tensor([len(row) - 1 for row in rows], device=scores.device)  # (B,)
    return scores.gather(1, ends[:, None]).squeeze(1)  # (B,)


@torch.no_grad()
def score(
    model: RewardModel,
    tokenizer: TextTokenizer,
    prompts: Sequence[HasTurns],
    replies: Sequence[str],
    batch: int = 64,
    ended: Sequence[bool] | None = None,
) -> np.ndarray:
    """What the reward model gives each reply.

    Args:
        model: a trained one.
        tokenizer: the one of the chat model.
        prompts: N prompts with their `turns`.
        replies: N replies; an empty one is scored by its end token alone.
        batch: replies scored at a time.
        ended: whether each of the N replies ended by itself. One that was cut has no end token and
            is scored at its last word, as PPO does; None takes every reply for a whole one.

    Returns:
        (N,) scores.

    Raises:
        ValueError: there is not one reply, and one entry of `ended`, a prompt; or the tokenizer
            is of another vocabulary.
        FloatingPointError: a score is not a number.
    """
    model.config.check_vocabulary(tokenizer.vocab_size)
    ended = [True] * len(replies) if ended is None else ended
    triples = zip(prompts, replies, ended, strict=True)
    rows = [_row(model, tokenizer, *triple) for triple in triples]
    # rows of like length together, so that little is filled up
    order = sorted(range(len(rows)), key=lambda index: len(rows[index]))
    scores = np.zeros(len(rows))
    model.eval()
    for start in range(0, len(order), batch):
        indices = order[start : start + batch]
        scores[indices] = last_scores(model, [rows[index] for index in indices]).cpu().numpy()
    if not np.isfinite(scores).all():
        raise FloatingPointError(
            "The reward model's scores are not numbers: its weights have left all bounds.\n"
            "Train it anew with a lower lr."
        )
    return scores


def accuracy(model: RewardModel, tokenizer: TextTokenizer, pairs: Sequence[Pair]) -> float:
    """The share of pairs whose chosen reply has the higher score; an even score counts half."""
    prompts = [pair.prompt for pair in pairs]
    # scored as a difference: only that means something
    ahead = score(model, tokenizer, prompts, [pair.chosen for pair in pairs])
    ahead -= score(model, tokenizer, prompts, [pair.rejected for pair in pairs])
    return float(np.mean((ahead > 0) + 0.5 * (ahead == 0)))


def train_reward(
    model: RewardModel,
    tokenizer: TextTokenizer,
    pairs: Sequence[Pair],
    config: RewardConfig | None = None,
    watch_every: int = 0,
) -> RewardHistory:
    """Trains a reward model until chosen replies score higher than rejected ones.

    Args:
        model: trained in place.
        tokenizer: the one of the chat model.
        pairs: preferences, in any order.
        config: the settings.
        watch_every: steps of the first epoch, in which every label is new, between two looks at
            the pairs kept apart; 0 for none. Looking does not change what is learnt.

    Returns:
        The losses, and the accuracy on pairs kept apart.

    Raises:
        ValueError: there are too few pairs to keep some apart, or the tokenizer is of another
            vocabulary.
        FloatingPointError: the loss is not a number or beyond all bounds, or its gradient is not
            finite.
        OutOfMemory: a step needs more memory than there is.

    Source: Bradley and Terry 1952; Ouyang and others 2022, section 3.5.
    """
    model.config.check_vocabulary(tokenizer.vocab_size)
    config = config or RewardConfig()
    random = np.random.Generator(np.random.PCG64(config.seed))
    training, holdout = _parts(pairs, config, random)
    # both replies of a pair, as rows of ids
    rows = [
        tuple(_row(model, tokenizer, pair.prompt, reply) for reply in (pair.chosen, pair.rejected))
        for pair in training
    ]
    curve: list[tuple[int, float]] = []

    def look(step: int) -> str:
        seen = step * config.batch
        if watch_every and step % watch_every == 0 and seen <= len(rows):
            curve.append((seen, accuracy(model, tokenizer, holdout)))
            model.train()
        return f", {curve[-1][1]:.0%} right after {curve[-1][0]:,} labels" if curve else ""

    with memory.explained(batch=config.batch):
        losses = _train(model, rows, config, random, look)
    return RewardHistory(
        tuple(losses),
        accuracy(model, tokenizer, holdout),
        accuracy(model, tokenizer, training[:500]),  # some are enough for a comparison
        tuple(holdout),
        tuple(curve),
    )


def _parts(
    pairs: Sequence[Pair], config: RewardConfig, random: np.random.Generator
) -> tuple[list[Pair], list[Pair]]:
    """The pairs to train on, and those that are kept apart."""
    apart = round(len(pairs) * config.holdout_fraction)
    if apart < 1 or len(pairs) - apart < 1:
        raise ValueError(
            f"There are {len(pairs)} pairs, of which {config.holdout_fraction:.0%} are kept "
            "apart; label at least 20."
        )
    # drawn at random, so that both parts hold all kinds of prompts
    order = random.permutation(len(pairs))
    return [pairs[index] for index in order[apart:]], [pairs[index] for index in order[:apart]]


@runtime.fast_products()
def _train(
    model: RewardModel,
    rows: list,
    config: RewardConfig,
    random: np.random.Generator,
    look: Callable[[int], str] = lambda step: "",
) -> list[float]:
    """All epochs; the loss of each step. `look` takes the steps so far and has words for them."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=config.lr, weight_decay=0.0)
    steps, losses = config.epochs * math.ceil(len(rows) / config.batch), []
    model.train()
    with runtime.Progress("reward model", steps) as progress:
        for _ in range(config.epochs):
            for indices in batches_of_like_length(rows, config.batch, random):
                for group in optimizer.param_groups:
                    # a short warm-up, then down to nearly nothing by the last step
                    group["lr"] = config.lr * schedule(len(losses), steps, 10, 1.0)
                losses.append(_step(model, optimizer, [rows[index] for index in indices], config))
                progress.advance(1, f"loss {losses[-1]:.3f}{look(len(losses))}")
    return losses


def _step(
    model: RewardModel, optimizer: torch.optim.Optimizer, rows: list, config: RewardConfig
) -> float:
    """One step on rows of (chosen, rejected); its loss in nats per pair."""
    # how far the chosen reply is ahead of the rejected one, and how unlikely that makes the label
    ahead = last_scores(model, [chosen for chosen, _ in rows])
    ahead = ahead - last_scores(model, [rejected for _, rejected in rows])  # (B,)
    loss = -F.logsigmoid(ahead).mean()
    # a loss beyond all bounds is told at once, before it spoils the weights
    value = loss.item()
    advice = f"Lower lr: it is {config.lr:g}; {min(1e-3, config.lr / 3):.2g} is a safe choice."
    if not value < MAX_LOSS:
        raise FloatingPointError(
            f"The loss became {value:.3g}, where guessing alone has 0.69.\n{advice}"
        )
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    # one loud pair must not turn the weights over
    norm = float(torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0))
    # the loss may be a number where its gradient is none, and then the weights stay as they are
    if not math.isfinite(norm):
        raise FloatingPointError(
            f"The gradient became {norm:.3g} at a loss of {value:.3g}.\n{advice}"
        )
    optimizer.step()
    return value


def batches_of_like_length(
    rows: Sequence[tuple[Sequence[int], ...]], size: int, random: np.random.Generator
) -> list[list[int]]:
    """All pairs of rows once, those of like length together so that little is filled up, shuffled.

    Args:
        rows: N pairs of rows of ids.
        size: pairs in a batch; the last one may have fewer.
        random: shuffles.

    Returns:
        Numbers of pairs, a list per batch.
    """
    # up to 8 tokens of noise, so that the same rows do not meet in every epoch
    noise = random.random(len(rows)) * 8
    lengths = [max(map(len, pair)) + extra for pair, extra in zip(rows, noise, strict=True)]
    order = sorted(range(len(rows)), key=lengths.__getitem__)
    batches = [order[start : start + size] for start in range(0, len(order), size)]
    # short batches must not all come first
    return [batches[index] for index in random.permutation(len(batches))]


def _row(
    model: RewardModel, tokenizer: TextTokenizer, prompt: HasTurns, reply: str, ended: bool = True
) -> list[int]:
    """The ids of a prompt with a reply, the newest part where they are too long."""
    ids = [*conversation_ids(tokenizer, prompt.turns), *tokenizer.encode(reply)]
    return [*ids, *[END] * ended][-model.config.context_tokens :]


def save_reward(
    model: RewardModel, folder: Path | str, tokenizer_folder: Path | str | None = None
) -> None:
    """Writes config.json and model.safetensors (model.*, score.weight), and the tokenizer.

    The tokenizer's files get the chat template, and a model card is added: a reward model reads
    conversations and nothing else, so other programs have to make them in the form that it was
    trained on.

    Args:
        model: its weights are written as float32, wherever they are now.
        folder: made if it is not there; files of the same names are replaced.
        tokenizer_folder: holds tokenizer.json and tokenizer_config.json.

    Raises:
        ModelFileError: the tokenizer's folder has no tokenizer.json.
    """
    settings = {
        "architectures": [ARCHITECTURE],
        "num_labels": 1,
        "id2label": {"0": "reward"},
        "label2id": {"reward": 0},
        "problem_type": "regression",
        "pad_token_id": PAD,
    }
    save.save(model, folder, tokenizer_folder, settings)
    if tokenizer_folder is not None and (Path(folder) / CONFIG_NAME).is_file():
        write_hub_files(folder)


def load_reward(folder: Path | str) -> RewardModel:
    """Reads a reward model that `save_reward` or transformers wrote.

    Args:
        folder: holds config.json and model.safetensors.

    Returns:
        The model on the processor, in float32, ready to score (`eval` mode).

    Raises:
        ModelFileError: a file is missing, cut short or edited, or this is no reward model.
    """
    path = Path(folder) / save.CONFIG
    # the file says itself what it is: a chat model would load without its head
    architectures = save.read_settings(path).get("architectures")
    if architectures != [ARCHITECTURE]:
        raise ModelFileError(
            f"{path} is of {architectures}, but a reward model's is of {[ARCHITECTURE]}.\n"
            "Give the folder of the reward model; a chat model is read by model.save.load."
        )
    return save.fill(RewardModel(Transformer(save.read_config(path))), folder)
