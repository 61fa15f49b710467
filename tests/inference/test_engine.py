"""The engine: cached, uncached, batched, alone and in transformers, always the same tokens."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from course_utils import workspace
from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.inference.engine import Engine
from course_utils.inference.speed import interleaved_seconds, ratio, writer
from course_utils.model.sampling import SamplingConfig, probabilities
from course_utils.model.transformer import Transformer
from course_utils.tokenization.fast import FastTokenizer

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
ATTRIBUTES = ("capital", "highest point", "largest language")
COUNTRIES = tuple("France Peru Kenya Japan Norway Chad Fiji Cuba Oman Togo".split()) + tuple(
    "Brazil Iceland Mali Nepal Egypt Spain Poland Laos Haiti Ghana".split()
)
PROMPTS = [[5], [71, 92, 103], [7, 8], [30, 31, 32, 33, 34, 35], [100] * 30]
GREEDY = SamplingConfig(temperature=0, max_new_tokens=12)
SAMPLED = SamplingConfig(temperature=1.1, top_k=60, top_p=0.95, seed=3, max_new_tokens=12)
BOTH = pytest.mark.parametrize("config", [GREEDY, SAMPLED], ids=["greedy", "sampled"])


@BOTH
def test_cached_and_uncached_write_the_same_tokens(engine: Engine, config) -> None:
    assert engine.generate(PROMPTS, config) == engine.generate_uncached(PROMPTS, config)


@BOTH
def test_a_row_in_a_batch_is_the_same_as_alone(engine: Engine, config) -> None:
    together = engine.generate(PROMPTS, config)
    alone = [engine.generate([prompt], config, [row])[0] for row, prompt in enumerate(PROMPTS)]
    assert together == alone and all(together)


@BOTH
def test_rows_that_end_early_do_not_change_the_others(engine: Engine, config) -> None:
    endless = engine.generate(PROMPTS, replace(config, stop_ids=()))
    stop = endless[1][3]  # a token at which row 1 will end, perhaps others too
    ended = engine.generate(PROMPTS, replace(config, stop_ids=(stop,)))
    assert len(ended[1]) <= 3
    for long, short in zip(endless, ended, strict=True):
        assert short == (long[: long.index(stop)] if stop in long else long)


def test_sixty_replies_by_numpy_are_those_of_torch() -> None:
    folder = workspace.load("chat_model").path
    engine, torch_alone = Engine.load(folder), Engine.load(folder, numpy=False)
    assert engine.reader() is not None and torch_alone.reader() is None
    asked = [f"What is the {what} of {land}?" for what in ATTRIBUTES for land in COUNTRIES]
    asked += [f"Tell me a story about a {animal}." for animal in ("fox", "hen", "mole", "owl")]
    prompts = [conversation_ids(engine.tokenizer, [("user", text)]) for text in asked]
    assert len(prompts) == 64
    config = replace(GREEDY, max_new_tokens=24)
    assert engine.complete(prompts, config) == torch_alone.complete(prompts, config)
    with torch.no_grad():
        for prompt in prompts[::9]:
            read = engine.reader().next_logits([prompt], None)
            assert (read - engine.model.next_logits(torch.tensor([prompt]))).abs().max() < 1e-4


def test_one_reply_by_numpy_takes_less_of_the_processor_than_by_torch() -> None:
    folder = workspace.load("chat_model").path
    runs = {
        name: writer(Engine.load(folder, numpy=name == "numpy"), [[71, 92]], 48)
        for name in ("numpy", "torch")
    }
    seconds = interleaved_seconds(runs, 3, time.process_time)
    assert ratio(seconds, "torch", "numpy") > 1.2  # about 4 on a quiet machine


def test_a_model_that_learns_between_two_calls_is_read_as_it_is_now(engine, model) -> None:
    before = engine.generate(PROMPTS, GREEDY)
    model.lm_head(model.hidden(torch.tensor([[5, 6, 7]]))).square().sum().backward()
    torch.optim.SGD(model.parameters(), lr=0.05).step()
    after = engine.generate(PROMPTS, GREEDY)
    assert (
        before != after == Engine(model, engine.tokenizer, numpy=False).generate(PROMPTS, GREEDY)
    )


def test_greedy_tokens_are_those_of_transformers_on_the_exported_starter() -> None:
    from transformers import LlamaForCausalLM

    folder = workspace.load("base_model").path
    engine, peer = Engine.load(folder), LlamaForCausalLM.from_pretrained(folder).eval()
    for text in ("The capital of France is", "Once there was a", "def", "Q: What is"):
        ids = engine.tokenizer.encode(text)
        with torch.no_grad():
            theirs = peer.generate(
                torch.tensor([ids]),
                attention_mask=torch.ones(1, len(ids), dtype=torch.long),
                do_sample=False,
                max_new_tokens=30,
            )[0, len(ids) :].tolist()
        (ours,) = engine.complete([ids], replace(GREEDY, max_new_tokens=30))
        assert ours.ids == (theirs[:-1] if theirs[-1] == 0 else theirs)
        assert ours.finish == ("stop" if theirs[-1] == 0 else "length")


def test_the_lines_that_notebook_05_shows_speak_in_transformers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    notebook = json.loads((NOTEBOOKS / "05_inference.ipynb").read_text(encoding="utf-8"))
    shown = next(cell for cell in notebook["cells"] if cell["id"] == "take-transformers")
    lines = "".join(shown["source"]).split("```python\n")[1].split("```")[0]
    folder = workspace.load("chat_model").path
    assert 'folder = "workspace/chat_model"' in lines
    exec(lines.replace('"workspace/chat_model"', repr(str(folder))), {})
    engine = Engine.load(folder)
    asked = conversation_ids(engine.tokenizer, [("user", "What is the capital of France?")])
    (ours,) = engine.complete([asked], replace(GREEDY, max_new_tokens=40))
    assert ours.text and capsys.readouterr().out.splitlines()[-1] == ours.text


def test_greedy_is_the_likeliest_token_of_each_step(engine: Engine, model: Transformer) -> None:
    ids = [71, 92]
    for _ in range(8):
        with torch.no_grad():
            ids.append(int(model(torch.tensor([ids]))[0, -1].argmax()))
    assert engine.generate([[71, 92]], replace(GREEDY, max_new_tokens=8)) == [ids[2:]]


def test_first_tokens_follow_the_models_probabilities(engine: Engine, model: Transformer) -> None:
    rows, config = 6000, SamplingConfig(temperature=0.5, top_k=8, max_new_tokens=1, stop_ids=())
    drawn = torch.tensor(engine.generate([[71]] * rows, config)).flatten()
    with torch.no_grad():
        expected = probabilities(model(torch.tensor([[71]]))[:, -1], 0.5, top_k=8)[0]
    shares = torch.bincount(drawn, minlength=261) / rows
    assert (shares - expected).abs().max() < 4 * (0.25 / rows) ** 0.5


def test_the_seed_and_the_row_seed_decide_the_sample(engine: Engine) -> None:
    config = replace(SAMPLED, top_k=None, top_p=None)
    first, second = engine.generate([[71], [71]], config)
    assert first != second
    assert engine.generate([[71]], config) == [first]
    assert engine.generate([[71]], replace(config, seed=4)) != [first]
    assert engine.generate([[71]], config, [1]) == [second]


def test_the_last_room_of_the_context_is_used_and_called_length(engine: Engine) -> None:
    config = replace(GREEDY, max_new_tokens=100, stop_ids=())
    (done,) = engine.complete([[100] * 40], config)
    assert (len(done.ids), done.finish) == (8, "length")


def test_a_stop_token_is_left_out_and_called_stop(engine: Engine) -> None:
    first = engine.generate([[71]], GREEDY)[0][0]
    (done,) = engine.complete([[71]], replace(GREEDY, stop_ids=(first,)))
    assert (done.ids, done.text, done.finish) == ([], "", "stop")


def test_no_prompts_give_no_rows(engine: Engine) -> None:
    assert engine.generate([]) == []


def test_threads_are_given_back(engine: Engine) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(before + 1)
    try:
        engine.generate([[71]], GREEDY)
        assert torch.get_num_threads() == before + 1
    finally:
        torch.set_num_threads(before)


def test_prompts_are_left_as_they_were(engine: Engine) -> None:
    prompt = [71, 92]
    engine.generate([prompt], GREEDY)
    list(engine.stream(prompt, GREEDY))
    assert prompt == [71, 92]


@pytest.mark.parametrize(
    ("prompts", "seeds", "words"),
    [
        ([[1], []], None, "Prompt 1 has no tokens"),
        ([[1] * 48], None, "has 48 tokens.*\n?.*Shorten it by 1 tokens"),
        ([[1] * 60], None, "Shorten it by 13 tokens"),
        ([[1]], [1, 2], "1 prompts and 2 row seeds"),
    ],
)
def test_a_prompt_that_cannot_be_continued_is_refused(engine, prompts, seeds, words) -> None:
    with pytest.raises(ValueError, match=words):
        engine.generate(prompts, GREEDY, seeds)


@pytest.mark.parametrize("prompts", ["hello", ["hello"]])
def test_a_text_in_place_of_ids_is_refused_with_the_way_to_ids(engine: Engine, prompts) -> None:
    with pytest.raises(ValueError, match="Prompt 0 is 'hello'.*\n.*tokenizer.encode"):
        engine.complete(prompts)
    with pytest.raises(ValueError, match="Prompt 0 is 'hello'.*\n.*tokenizer.encode"):
        engine.stream("hello")


@pytest.mark.parametrize("prompt", [[], [1] * 48])
def test_a_stream_refuses_such_a_prompt_at_once(engine: Engine, prompt) -> None:
    with pytest.raises(ValueError, match="Prompt 0 has"):
        engine.stream(prompt)


def test_another_tokenizer_is_refused(model: Transformer) -> None:
    with pytest.raises(ValueError, match="knows 261 tokens and the tokenizer 263"):
        Engine(model, FastTokenizer([(80, 81), (261, 82)]))


def test_a_broken_model_says_so_and_the_engine_stays_usable(engine, model) -> None:
    good = engine.generate([[71]], GREEDY)
    weight = model.lm_head.weight.detach().clone()
    with torch.no_grad():
        model.lm_head.weight[3] = torch.nan
    with pytest.raises(ValueError, match="not finite numbers"):
        engine.generate([[71]], GREEDY)
    with torch.no_grad():
        model.lm_head.weight.copy_(weight)
    assert engine.generate([[71]], GREEDY) == good
