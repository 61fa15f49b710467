"""What fewer bits cost a chat model, and what drafts bring: loss, size, speed, tokens per call.

Speeds are processor seconds of one thread, taken in turns. Run it with
`python -m benchmarks.bits [FOLDER]`; it takes about three minutes.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from benchmarks.inference import chosen_folder
from course_utils.finetuning_rlhf.chat_data import Mixture, holdout_prompts
from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.inference import rounding, speculative
from course_utils.inference.drafts import FirstOf, ModelDraft, Ngrams, PromptLookup, first_layers
from course_utils.inference.engine import Engine
from course_utils.inference.quantize import QuantizationConfig, QuantizedModel
from course_utils.inference.speculative import Draft
from course_utils.model.sampling import SamplingConfig
from course_utils.tokenization.special_tokens import END

KINDS = {"facts": Mixture(1, 0, 0, 0, 0), "stories": Mixture(0, 1, 0, 0, 0)}
GROUPS, BITS, PACKED = (None, 32), (8, 6, 5, 4, 3, 2), {8: None, 4: 32}


def bits(engine: Engine, seed: int, questions: int) -> None:
    """Prints loss, right answers and size for every number of bits, then the time of a step."""
    holdout = rounding.Holdout(
        engine.tokenizer, engine.model.config.context_tokens, seed, questions
    )
    _row("float32", 4 * engine.model.count(), 32, holdout.measure(engine.model))
    for group, tables, count in product(GROUPS, (True, False), BITS):
        small = QuantizedModel.of(engine.model, QuantizationConfig(count, group, tables))
        name = f"{count} bits, a scale per {group or 'row'}{'' if tables else ', tables whole'}"
        _row(name, small.nbytes, small.bits_per_weight, holdout.measure(small.restore()))
    ways = {"float32": engine.model} | {
        f"{count} bits, packed": QuantizedModel.of(
            engine.model, QuantizationConfig(count, group)
        ).packed()
        for count, group in PACKED.items()
    }
    for name, seconds in rounding.step_seconds(ways).items():
        print(f"  {name:38} {1000 * seconds:6.2f} ms a step")


def _row(name: str, size: int, bits_per_weight: float, quality: rounding.Quality) -> None:
    print(
        f"  {name:38} {size / 1e6:5.2f} MB {bits_per_weight:5.2f} bits per weight "
        f"{quality.bits_per_byte:7.4f} bits per byte {quality.right:6.1%} right"
    )


def drafts(
    engine: Engine, seed: int, texts: int, temperature: float, guesses: Sequence[int]
) -> None:
    """Prints tokens per call, acceptance and speed of every draft on facts and stories."""
    size = engine.model.config.context_tokens // 3
    config = SamplingConfig(temperature=temperature, max_new_tokens=size)
    asked = {name: _asked(engine, seed, 6 * texts, kind) for name, kind in KINDS.items()}
    # Counted in five texts of six, used on the sixth.
    read = [ids for rows in asked.values() for ids in rows[texts:]]
    written = zip(read, engine.generate(read, config), strict=True)
    counted = [[*ids, *reply, END] for ids, reply in written]
    for name, rows in asked.items():
        prompts, alone = rows[:texts], engine.generate(rows[:texts], config)
        for count in guesses:
            tried = _drafts(engine, counted, temperature)
            seconds = speculative.seconds_per_token(
                engine.model, prompts, {"none": None, **tried}, config, guesses=count
            )
            for kind, draft in tried.items():
                told = [
                    speculative.speculate(
                        engine.model, ids, draft, config, guesses=count, row_seed=row
                    )
                    for row, ids in enumerate(prompts)
                ]
                same = sum(one.ids == own for one, own in zip(told, alone, strict=True))
                calls, tokens, offered, taken = (
                    sum(getattr(one, part) for one in told)
                    for part in ("calls", "tokens", "guessed", "accepted")
                )
                print(
                    f"  T {temperature} {name:8} {kind:12} {count} guesses: "
                    f"{tokens / calls:.2f} tokens per call, {taken / max(1, offered):4.0%} "
                    f"accepted, {seconds['none'] / seconds[kind]:.2f} x as fast, "
                    f"{same} of {texts} texts the engine's"
                )


def _asked(engine: Engine, seed: int, count: int, kind: Mixture) -> list[list[int]]:
    prompts = holdout_prompts(count, seed, "draft", kind)
    return [conversation_ids(engine.tokenizer, prompt.turns) for prompt in prompts]


def _drafts(
    engine: Engine, counted: Sequence[Sequence[int]], temperature: float
) -> dict[str, Draft]:
    """Fresh drafts, so that none knows what an earlier run has read."""
    size = engine.tokenizer.vocab_size
    counts = {f"counts of {n}": Ngrams(counted, size, n) for n in (1, 2, 3, 5)}
    layers = {
        f"{n} layer{'s' * (n > 1)}": ModelDraft(first_layers(engine.model, n), temperature)
        for n in range(1, engine.model.config.layers)
    }
    both = FirstOf(PromptLookup(size, 4, 3), counts["counts of 3"])
    return counts | {"looking up": PromptLookup(size), "up, counts": both} | layers


def main() -> None:
    """Measures both on one model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="an exported model; the chat model's")
    parser.add_argument("--seed", type=int, default=0, help="of the split of the countries")
    parser.add_argument("--questions", type=int, default=173, help="about countries")
    parser.add_argument("--texts", type=int, default=12, help="written with each draft")
    arguments = parser.parse_args()
    engine = Engine.load(chosen_folder(arguments.folder))
    bits(engine, arguments.seed, arguments.questions)
    for temperature in (0.0, 0.8):
        drafts(engine, arguments.seed, arguments.texts, temperature, (2, 4, 8))


if __name__ == "__main__":
    main()
