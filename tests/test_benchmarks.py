"""Tests that benchmarks still run; what they measure is theirs to say."""

import copy
import gzip
import json
import re
import shutil
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from benchmarks import (
    collection,
    finetuning,
    forgetting,
    generation,
    hacking,
    memory,
    roads,
    scaling,
    tinyshakespeare,
    tokenization,
)
from course_utils import workspace
from course_utils.data_collection.crawl.crawl import crawl
from course_utils.finetuning_rlhf import (
    annotator,
    chat_data,
    forgetting_study,
    hacking_study,
    proxy,
    rollouts,
    sft,
)
from course_utils.finetuning_rlhf.chat_writers import ChatExample
from course_utils.finetuning_rlhf.ppo import PPOConfig
from course_utils.finetuning_rlhf.reward import RewardModel
from course_utils.finetuning_rlhf.roads_study import RoadRun
from course_utils.inference.engine import Engine
from course_utils.littleweb.server import LittleWebServer
from course_utils.littleweb.web import LittleWeb
from course_utils.model import save
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.pretraining import scaling as laws
from course_utils.tokenization import shards
from course_utils.tokenization.fast import FastTokenizer


def test_the_collection_is_measured_beside_its_peers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    web = LittleWeb(0, "tiny")
    with LittleWebServer(web) as server:
        crawl(web.seeds, tmp_path, proxy=server.proxy_url)
    collection.measure(tmp_path)
    said = capsys.readouterr().out
    for row in ("trafilatura alone, fast", "of the speed", "quality.judge", "fast path"):
        assert row in said


def test_the_memory_of_both_ways_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    memory.measure([40, 80])
    said = capsys.readouterr().out
    assert said.count("byte for byte") == 2 and said.count("bytes a page more") == 2
    assert "on disk" in said and "in memory" in said


def test_every_use_of_the_decode_loop_writes() -> None:
    for name, use in generation.uses(Engine.load(workspace.load("chat_model").path)).items():
        assert use() > 0, name


def test_both_tokenizers_are_timed_on_texts_and_on_words_without_an_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tokenization, "NEW_WORDS", 100)
    tokenization.encode(*tokenization.train(["the cat sat on the mat " * 9], 0.0002), ["the cat"])
    said = capsys.readouterr().out
    assert said.count("the same ids: True") == 2 and "the same merges: True" in said
    assert said.count("s of the processor") == 2 + 2 * 3 + 3 * 2


def test_our_side_of_the_race_on_characters_learns_and_is_scored_on_all_the_rest() -> None:
    ids = np.array([ord(letter) - 97 for letter in "abcdefgh" * 400], dtype=np.uint16)
    seconds, early = tinyshakespeare.ours(ids, 1, seed=0)
    assert seconds > 0
    assert tinyshakespeare.ours(ids, 12, seed=0)[1] < early


def test_the_peers_log_is_read_as_its_script_writes_it() -> None:
    said = (
        "step 0: train loss 4.1, val loss 4.2000\niter 0: loss 4.1, time 99.50ms, mfu -1.00%\n"
        "step 2000: train loss 1.7, val loss 1.8845\n"
    )
    assert tinyshakespeare.STEP_LINE.findall(said) == ["99.50"]
    assert tinyshakespeare.LOSS_LINE.findall(said)[-1] == "1.8845"


def test_every_run_of_the_study_of_sizes_has_steps_enough_and_a_rate_like_the_courses() -> None:
    runs = list(scaling.grid())
    assert len(runs) == len(set(runs)) >= 12
    for budget, width in runs:
        model = laws.size(4096, width, scaling.CONTEXT_TOKENS)
        steps = laws.steps_for([model], budget, scaling.BATCH * scaling.CONTEXT_TOKENS)
        config = laws.settings(model, steps, scaling.BATCH, scaling.CONTEXT_TOKENS, seed=0)
        assert 0.02 < config.adamw_lr < 0.25, (budget, width)


