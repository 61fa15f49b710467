"""Can the model add? Sums of its pages and held-out ones, with written steps or without.

An answer is scored in four ways, from its form to its last digit, so that what is only the look of
a sum can be told from adding.
Left out: a model that does learn to add, which is another training (pretraining/cups.py shows what
written steps bring). For notebook 03, section "Beyond words".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from course_utils import checks
from course_utils.model.generate import generate
from course_utils.model.sampling import SamplingConfig
from course_utils.model.transformer import Transformer
from course_utils.tokenization.interface import TextTokenizer

Sum = tuple[int, int]
PLAIN_TOKENS, STEPS_TOKENS = 8, 64  # room for an answer
PLAIN_ANSWER = re.compile(r"\s*(\d+)\.")
STEPS_ANSWER = re.compile(r"The sum is (\d+)\.")
FIRST_STEP = re.compile(r"\s*(\d) \+ (\d) = (\d+)")


@dataclass(frozen=True)
class SumScores:
    """Shares of the sums; a blind guess gets a last digit right in one of ten.

    Attributes:
        form: a number stands where the answer belongs, with its full stop.
        digits: it has as many digits as the right one.
        last_digit: its last digit is right.
        right: it is the sum.
        first_step: with written steps, both last digits were copied and their sum is right; None
            without.
        example: what was asked and what the model wrote, of the first sum.
        count: how many sums were asked.
    """

    form: float
    digits: float
    last_digit: float
    right: float
    first_step: float | None
    example: str
    count: int


def on_pages(texts: Iterable[str], most: int = 200) -> list[Sum]:
    """The two-digit sums whose plain form ("47 + 38 = 85.") stands on these pages, each once.

    Args:
        texts: pages.
        most: how many sums at most, the first ones.
    """
    found: dict[Sum, None] = {}
    for text in texts:
        for a, b in re.findall(r"\b(\d\d) \+ (\d\d) = \d+\.", text):
            found.setdefault((int(a), int(b)))
        if len(found) >= most:
            break
    return list(found)[:most]


def score(
    model: Transformer, tokenizer: TextTokenizer, sums: Sequence[Sum], written: bool
) -> SumScores:
    """Asks the model for every sum, and takes the likeliest tokens.

    Args:
        model: any.
        tokenizer: the one it was trained with.
        sums: pairs of numbers, at least one.
        written: asks as pages do that write the steps ("47 + 38:"), or for the answer at once
            ("47 + 38 =").

    Raises:
        ValueError: there is no sum.
    """
    checks.whole("the number of sums", len(sums), least=1)
    asked = [f"{a} + {b}{':' if written else ' ='}" for a, b in sums]
    room = STEPS_TOKENS if written else PLAIN_TOKENS
    prompts = [tokenizer.encode(text) for text in asked]
    settings = SamplingConfig(temperature=0, max_new_tokens=room)
    wrote = [tokenizer.decode(row.ids) for row in generate(model, prompts, settings)]
    form = digits = last = right = step = 0
    for (a, b), text in zip(sums, wrote, strict=True):
        answer = STEPS_ANSWER.search(text) if written else PLAIN_ANSWER.match(text)
        if answer:
            said, true = answer[1], str(a + b)
            form += 1
            digits += len(said) == len(true)
            last += said[-1] == true[-1]
            right += said == true
        first = FIRST_STEP.match(text)
        step += first is not None and first.groups() == (
            str(a)[-1],
            str(b)[-1],
            str(a % 10 + b % 10),
        )
    shares = (part / len(sums) for part in (form, digits, last, right))
    example = asked[0] + wrote[0].rstrip()
    return SumScores(*shares, step / len(sums) if written else None, example, len(sums))
