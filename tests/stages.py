"""What the notebooks do, a function a step, at the tiny scale; each calls `say` as it goes on.

    python tests/stages.py STEP          do one step in $COURSE_WORKSPACE and print what is said

So that a test can stop a step from outside, as Ctrl-C or the stop button does, or fill its disk.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from course_utils import workspace
from course_utils.data_collection.corpus import Corpus
from course_utils.data_collection.crawl.crawl import crawl
from course_utils.data_collection.pipeline import collect
from course_utils.littleweb.server import LittleWebServer
from course_utils.littleweb.web import LittleWeb
from course_utils.tokenization import bpe, shards

Say = Callable[..., None]


def crawl_pages(say: Say) -> None:
    """Notebook 01: the Little Web into `pages`."""
    web, folder = LittleWeb(0, "tiny"), workspace.open_root() / "pages"
    with LittleWebServer(web) as server:
        crawl(web.seeds, folder, proxy=server.proxy_url, on_page=say)


def corpus(say: Say) -> None:
    """Notebook 01: `pages` into the corpus."""
    made = collect(workspace.root() / "pages", on_page=say)
    with workspace.write("corpus", seed=0) as folder:
        made.save(folder)


def tokenizer(say: Say) -> None:
    """Notebook 02: the tokenizer, in plain Python."""
    source = workspace.load("corpus")
    texts = [document.text for document in Corpus.load(source.path).train]
    trained = bpe.Tokenizer.train(texts, vocab_size=400, watch=say)
    with workspace.write("tokenizer", inputs=[source]) as folder:
        trained.save(folder)


def tokens(say: Say) -> None:
    """Notebook 02: the corpus as shards; the slow tokenizer leaves time to be stopped."""
    sources = workspace.load("corpus"), workspace.load("tokenizer")
    trained = bpe.Tokenizer.load(sources[1].path)
    with workspace.write("tokens", inputs=sources, seed=0) as folder:
        say()
        shards.write(trained, sources[0].path, folder)


def base_model(say: Say) -> None:
    """Notebook 03: training, with checkpoints, and the hand-off."""
    import torch

    from course_utils.model import save, transformer
    from course_utils.pretraining import train
    from course_utils.pretraining.batches import Batches
    from course_utils.pretraining.config import TrainConfig

    torch.set_num_threads(1)
    source, config = workspace.load("tokens"), TrainConfig.preset("tiny", vocab_size=400)
    model = transformer.Transformer(config.model, seed=0)
    weights = dict.fromkeys(shards.sources(source.path), 1.0)
    batches = Batches(source.path, weights, config.batch, config.context_tokens)
    train.train(model, batches, config, folder=workspace.root() / "checkpoints", on_step=say)
    with workspace.write("base_model", inputs=[source], seed=0) as folder:
        save.save(model, folder, workspace.load("tokenizer").path)


STEPS = (crawl_pages, corpus, tokenizer, tokens, base_model)


def _print(*_about: object) -> None:
    print("on", flush=True)
    time.sleep(0.02)


if __name__ == "__main__":
    {step.__name__: step for step in STEPS}[sys.argv[1]](_print)
