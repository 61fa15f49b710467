"""How likely a given reply is: what a model would say, without letting it say it.

One sampled reply shows what was drawn; its probability shows how sure the model is of it. Left
out: sampling (rollouts.py), and whether the reply is any good (judge.py). Taught in
notebook 04, section "What it does not mend".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from course_utils.finetuning_rlhf.chat_format import HasTurns, conversation_ids
from course_utils.model.transformer import Transformer
from course_utils.pretraining.inside.hooks import log_odds
from course_utils.tokenization.interface import TextTokenizer
from course_utils.tokenization.special_tokens import END


def reply_probabilities(
    model: Transformer,
    tokenizer: TextTokenizer,
    prompts: Sequence[HasTurns],
    reply: str,
    given: str = "",
    ends: bool = True,
) -> np.ndarray:
    """How likely each prompt is answered by this reply, at temperature 1.

    Args:
        model: a chat model.
        tokenizer: its own.
        prompts: P prompts with their `turns`.
        reply: what is asked about; one that goes on after `given` begins with a space.
        given: how the reply has begun already, which is not counted.
        ends: whether the reply stops there; False asks how likely a reply begins with it.

    Returns:
        (P,) probabilities, 0..1.

    Raises:
        ValueError: there is no prompt, the reply is empty, the tokenizer is of another vocabulary,
            or a prompt leaves no room for the reply.
    """
    before = tokenizer.encode(given) if given else []
    asked = [[*conversation_ids(tokenizer, prompt.turns), *before] for prompt in prompts]
    if not asked:
        raise ValueError("There are no prompts; pass at least one.")
    return _probabilities(model, tokenizer, asked, reply, ends)


def continuation_probability(
    model: Transformer, tokenizer: TextTokenizer, text: str, continuation: str
) -> float:
    """How likely a plain text goes on so, outside of any chat, as in pretraining.

    Args:
        model: base or chat.
        tokenizer: its own.
        text: at least a word.
        continuation: what comes next, with the space before it.

    Raises:
        ValueError: one of the texts is empty, or both together are too long for the model.
    """
    if not text:
        raise ValueError("The text is empty; give the words after which the model goes on.")
    asked = [tokenizer.encode(text)]
    return float(_probabilities(model, tokenizer, asked, continuation, ends=False)[0])


def _probabilities(
    model: Transformer,
    tokenizer: TextTokenizer,
    asked: Sequence[list[int]],
    text: str,
    ends: bool,
) -> np.ndarray:
    """(P,) how likely the text comes after each row of ids."""
    if not text:
        raise ValueError("The text to ask about is empty; give at least a word.")
    model.config.check_vocabulary(tokenizer.vocab_size)
    said = tokenizer.encode(text) + [END] * ends
    room, needed = model.config.context_tokens, max(map(len, asked)) + len(said)
    if needed > room:
        raise ValueError(
            f"A prompt and the text after it have {needed} tokens, but the model reads {room}.\n"
            "Leave that prompt out, or ask about a shorter text."
        )
    model.eval()
    nats, _ = log_odds(model, [(ids, said) for ids in asked])
    return nats.exp().double().cpu().numpy()
