"""Makes corpus and tokens again from the seed, for a reader who opens a later notebook first.

The same calls as in the hand-off cells of notebooks 01 and 02, without their pictures and figures.
Left out: models, which are shipped as starters.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from course_utils import runtime, workspace
from course_utils.data_collection.crawl.crawl import crawl
from course_utils.data_collection.pipeline import collect
from course_utils.littleweb.server import LittleWebServer
from course_utils.littleweb.web import LittleWeb
from course_utils.tokenization import fast, shards

SEED = 0


def corpus(folder: Path) -> None:
    """Crawl the Little Web and write `corpus` into a folder of artifacts.

    Args:
        folder: holds artifacts made again; not the reader's workspace.
    """
    scale = runtime.scale()
    with tempfile.TemporaryDirectory() as pages:
        # As notebook 01 does: over HTTP, from the same seed.
        web = LittleWeb(SEED, scale)
        with (
            LittleWebServer(web) as server,
            runtime.Progress("no corpus yet: crawling the Little Web again") as progress,
        ):
            crawl(
                web.seeds,
                Path(pages),
                proxy=server.proxy_url,
                on_page=lambda url, status: progress.advance(),
            )
        made = collect(Path(pages))
    settings = {"web_seed": SEED, "scale": scale}
    with workspace.write("corpus", settings=settings, seed=SEED, folder=folder) as new:
        made.save(new)


def tokens(folder: Path) -> None:
    """Write `tokens` into a folder of artifacts, from the reader's corpus and tokenizer or ours.

    Args:
        folder: holds artifacts made again; not the reader's workspace.
    """
    sources = workspace.load("corpus"), workspace.load("tokenizer")
    tokenizer = fast.FastTokenizer.load(sources[1].path)
    with workspace.write("tokens", inputs=sources, seed=SEED, folder=folder) as new:
        shards.write(tokenizer, sources[0].path, new)
