"""Rollouts: replies that a model samples, with what PPO needs to know of every token.

Leaves out what is done with them (ppo.py). Taught in notebook 04, section "Practise, with
a leash".

Shape letters: B replies, T tokens, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from course_utils import checks
from course_utils.finetuning_rlhf.chat_format import HasTurns, conversation_ids
from course_utils.finetuning_rlhf.reward import pad
from course_utils.model.generate import STOP, generate
from course_utils.model.sampling import SamplingConfig
from course_utils.model.transformer import Transformer
from course_utils.tokenization.interface import TextTokenizer
from course_utils.tokenization.special_tokens import END


@dataclass(frozen=True)
class Rollouts:
    """Sampled replies, padded at the end, sorted by nothing.

    Attributes:
        tokens: (B, T) prompt, reply and end token.
        response_mask: (B, T - 1) True where the next token was chosen by the model.
        lengths: (B,) tokens of each row.
        replies: the texts.
        ended: whether each reply ended by itself.
    """

    tokens: Tensor
    response_mask: Tensor
    lengths: Tensor
    replies: tuple[str, ...]
    ended: tuple[bool, ...]

    def groups(self, rows: Sequence[int], tokens: int = 2048) -> Iterator[tuple[Tensor, int]]:
        """Row numbers in groups of like length, each with the length that they need.

        Args:
            rows: which rows.
            tokens: about how many tokens a group may have.
        """
        lengths = self.lengths.tolist()
        waiting: list[int] = []
        # rows grow from short to long, so the newest row says how wide the group would be
        for row in sorted(rows, key=lengths.__getitem__):
            if waiting and lengths[row] * (len(waiting) + 1) > tokens:
                yield torch.tensor(waiting), lengths[waiting[-1]]
                waiting = []
            waiting.append(row)
        if waiting:
            yield torch.tensor(waiting), lengths[waiting[-1]]

    def measure(self, function: Callable[[Tensor], Tensor]) -> Tensor:
        """What a function finds for every token, group by group so that little is filled up.

        Args:
            function: takes token ids (b, t) and gives numbers (b, t - 1), or several of them for
                each token, (b, t - 1, n).

        Returns:
            (B, T - 1) or (B, T - 1, n); behind a row's end it means nothing.
        """
        numbers = torch.zeros(0)
        for rows, longest in self.groups(range(len(self.replies))):
            # (b, t - 1, ...), the padding left out
            measured = function(self.tokens[rows, :longest])
            if not numbers.numel():
                numbers = measured.new_zeros(self.response_mask.shape + measured.shape[2:])
            numbers[rows, : longest - 1] = measured
        return numbers


def sample(
    model: Transformer,
    tokenizer: TextTokenizer,
    prompts: Sequence[HasTurns],
    max_new_tokens: int = 128,
    temperature: float = 1.0,
    seed: int = 0,
) -> Rollouts:
    """Lets the model answer every prompt once, all side by side, with cached keys and values.

    Args:
        model: the one that acts.
        tokenizer: its own.
        prompts: B prompts with their `turns`.
        max_new_tokens: where a reply is cut.
        temperature: of the sampling; 0 is greedy.
        seed: of the sampling.

    Raises:
        ValueError: there is no prompt, or one is empty or leaves no room for a reply; or the
            tokenizer is of another vocabulary.
    """
    # each row has a limit of its own, by the room that its prompt leaves
    asked, limits = _questions(model, tokenizer, prompts, max_new_tokens)
    model.eval()
    config = SamplingConfig(temperature=temperature, seed=seed)
    said = generate(model, asked, config, limits=limits)
    # a reply that ended by itself has the end token as its last choice
    ended = [reply.finish == STOP for reply in said]
    rows = [
        ids + reply.ids + [END] * end for ids, reply, end in zip(asked, said, ended, strict=True)
    ]
    device = model.lm_head.weight.device
    tokens = pad(rows, device)  # (B, T)
    lengths = torch.tensor([len(row) for row in rows], device=device)  # (B,)
    starts = torch.tensor([len(ids) for ids in asked], device=device)  # (B,)
    # position t of the mask is about token t + 1, which is the one chosen there
    next_position = torch.arange(1, tokens.size(1), device=device)
    # (B, T - 1)
    response_mask = (next_position >= starts[:, None]) & (next_position < lengths[:, None])
    texts = tuple(tokenizer.decode(reply.ids) for reply in said)
    return Rollouts(tokens, response_mask, lengths, texts, tuple(ended))


def _questions(
    model: Transformer, tokenizer: TextTokenizer, prompts: Sequence[HasTurns], max_new_tokens: int
) -> tuple[list[list[int]], list[int]]:
    """The ids of every prompt, and how many tokens its reply may have."""
    if not prompts:
        raise ValueError("There are no prompts to answer; pass at least one.")
    model.config.check_vocabulary(tokenizer.vocab_size)
    asked = [conversation_ids(tokenizer, prompt.turns) for prompt in prompts]
    # refused before anything is sampled: the longest prompt decides
    room = model.config.context_tokens
    if (longest := max(map(len, asked))) >= room:
        raise ValueError(
            f"A prompt has {longest} tokens, but the model reads {room} at most, the reply among "
            "them.\nShorten it, or leave it out."
        )
    return asked, [min(max_new_tokens, room - len(ids)) for ids in asked]


def replies(
    model: Transformer,
    tokenizer: TextTokenizer,
    prompts: Sequence[HasTurns],
    temperature: float = 0.0,
    seed: int = 0,
    max_new_tokens: int = 128,
) -> list[str]:
    """The texts alone; see `sample`."""
    return replies_and_ends(model, tokenizer, prompts, temperature, seed, max_new_tokens)[0]


def replies_and_ends(
    model: Transformer,
    tokenizer: TextTokenizer,
    prompts: Sequence[HasTurns],
    temperature: float = 0.0,
    seed: int = 0,
    max_new_tokens: int = 128,
) -> tuple[list[str], list[bool]]:
    """The texts, and whether each ended by itself, as reward.score wants to know; see `sample`."""
    texts: list[str] = []
    ended: list[bool] = []
    # some at a time, each part with a seed of its own
    for start in range(0, len(prompts), 256):
        some = prompts[start : start + 256]
        made = sample(model, tokenizer, some, max_new_tokens, temperature, seed + start)
        texts += made.replies
        ended += made.ended
    return texts, ended


def log_probabilities(model: Transformer, tokens: Tensor, temperature: float = 1.0) -> Tensor:
    """How likely the model finds each next token: (B, T) ids to (B, T - 1), in nats.

    Args:
        model: any.
        tokens: (B, T) ids.
        temperature: of the sampling that is asked about, above 0: greedy has no likelihoods.

    Raises:
        ValueError: the temperature is no number above 0.
    """
    hint = "1 asks what the model itself finds."
    checks.number("temperature", temperature, above=0, hint=hint)
    logits = model(tokens[:, :-1]).float() / temperature  # (B, T - 1, V)
    return torch.log_softmax(logits, -1).gather(2, tokens[:, 1:, None]).squeeze(2)  # (B, T - 1)


def compared(model: Transformer, start: Transformer, tokens: Tensor) -> Tensor:
    """What two models say of each next token, how far apart they are there, and how undecided.

    The distance is the KL divergence of all that could have been chosen, summed over the whole
    vocabulary: never below 0, as the difference of the chosen tokens alone may be. The entropy is
    that of all that could have been chosen too: 0 where only one token comes into question, the
    logarithm of the vocabulary where all are alike.

    Args:
        model: the one that acts.
        start: the one that it is compared with.
        tokens: (B, T) ids.

    Returns:
        (B, T - 1, 4), in nats: log-probability under `model`, under `start`, the distance, and the
        entropy of `model`.
    """
    # (B, T - 1, V) each
    now, then = (torch.log_softmax(net(tokens[:, :-1]).float(), -1) for net in (model, start))
    chosen = tokens[:, 1:, None]  # (B, T - 1, 1)
    likely = now.exp()
    distance = (likely * (now - then)).sum(-1, keepdim=True).clamp(min=0)
    entropy = -(likely * now).sum(-1, keepdim=True)
    return torch.cat((now.gather(2, chosen), then.gather(2, chosen), distance, entropy), -1)
