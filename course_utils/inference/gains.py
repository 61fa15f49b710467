"""One unit for all stages: of the same questions and wishes, what share a model answers rightly.

Four kinds count a quarter each, however many were asked: questions about countries that no
conversation of the finetuning mentions, whole wishes for a story, questions about countries that
do not exist, and small talk, all in wordings of the holdout. What is right says the judge of
notebook 04. A model without a chat form can be shown a few exchanges as plain text instead.
Leaves out training, and the study of left-out stages (experiments/gains_study.py). Taught in
notebook 05, section "What each stage gained".
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from course_utils import checks
from course_utils.finetuning_rlhf import chat_data, judge
from course_utils.finetuning_rlhf.chat_data import Mixture
from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.finetuning_rlhf.chat_writers import ChatExample
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.inference.engine import Engine
from course_utils.model.sampling import SamplingConfig
from course_utils.tokenization.interface import TextTokenizer

KINDS = ("facts", "stories", "unknown", "talk")  # as the chat data names them
SHOWN = ("capital", "unknown", "language", "talk", "story")  # in a transcript, in this order
USER, ASSISTANT = "User:", "Assistant:"


@dataclass(frozen=True)
class Score:
    """How many replies of each kind are right.

    Attributes:
        right: kind -> how many.
        asked: of each kind.
    """

    right: Mapping[str, int]
    asked: int

    def share(self, kind: str = "all") -> float:
        """The share of a kind, 0 to 1; of "all" the mean of the kinds, each counting alike."""
        kinds = [kind] if kind != "all" else list(self.right)
        return sum(self.right[name] for name in kinds) / (self.asked * len(kinds))

    def standard_error(self, kind: str = "all") -> float:
        """How far that share may be off because only so many were asked."""
        kinds = [kind] if kind != "all" else list(self.right)
        shares = [self.right[name] / self.asked for name in kinds]
        variance = sum(share * (1 - share) / self.asked for share in shares)
        return math.sqrt(variance) / len(kinds)

    def worst(self) -> str:
        """The kind that it answers worst; of several the first."""
        return min(self.right, key=self.share)

    def figures(self) -> dict[str, dict[str, float]]:
        """Accuracy and its standard error, by kind and of "all", as the report card has them."""
        return {
            kind: {"accuracy": self.share(kind), "standard_error": self.standard_error(kind)}
            for kind in (*self.right, "all")
        }


def questions(count: int, seed: int) -> dict[str, list[Prompt]]:
    """So many prompts of each kind, none of which any training has.

    Args:
        count: of each kind.
        seed: of the split of the countries, as for the chat data, and of the draw.
    """
    checks.whole("count", count, least=1)
    shares = dict.fromkeys(vars(Mixture()), 0.0)
    return {
        kind: chat_data.holdout_prompts(count, seed, "gains", Mixture(**{**shares, kind: 1.0}))
        for kind in KINDS
    }


def score(
    engine: Engine,
    asked: Mapping[str, Sequence[Prompt]],
    shown: Sequence[ChatExample] = (),
    temperature: float = 0.0,
    seed: int = 0,
) -> Score:
    """Asks a model everything, and counts what the judge finds right.

    Args:
        engine: the model with its tokenizer.
        asked: of `questions`: kind -> equally many prompts.
        shown: exchanges that are put before each question as plain text, for a model that does not
            know the form of a chat; none asks in the form of the chat.
        temperature: of the replies; 0 is greedy.
        seed: of their sampling.

    Raises:
        ValueError: nothing is asked, or the kinds differ in number.
    """
    _check_counts(asked)
    said = {
        kind: replies(engine, prompts, shown, temperature, seed) for kind, prompts in asked.items()
    }
    return counted(asked, said)


def counted(asked: Mapping[str, Sequence[Prompt]], said: Mapping[str, Sequence[str]]) -> Score:
    """How many of some replies the judge finds right.

    Args:
        asked: kind -> equally many prompts.
        said: kind -> a reply to each.

    Raises:
        ValueError: nothing was asked, or the kinds or their replies differ in number.
    """
    count = _check_counts(asked)
    right = {
        kind: sum(judge.judge(*pair).right for pair in zip(prompts, said[kind], strict=True))
        for kind, prompts in asked.items()
    }
    return Score(right, count)


def _check_counts(asked: Mapping[str, Sequence[Prompt]]) -> int:
    """How many prompts each kind has."""
    counts = {kind: len(prompts) for kind, prompts in asked.items()}
    if len(set(counts.values())) != 1 or 0 in counts.values():
        raise ValueError(f"There are {counts} prompts; give as many of each kind, at least one.")
    return next(iter(counts.values()))


def replies(
    engine: Engine,
    prompts: Sequence[Prompt],
    shown: Sequence[ChatExample] = (),
    temperature: float = 0.0,
    seed: int = 0,
) -> list[str]:
    """The reply to each prompt; a reply may take half of the context.

    Args:
        engine, shown, temperature, seed: see `score`.
        prompts: any, with room for a reply.
    """
    room = engine.model.config.context_tokens
    config = SamplingConfig(temperature=temperature, seed=seed, max_new_tokens=max(1, room // 2))
    asked = asked_ids(engine.tokenizer, prompts, shown, room)
    # As text, the next turn of the user is where the reply ends.
    said = engine.complete(asked, config, stop=f"\n{USER}" if shown else ())
    return [reply.text.strip() for reply in said]


def asked_ids(
    tokenizer: TextTokenizer,
    prompts: Sequence[Prompt],
    shown: Sequence[ChatExample],
    context_tokens: int,
) -> list[list[int]]:
    """What a model gets to read for each prompt.

    Args:
        tokenizer: the model's own.
        prompts: any.
        shown: none for the form of the chat; else the exchanges of a script.
        context_tokens: T; a script may take 5/8 of it, and loses its beginning where it is longer.
    """
    if not shown:
        return [conversation_ids(tokenizer, prompt.turns) for prompt in prompts]
    read = context_tokens * 5 // 8
    return [tokenizer.encode(transcript(shown, prompt))[-read:] for prompt in prompts]


def transcript(shown: Sequence[ChatExample], prompt: Prompt) -> str:
    """Exchanges and a question as a play's script, which ends where the assistant is to speak."""
    lines = [f"{USER} {example.prompt.text}\n{ASSISTANT} {example.reply}" for example in shown]
    said = [
        f"{USER if role == 'user' else ASSISTANT} {text.strip()}" for role, text in prompt.turns
    ]
    return "\n".join((*lines, *said, ASSISTANT))


def exchanges(examples: Sequence[ChatExample]) -> list[ChatExample]:
    """The shortest careful exchange of each of SHOWN, to be put before a question.

    Args:
        examples: the chat data; those of the careful writer without earlier turns are taken.

    Raises:
        ValueError: a kind of SHOWN is missing.
    """
    fit = [e for e in examples if e.writer == "careful" and len(e.prompt.turns) == 1]
    found = []
    for kind in SHOWN:
        some = [example for example in fit if example.prompt.kind == kind]
        if not some:
            raise ValueError(
                f"No careful exchange of the kind {kind!r} is among {len(examples)} examples; "
                "give the chat data of a larger scale."
            )
        # Ties are broken by the words, so that the order of the data leaves no trace.
        some.sort(key=lambda e: (len(e.prompt.text) + len(e.reply), e.prompt.text, e.reply))
        found.append(some[0])
    return found
