"""The quality rules beside the learned classifier, on webs that neither was made on.

    python -m benchmarks.quality_filters [--seeds 1 2 3]

The classifier learns from seed 0's pages, without those of holdout kinds, and its threshold is
chosen on seed 0 too; the rules are those of quality.py. English pages only: other languages are
another step's. It fetches nothing and writes nothing: pages are rendered and extracted in memory.
"""

from __future__ import annotations

import argparse
import time

from course_utils import runtime
from course_utils.data_collection.clean import extract, quality_learned
from course_utils.data_collection.scoring import filter_scores
from course_utils.littleweb.truth import labels
from course_utils.littleweb.web import LittleWeb

PRECISION = 0.99  # that the threshold is chosen for


def pages_of(seed: int) -> dict[str, list[tuple[str, bool]]]:
    """(extracted text, whether it is junk) of a web's English pages: known kinds and holdout."""
    web = LittleWeb(seed, runtime.scale())
    truth = labels.labels_of(web)
    pages: dict[str, list[tuple[str, bool]]] = {"known": [], "holdout": []}
    for page in web.pages():
        label = truth[page.url]
        text = extract.extract_page(extract.decode(web.html(page)[0]))
        if text and label.language == "en":
            part = "holdout" if "page" in label.why_holdout else "known"
            pages[part].append((text, label.junk is not None))
    return pages


def main() -> None:
    """Train on seed 0 and print a block a seed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    seeds = parser.parse_args().seeds
    texts, junk = zip(*pages_of(0)["known"], strict=True)
    started = time.perf_counter()
    model = quality_learned.train(texts, junk)
    print(f"learnt from {len(texts):,} pages in {time.perf_counter() - started:.1f} s")
    chosen = filter_scores.threshold_for(model.probabilities(texts), junk, PRECISION)
    for seed in seeds:
        for part, pages in pages_of(seed).items():
            texts, junk = zip(*pages, strict=True)
            print(f"seed {seed}, {part} kinds: {len(texts):,} pages, {sum(junk)} of them junk")
            scores = filter_scores.against_rules(model, texts, junk, (0.5, round(chosen, 3)))
            for name, values in scores.items():
                print(f"  {name:<16} {filter_scores.in_words(values)}")


if __name__ == "__main__":
    main()