def of_the_roads() -> roads.Start:
    """A small model over bytes that says little, and all that its roads need."""
    sizes = {"width": 16, "layers": 1, "heads": 2, "intermediate_size": 24}
    model = Transformer(TransformerConfig(261, **sizes, context_tokens=160))
    with torch.no_grad():  # one of ten letters, or the end
        model.model.embed_tokens.weight[:, 0] = 3
        model.lm_head.weight[:, 0] = -1.5
        model.lm_head.weight[[0, *range(100, 110)], 0] = 0
    tokenizer, settings = FastTokenizer(), replace(sft.config("tiny", model.config), batch=2)

    def tune(model: Transformer, some: list[ChatExample], steps: int) -> Transformer:
        model, rows = copy.deepcopy(model), sft.ChatBatches(some, tokenizer, None, 2, 160)
        sft.finetune(model, rows, replace(settings, steps=steps))
        return model

    shown = [
        example
        for example in chat_data.training_examples(0, "tiny")
        if len(example.reply) < 40 and len(str(example.prompt.turns)) < 90
    ][:12]
    prompts = [example.prompt for example in shown]
    pairs = [annotator.Preference(one.prompt, one.reply, "no", False) for one in shown]
    return roads.Start(
        seed=0,
        model=model,
        reward=RewardModel(model),
        tokenizer=tokenizer,
        pairs=pairs,
        careful=shown,
        practice=prompts,
        held_out=prompts[:4],
        tune=tune,
        ppo=PPOConfig(steps=6, prompts=4, max_new_tokens=4),
        reward_operations=1e6,
        reward_seconds=1.0,
    )


def test_operations_are_two_per_weight_and_token_and_three_times_as_many_with_gradients() -> None:
    start = of_the_roads()
    model, tokens = copy.deepcopy(start.model), torch.zeros(2, 5, dtype=torch.long)
    # looking a token up in the table multiplies nothing
    weights = model.count() - model.model.embed_tokens.weight.numel()
    with torch.no_grad():
        model(tokens)
    assert start.meter.operations == 2 * weights * 10
    model(tokens)
    assert start.meter.operations == (2 + 6) * weights * 10


def test_every_road_is_gone_and_those_with_a_budget_keep_to_it() -> None:
    start = of_the_roads()
    runs = {"PPO": roads.one(start, "PPO", 0.0)}
    budget = 3 * runs["PPO"]["operations"]
    for road in set(roads.ROADS) - {"PPO"}:
        runs[road] = roads.one(start, road, budget)
        assert RoadRun(**runs[road]).road == road
    for road in roads.BUDGETED:
        assert runs[road]["operations"] == pytest.approx(budget, rel=0.15), road
        assert runs[road]["steps"] > 1 and runs[road]["kl"] > 0, road
    assert runs["finetuned"]["operations"] == runs["finetuned"]["kl"] == 0
    assert runs["best of 4"]["operations"] == 1e6 and runs["best of 4"]["kl"] < np.log(4)
    held = [runs[road]["megabytes"] for road in ("PPO", "GRPO", "DPO")]
    assert held == sorted(held, reverse=True) and held[1] > held[2] > 0


def test_what_both_sides_of_the_race_sample_is_made_alike() -> None:
    race = finetuning.Race(prompts=4, max_new_tokens=6, steps=1)
    ours, peer = (race.trainers[name].model for name in (finetuning.OURS, finetuning.PEER))
    same = {"max_new_tokens": 6, "temperature": 1e-4, "seed": 0}
    first = rollouts.sample(ours, race.tokenizer, race.prompts[:4], **same)
    second = race.samples[finetuning.PEER](peer, race.tokenizer, race.prompts[:4], **same)
    assert first.replies == second.replies and first.ended == second.ended
    assert torch.equal(first.tokens, second.tokens)
    assert torch.equal(first.response_mask, second.response_mask)


def test_what_a_step_teaches_is_seen_by_the_peer_that_samples(
    capsys: pytest.CaptureFixture[str],
) -> None:
    race = finetuning.Race(prompts=2, max_new_tokens=3, steps=1)
    faster = finetuning.measure(race, repeats=1)
    assert faster["rollouts"] > 0 and faster["steps"] > 0
    assert capsys.readouterr().out.count("rollout tokens a second") == 2
    policy, prompts = race.trainers[finetuning.PEER].model, race.prompts[:2]
    with torch.no_grad():
        policy.model.norm.weight.mul_(-1)  # another model altogether
    said = race.samples[finetuning.PEER](policy, race.tokenizer, prompts, 6, 1e-4)
    assert said.replies == rollouts.sample(policy, race.tokenizer, prompts, 6, 1e-4).replies


