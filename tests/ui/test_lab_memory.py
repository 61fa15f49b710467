"""Labs whose cells are run ten times, in a real kernel: earlier ones and their models are gone."""

from __future__ import annotations

import ast
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_client import KernelManager

ROOT = Path(__file__).resolve().parents[2]
RUNS, WARM = 10, 3
MEGABYTES = 5.0  # that the runs after the first three may add in all; a model here has 4 to 9
SET_UP = """
import gc, psutil, torch, types, weakref
from course_utils.data_collection import labs as collection_labs
from course_utils.data_collection.clean import extract, quality
from course_utils.data_collection.corpus import Corpus
from course_utils.data_collection.document import from_page
from course_utils.data_collection.mix import mix as usual_mix
from course_utils.economics.labs import EconomicsLab
from course_utils.finetuning_rlhf import chat_data, judge
from course_utils.finetuning_rlhf.labs import LeashLab, PreferenceLab, RankLab
from course_utils.finetuning_rlhf.reward import RewardModel
from course_utils.inference import Chat, Engine
from course_utils.inference.labs import ChatLab
from course_utils.littleweb.truth.labels import labels_of
from course_utils.littleweb.web import LittleWeb
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.pretraining.labs import (
    attention_lab,
    neuron_lab,
    next_word_lab,
    spam_lab,
    training_gym,
    valley_lab,
)
from course_utils.pretraining.labs.gym.training import Shape
from course_utils.tokenization.fast import FastTokenizer

web = LittleWeb(0, "tiny")
truth = labels_of(web)
pages = {page.url: extract.decode(web.html(page)[0]) for page in list(web.pages())[:150]}
texts = {url: extract.extract_page(page) for url, page in pages.items()}
kept = [from_page(url, text) for url, text in texts.items() if quality.judge(text).keep]
corpus = Corpus(kept, [], [], usual_mix(each.source for each in kept))
tokenizer, prompts = FastTokenizer(), chat_data.training_prompts(8, 0)
ids = {"stories": torch.randint(5, 261, (20_000,)).to(torch.int32).numpy().astype("uint16")}

def chat_model(layers=4):
    return Transformer(TransformerConfig(261, 128, layers, 4, 512, 128))  # some 4 MB

def rank_lab():
    unseen = [types.SimpleNamespace(prompt=prompt, reply="A reply.") for prompt in prompts[:2]]
    # of one layer, for the tables are taken apart; the lab holds some 4 MB
    return RankLab(chat_model(1), chat_model(1), tokenizer, unseen, prompts[:2])

seen = []
def watch(lab):
    held = [lab, getattr(lab, "trainable", lab)]
    held += [part for name in ("model", "network") if (part := getattr(held[1], name, None))]
    seen.append([weakref.ref(one) for one in held])
    return lab

def alive():
    gc.collect()
    return [sum(one() is not None for one in run) for run in seen]

def megabytes():
    gc.collect()
    return psutil.Process().memory_info().rss / 1e6

gc.collect()
gc.freeze()  # what stands here stays, and need not be looked through for each lab
"""
LABS = {
    "attention": "attention_lab(chat_model(), tokenizer, 'a b')",
    "neuron": "neuron_lab()",
    "spam": "spam_lab()",
    "next_word": "next_word_lab()",
    "valley": "valley_lab()",
    "gym": "training_gym(ids, {'stories': 1.0}, tokenizer, shape=Shape(2, 128, 4, 64))",
    "leash": "LeashLab(chat_model(), RewardModel(chat_model()), tokenizer, prompts, "
    "judge.true_reward)",
    "preferences": "PreferenceLab(prompts, ['A reply.'] * 8, ['Another.'] * 8)",
    "rank": "rank_lab()",
    "chat": "ChatLab(Chat(Engine(chat_model(), tokenizer)))",
    "scale": "EconomicsLab()",
    "quality": "collection_labs.quality_lab(texts, truth)",
    "lsh": "collection_labs.lsh_lab(kept)",
    "mix": "collection_labs.mix_lab(corpus)",
    "extraction": "collection_labs.extraction_lab(pages, truth)",
}


class Cells:
    """A notebook's kernel, which is told which cell it runs, as JupyterLab tells it."""

    def __init__(self, manager: KernelManager) -> None:
        self.client = manager.blocking_client()
        self.client.start_channels(hb=False)
        self.client.wait_for_ready(timeout=60)

    def run(self, code: str, cell: str = "") -> object:
        """Run a cell; returns the value of its last line where that is a plain one."""
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
        content |= {"user_expressions": {}, "stop_on_error": True}
        message = self.client.session.msg("execute_request", content, metadata={"cellId": cell})
        self.client.shell_channel.send(message)
        value, end = None, time.monotonic() + 120
        while time.monotonic() < end:
            told = self.client.get_iopub_msg(timeout=120)
            if told["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            content = told["content"]
            assert told["msg_type"] != "error", "\n".join(content["traceback"])
            if told["msg_type"] == "execute_result":
                value = content["data"]["text/plain"]
            if told["msg_type"] == "status" and content["execution_state"] == "idle":
                return value
        raise AssertionError(f"no end of {code!r}")


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cells]:
    manager = KernelManager(kernel_name="python3")
    folder = tmp_path_factory.mktemp("kernel")
    environment = {**os.environ, "COURSE_HEADLESS": "0", "PYTHONPATH": str(ROOT)}
    environment |= {"IPYTHONDIR": str(folder), "COURSE_WORKSPACE": str(folder / "workspace")}
    # Memory that is free again is to be seen, and not kept for the next model.
    environment |= {"MALLOC_TRIM_THRESHOLD_": "0", "MALLOC_MMAP_THRESHOLD_": "65536"}
    manager.start_kernel(env=environment, cwd=str(folder))
    cells = Cells(manager)
    cells.run(SET_UP)
    yield cells
    cells.client.stop_channels()
    manager.shutdown_kernel(now=True)
    manager.cleanup_resources()


@pytest.mark.parametrize("name", LABS)
def test_a_lab_run_ten_times_leaves_the_newest_and_no_more_memory(cells: Cells, name: str) -> None:
    cells.run("seen.clear()")
    code = f"lab = watch({LABS[name]})\nlab"
    for number in range(RUNS):
        if number == WARM:
            before = float(cells.run("megabytes()", cell="asks"))
        cells.run(code, cell=name)
    alive = ast.literal_eval(cells.run("alive()", cell="asks"))
    grown = float(cells.run("megabytes()", cell="asks")) - before
    assert sum(alive[:-1]) == 0 and alive[-1] >= 2, f"alive of each run: {alive}"
    assert grown < MEGABYTES


def test_a_lab_of_another_cell_stays(cells: Cells) -> None:
    cells.run("seen.clear()")
    cells.run("watch(collection_labs.mix_lab(corpus))", cell="one")
    cells.run("watch(collection_labs.mix_lab(corpus))", cell="other")
    assert ast.literal_eval(cells.run("alive()", cell="asks")) == [2, 2]


def test_two_labs_of_one_run_of_a_cell_stay(cells: Cells) -> None:
    cells.run("seen.clear()")
    both = "[watch(collection_labs.mix_lab(corpus)) for _ in range(2)] and None"
    cells.run(both, cell="both")
    assert ast.literal_eval(cells.run("alive()", cell="asks")) == [2, 2]
