"""The models that the lab draws: when each came out, and which figures of facts.toml are its own.

It leaves out models whose makers say nothing of their size. Computation that nobody has published
is worked out as 6 x active parameters x tokens, and says so.
Notebook 01, section "Scale: what a large model takes".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from course_utils import facts
from course_utils.economics.cost import FLOPS_A_PARAMETER_AND_TOKEN
from course_utils.facts import Fact

SERIES = {
    "parameters": "parameters",
    "compute": "floating-point operations to train",
    "tokens": "tokens of training text",
}
# name, first part of its keys, when it came out where that is not the date of its first figure
_MODELS = (
    ("Transformer", "transformer_2017", ""),
    ("GPT-1", "gpt1", "2018-06-11"),
    ("BERT-large", "bert_large", ""),
    ("GPT-2", "gpt2", ""),
    ("Megatron-LM", "megatron", ""),
    ("T5-11B", "t5", ""),
    ("Turing-NLG", "turing_nlg", ""),
    ("GPT-3", "gpt3", ""),
    ("Switch", "switch", ""),
    ("Gopher", "gopher", ""),
    ("MT-NLG", "mt_nlg", ""),
    ("Chinchilla", "chinchilla", ""),
    ("PaLM", "palm", ""),
    ("BLOOM", "bloom", ""),
    ("LLaMA 65B", "llama1_65b", ""),
    ("GPT-4", "gpt4", "2023-03-14"),
    ("Llama 2 70B", "llama2_70b", ""),
    ("Falcon 180B", "falcon_180b", "2023-09-06"),
    ("Mixtral 8x7B", "mixtral_8x7b", ""),
    ("Grok-1", "grok1", ""),
    ("Llama 3 70B", "llama3_70b", "2024-04-18"),
    ("Llama 3.1 405B", "llama3_405b", "2024-07-23"),
    ("DeepSeek-V3", "deepseek_v3", ""),
    ("Llama 4 Maverick", "llama4_maverick", ""),
    ("Qwen3 235B", "qwen3_235b", ""),
    ("Kimi K2", "kimi_k2", ""),
)
_SHARED = {"llama3_70b_training_tokens": "llama3_training_tokens"}  # one figure for the family


@dataclass(frozen=True)
class Model:
    """A model and its figures; None where nobody has said.

    Attributes:
        name: as people call it.
        key: the first part of its figures' keys.
        released: "2020-05-28".
        parameters: all of them.
        active_parameters: those that one token uses, where that is another number.
        tokens: read in training.
        flops: floating-point operations to train, where published.
    """

    name: str
    key: str
    released: str
    parameters: Fact | None
    active_parameters: Fact | None
    tokens: Fact | None
    flops: Fact | None

    @property
    def used_parameters(self) -> Fact | None:
        """The parameters that one token uses."""
        return self.active_parameters or self.parameters


@dataclass(frozen=True)
class Point:
    """One model in one picture.

    Attributes:
        name: of the model.
        year: 2020.41 is the end of May 2020.
        value: in the series' unit.
        certainty: one of facts.CERTAINTIES.
        words: the value, how sure it is, and who says so.
    """

    name: str
    year: float
    value: float
    certainty: str
    words: str


def models() -> tuple[Model, ...]:
    """All models, in order of their release."""
    known = [_model(name, key, released) for name, key, released in _MODELS]
    return tuple(sorted(known, key=lambda model: model.released))


def series(name: str) -> tuple[Point, ...]:
    """One series of SERIES: the models that have such a figure, in order of time.

    Raises:
        ValueError: there is no such series.
    """
    if name not in SERIES:
        raise ValueError(f"There is no series {name!r}; there are {', '.join(SERIES)}.")
    # Each series takes one figure of a model; who lacks it is left out.
    take = {"parameters": _parameters, "compute": _compute, "tokens": _tokens}[name]
    return tuple(point for model in models() if (point := take(model)))


def year_of(written: str) -> float:
    """A date as a number: 2020-07-02 is in the middle of 2020."""
    day = facts.parse_date("a date", written)
    # A year has 365 days or 366.
    days = (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days
    return day.year + (day - date(day.year, 1, 1)).days / days


def least_sure(*figures: Fact) -> str:
    """The certainty of what is worked out from figures: a rumour stays a rumour."""
    # What rests on a rumour cannot be surer than it.
    if any(fact.certainty == "rumoured" for fact in figures):
        return "rumoured"
    return "estimated"


def _model(name: str, key: str, released: str) -> Model:
    known = facts.load()

    def figure(what: str) -> Fact | None:
        full = f"{key}_{what}"
        return known.get(_SHARED.get(full, full))

    parameters, tokens, flops = (
        figure(what) for what in ("parameters", "training_tokens", "flops")
    )
    # A model without a date of its own came out with its first figure.
    dated = released or (parameters or tokens or flops).date
    return Model(name, key, dated, parameters, figure("active_parameters"), tokens, flops)


def _point(model: Model, value: float, certainty: str, said: str) -> Point:
    return Point(
        model.name, year_of(model.released), float(value), certainty, f"{model.name}: {said}"
    )


def _published_point(model: Model, fact: Fact | None) -> Point | None:
    if fact is None:
        return None
    return _point(model, fact.value, fact.certainty, facts.text(fact.key))


def _parameters(model: Model) -> Point | None:
    return _published_point(model, model.parameters)


def _tokens(model: Model) -> Point | None:
    return _published_point(model, model.tokens)


def _compute(model: Model) -> Point | None:
    # What was published goes before what can be worked out.
    if model.flops:
        return _published_point(model, model.flops)
    # Nobody has published it: six operations for each parameter and token.
    used, tokens = model.used_parameters, model.tokens
    if not (used and tokens):
        return None
    value = FLOPS_A_PARAMETER_AND_TOKEN * used.value * tokens.value
    # As sure as the less sure of the two.
    certainty = least_sure(used, tokens)
    formula = f"6 x {facts.number(used.value)} parameters x {facts.number(tokens.value)} tokens"
    said = f"{facts.number(value)} floating-point operations ({certainty}, {formula})"
    return _point(model, value, certainty, said)