def test_the_study_of_hacking_goes_on_with_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    small = {
        "FIXED": 16, "CANDIDATES": 4, "COUNTS": (1, 4), "LEASHES": (0.0,), "TEMPERATURES": (0.0,),
        "STEPS": 1, "PRACTICE": 8, "PER_STEP": 4,
    }  # fmt: skip
    for name, value in small.items():
        monkeypatch.setattr(hacking, name, value)
    monkeypatch.setitem(proxy.HOLES, "few", proxy.Hole("few", shown=24))
    shutil.copytree(workspace.load("chat_model").path, tmp_path / "0" / "finetuned")
    asked = Namespace(
        holes=["few"], seeds=[0], models=tmp_path, folder=tmp_path / "kept", off_only=True
    )
    (run,) = hacking.study(asked).runs
    first = capsys.readouterr().out
    asked.off_only = False
    found = hacking.study(asked)
    second = capsys.readouterr().out

    assert "few_0/leash_0.0" in first and "few_0/" not in second and "temperature" in second
    assert found.runs == (run,) and len(run.proxy) == len(run.true) == 1
    roads = [(one.road, one.setting) for one in found.points["few"]]
    assert roads == [
        ("best of n", 1), ("best of n", 4), ("lower temperature", 0), ("PPO", 0)
    ]  # fmt: skip
    hacking_study.save(found, tmp_path / "study.json")
    assert hacking_study.load(tmp_path / "study.json").of("few")[0].labels == run.labels


def test_a_study_without_models_says_how_they_are_made(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="benchmarks.recipe --until finetuned --seeds 7"):
        hacking.Start(7, tmp_path, tmp_path / "kept", 2)


WITHOUT, LOW_RANK = "all weights, without", "LoRA, rank 2, without"


