"""Settings are checked by name when a configuration is made: every one, in every configuration."""

from __future__ import annotations

import ast
import importlib
import math
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

import course_utils
from course_utils import checks
from course_utils.economics.cost import TrainingRun
from course_utils.finetuning_rlhf.annotator import Tastes
from course_utils.finetuning_rlhf.chat_data import Mixture
from course_utils.finetuning_rlhf.chat_writers import WriterShares

PACKAGE = Path(course_utils.__file__).parent
NAN, INF = math.nan, math.inf
# What no setting of such a type can be; -1 is told apart below.
WRONG = {
    "int": (1.5, 2.0, NAN, INF, "3", None, True, -1),
    "float": (NAN, INF, -INF, "0.5", None, True),
    "bool": (1, "yes", None),
}
# Points that a taste gives may be taken away instead.
MAY_BE_NEGATIVE = {f"Tastes.{field.name}" for field in fields(Tastes)}
# What is required has no default.
GIVEN = {TrainingRun: {"parameters": 1e9, "tokens": 20e9}}


def configurations() -> Iterator[type]:
    """Every class of the package whose name ends in Config, and those that are settings too."""
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
        for name in names:
            if name.endswith("Config"):
                parts = path.relative_to(PACKAGE).with_suffix("").parts
                yield getattr(importlib.import_module(".".join(("course_utils", *parts))), name)
    yield from (Tastes, Mixture, WriterShares, TrainingRun)


def wrong_settings() -> Iterator[tuple[type, str, object]]:
    """(configuration, name of a setting, a value that it cannot have)."""
    for made in configurations():
        for field in fields(made):
            types = field.type.split(" | ")
            for value in WRONG.get(types[0], ()):
                if value is not None or "None" not in types:
                    yield made, field.name, value
            if types[0] == "float" and f"{made.__name__}.{field.name}" not in MAY_BE_NEGATIVE:
                yield made, field.name, -1.0
            if types[0].endswith("Config"):
                yield made, field.name, 128


def test_the_configurations_are_found():
    found = {made.__name__ for made in configurations()}
    assert {"TrainConfig", "PPOConfig", "RewardConfig", "MixConfig", "CrawlConfig"} <= found
    assert len(list(wrong_settings())) > 300


def test_no_configuration_takes_what_its_setting_cannot_be():
    taken = []
    for made, name, value in wrong_settings():
        try:
            made(**GIVEN.get(made, {}) | {name: value})
            taken.append(f"{made.__name__}({name}={value!r})")
        except ValueError as error:
            if name not in str(error):
                taken.append(f"{made.__name__}({name}={value!r}): {error}")
    assert taken == []


def test_every_default_and_every_number_of_numpy_is_taken():
    taken = 0
    for made in configurations():
        config = made(**GIVEN.get(made, {}))
        for field in fields(made):
            value = getattr(config, field.name)
            if type(value) in (int, float):
                again = made(**GIVEN.get(made, {}) | {field.name: np.array(value)[()]})
                assert getattr(again, field.name) == value
                taken += 1
    assert taken > 50


@pytest.mark.parametrize(
    ("bounds", "inside", "outside", "words"),
    [
        ({}, (-1e9, 0, 3.5), (NAN,), "use a finite number."),
        ({"least": 0}, (0, 1), (-1e-9,), "use a finite number from 0 up."),
        ({"above": 0}, (1e-9, 1e9), (0,), "use a finite number above 0."),
        ({"least": 0, "most": 1}, (0, 0.5, 1), (-0.1, 1.1), "use a finite number from 0 to 1."),
        ({"above": 0, "most": 1}, (0.1, 1), (0, 1.1), "use a finite number above 0 and up to 1."),
    ],
)
def test_a_number_has_its_bounds(bounds: dict, inside: tuple, outside: tuple, words: str):
    for value in inside:
        checks.number("rate", value, **bounds)
    for value in outside:
        with pytest.raises(ValueError) as refused:
            checks.number("rate", value, **bounds)
        assert str(refused.value) == f"rate is {value!r}; {words}"


def test_a_hint_stands_on_a_line_of_its_own():
    with pytest.raises(ValueError, match=r"steps is 0; use a whole number from 1 up\.\nA hint\.$"):
        checks.whole("steps", 0, least=1, hint="A hint.")


def test_choices_are_named():
    checks.choice("precision", "float32", ("float32", "bfloat16"))
    with pytest.raises(ValueError, match="precision is 'int8'; use 'float32' or 'bfloat16'"):
        checks.choice("precision", "int8", ("float32", "bfloat16"))
