"""Every use of the one decode loop, timed: rollouts, facts, stories, long prompts, the engine.

Prints processor seconds (median of three) and new tokens, of the reader's own chat model or the
starter. To compare two versions of the course, run it in both checkouts in turns. Run it with
`python -m benchmarks.generation`; it takes half a minute.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch

from course_utils import workspace
from course_utils.finetuning_rlhf import rollouts
from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.inference.engine import Engine
from course_utils.model.generate import generate
from course_utils.model.sampling import SamplingConfig

QUESTIONS = (
    "What is the capital of France?",
    "Hello!",
    "Tell me a story about a fox.",
    "Which language is spoken in Peru?",
    "Where is Kenya?",
    "Who are you?",
)
REPEATS = 3


def uses(engine: Engine) -> dict[str, Callable[[], int]]:
    """Name -> a function that writes and returns how many tokens it wrote."""
    model, tokenizer = engine.model, engine.tokenizer
    prompts = [conversation_ids(tokenizer, [("user", text)]) for text in QUESTIONS]
    asked = [Prompt(text, "talk") for text in QUESTIONS] * 8
    facts = [tokenizer.encode("The capital of France is")] * 300
    drawn = 0.8

    def written(rows: list[list[int]], new_tokens: int, temperature: float) -> int:
        config = SamplingConfig(temperature=temperature, max_new_tokens=new_tokens)
        return sum(len(row.ids) for row in generate(model, rows, config))

    def rolled_out() -> int:
        return int(rollouts.sample(model, tokenizer, asked, 128, 1.0, 0).response_mask.sum())

    def replied(rows: list[list[int]], temperature: float) -> int:
        config = SamplingConfig(temperature, max_new_tokens=128, stop_ids=())
        return sum(map(len, engine.generate(rows, config)))

    return {
        "rollouts, 48 prompts at temperature 1": rolled_out,
        "facts, 300 prompts, greedy": lambda: written(facts, 8, 0.0),
        "stories, 64 rows at temperature 0.7": lambda: written([[0, 9, 20]] * 64, 120, 0.7),
        "long prompts, 64 of 120 tokens": lambda: written([[5] * 120] * 64, 8, 0.0),
        "engine, one reply, greedy": lambda: replied(prompts[:1], 0.0),
        "engine, one reply, drawn": lambda: replied(prompts[:1], drawn),
        "engine, 32 replies, drawn": lambda: replied((prompts * 6)[:32], drawn),
    }


def main() -> None:
    """The command: a line a use."""
    engine = Engine.load(workspace.load("chat_model").path)
    print(f"{torch.get_num_threads()} threads around it; the loop itself uses one")
    for name, use in uses(engine).items():
        tokens, seconds = use(), []
        for _ in range(REPEATS):
            started = time.process_time()
            use()
            seconds.append(time.process_time() - started)
        taken = statistics.median(seconds)
        print(f"{name:<38} {taken:7.3f} s  {tokens:6,} tokens  {tokens / taken:8,.0f} a second")


if __name__ == "__main__":
    main()
