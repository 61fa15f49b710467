"""The starters that are shipped: whole, small, of one run, and good enough to open a notebook."""

from __future__ import annotations

import json

import pytest

from course_utils import workspace
from course_utils.finetuning_rlhf.chat_format import CHAT_TEMPLATE
from course_utils.model import save
from course_utils.model.generate import generate
from course_utils.model.sampling import SamplingConfig
from course_utils.tokenization.fast import FastTokenizer

SHIPPED = [name for name, kind in workspace.KINDS.items() if kind.without == "shipped"]
MOST_BYTES = 10_000_000


@pytest.mark.parametrize("name", SHIPPED)
def test_a_starter_is_whole_small_and_made_from_no_other(name: str) -> None:
    starter = workspace.load(name)
    assert starter.origin == "starter"
    assert {one["origin"] for one in starter.manifest["inputs"].values()} == {"own"}
    assert sum(one["bytes"] for one in starter.manifest["files"].values()) < MOST_BYTES
    there = {path.name for path in starter.path.iterdir()}
    assert there == {*starter.manifest["files"], "manifest.json"}


def test_the_starters_are_of_one_run() -> None:
    tokenizer, model = workspace.load("tokenizer"), workspace.load("base_model")
    assert model.manifest["inputs"]["tokenizer"]["sha256"] == tokenizer.sha256
    assert model.manifest["inputs"]["corpus"] == tokenizer.manifest["inputs"]["corpus"]


# What the model's recipe was found on (benchmarks/results/recipe.md). Whoever changes the corpus
# or the tokenizer runs that table again, and then writes the new sums here.
FROZEN = {
    "corpus": "41318087e12ed593c2fe1fdada98d174cf57939d4a431dd1e99cf097594e9db9",
    "tokenizer": "e7da228bdbca55b6226d7ea82ac3909eb9d256f43e8116478f8c0abab46b91c4",
}


def test_corpus_and_tokenizer_are_those_that_the_recipe_was_found_on() -> None:
    inputs = workspace.load("base_model").manifest["inputs"]
    assert {name: inputs[name]["sha256"] for name in FROZEN} == FROZEN


def test_the_starters_know_the_capital_of_france() -> None:
    tokenizer = FastTokenizer.load(workspace.load("tokenizer").path)
    model = save.load(workspace.load("base_model").path)
    prompt = tokenizer.encode("The capital of France is")
    (written,) = generate(model, [prompt], SamplingConfig(temperature=0), limits=[4])
    assert tokenizer.decode(written.ids).startswith(" Paris")


@pytest.mark.parametrize("name", ["chat_model", "reward_model"])
def test_starters_that_read_conversations_have_the_template_of_now(name: str) -> None:
    path = workspace.load(name).path / "tokenizer_config.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    assert settings["chat_template"] == CHAT_TEMPLATE and settings["model_max_length"] == 256
    assert settings["bos_token"] == settings["eos_token"] == "<|end|>"