@pytest.fixture
def forgetful(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of models as the recipe leaves it, of one seed, and a small course for them."""
    tokenizer = FastTokenizer.load(workspace.load("tokenizer").path)
    page = json.dumps({"id": "1", "url": "", "text": "A cat sat. " * 200, "source": "stories"})
    for split in ("train", "validation"):
        with gzip.open(tmp_path / f"{split}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.write(page + "\n")
    shards.write(tokenizer, tmp_path, tmp_path / "shards")
    course = SimpleNamespace(
        texts=["A cat sat."], mix={"stories": 1.0}, tokens=tmp_path / "shards",
        tokenizer=tokenizer, scale="tiny",
    )  # fmt: skip
    small = {
        "PROMPTS": 4, "STORIES": 1, "TIMED_STEPS": 3, "RANKS_CUT": (1,), "Course": lambda _: course
    }  # fmt: skip
    for name, value in small.items():
        monkeypatch.setattr(forgetting, name, value)
    sizes = {"width": 16, "layers": 1, "heads": 2, "intermediate_size": 24, "tied": False}
    for seed, stage in enumerate(("base", "finetuned")):
        model = Transformer(
            TransformerConfig(tokenizer.vocab_size, **sizes, context_tokens=256), seed
        )
        with torch.no_grad():  # it ends as soon as it can
            model.model.embed_tokens.weight[:, 0] = 3
            model.lm_head.weight[:, 0] = 0
            model.lm_head.weight[0, 0] = 1
        save.save(model, tmp_path / "models" / "0" / stage)
    return tmp_path


def of_forgetting(folder: Path, *more: str) -> Namespace:
    given = ["--seeds", "0", "--steps", "1", "--every", "99", "--ranks", "2"]
    given += ["--folder", str(folder / "kept"), *more]
    return forgetting.asked_for(given)


def of_models(folder: Path, *more: str) -> Namespace:
    """The same, beginning with the recipe's models."""
    asked = of_forgetting(folder, *more)
    asked.models = folder / "models"
    return asked


def test_the_study_of_forgetting_keeps_each_run_and_goes_on_with_what_is_missing(
    forgetful: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = of_models(forgetful, "--ways", WITHOUT, LOW_RANK, "--most", "2")
    assert [run["way"] for run in forgetting.study(asked)] == ["base model", WITHOUT]
    first = capsys.readouterr().out
    asked.most = None
    runs = forgetting.study(asked)
    second = capsys.readouterr().out
    assert first.count("seed 0, ") == 2 and second.count("seed 0, ") == 1 and LOW_RANK in second

    base, whole, low = runs
    assert base["numbers_trained"] == base["seconds_per_step"] == 0
    assert whole["numbers_trained"] > low["numbers_trained"] > 0 < low["seconds_per_step"]
    assert 0 < whole["change_kept"]["1"] <= 1 and "change_kept" not in low
    assert base["bits_per_byte"] != whole["bits_per_byte"] != low["bits_per_byte"]
    path = forgetful / "study.json"
    forgetting_study.save(runs, "2026-11-29", path)
    study = forgetting_study.load(path)
    assert list(study.by_way()) == ["base model", WITHOUT, LOW_RANK] and study.paired
    rows = forgetting.table(runs)
    assert len(rows) == 4 and rows[0].startswith("| way | seeds | numbers_trained |")
    assert rows[1].startswith("| base model | 1 | 0 +- 0 |")


def test_what_the_recipe_finetuned_is_taken_over_and_its_steps_timed(forgetful: Path) -> None:
    asked = of_models(forgetful, "--ways", forgetting.TAKEN_OVER)
    _, run = forgetting.study(asked)
    finetuned = save.load(forgetful / "models" / "0" / "finetuned")
    measured = forgetting.measured(forgetting.Course({}), finetuned, 0, 99)
    assert {name: run[name] for name in measured} == measured
    assert run["seconds_per_step"] > 0 and run["numbers_trained"] == finetuned.count()


def test_models_that_are_missing_or_came_from_nowhere_are_told(forgetful: Path) -> None:
    with pytest.raises(SystemExit, match="benchmarks.recipe --until finetuned --seeds 7"):
        forgetting.start_of(7, forgetful / "nothing")
    # a seed that the recipe has not made begins with the workspace's base model
    assert forgetting.start_of(7, forgetful / "models").finetuned is None
    shutil.rmtree(forgetful / "models" / "0" / "base")
    with pytest.raises(SystemExit, match="the model that it began with"):
        forgetting.start_of(0, forgetful / "models")


def test_runs_that_were_made_otherwise_or_are_damaged_are_not_taken_for_the_same(
    forgetful: Path,
) -> None:
    path = forgetting.path_of(forgetful / "kept", "base model", 0)
    wanted = forgetting.settings("base model", of_forgetting(forgetful))
    path.parent.mkdir()
    path.write_text(json.dumps({**wanted, "every": 7}), encoding="utf-8")
    with pytest.raises(SystemExit, match=f"{path.name} was made with {{'every': 7}}"):
        forgetting.kept(path, wanted)
    path.write_text('{"way": "base', encoding="utf-8")
    with pytest.raises(SystemExit, match=f"{path.name} is damaged"):
        forgetting.kept(path, wanted)


def test_runs_of_one_seed_that_began_with_two_base_models_are_told() -> None:
    figures = {
        "numbers_trained": 1, "seconds_per_step": 1.0, "bits_per_byte": 1.0, "facts": 0.5,
        "stories": 0.5, "unseen_questions": 0.5, "true_reward": 0.5,
    }  # fmt: skip
    runs = [
        {"way": way, "seed": 3, "base": base, **figures}
        for way, base in (("base model", "abc"), (WITHOUT, "def"))
    ]
    assert forgetting.table(runs)[-1] == (
        f"Seed 3 has runs of 2 base models (abc: base model; def: {WITHOUT})."
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--ways", "all weights"], "there is no way .'all weights'."),
        (["--models", ".", "--steps", "5"], "the scale's own steps"),
    ],
)
def test_what_the_study_of_forgetting_cannot_do_is_refused(
    given: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        forgetting.asked_for(given)
    assert re.search(message, capsys.readouterr().err)
