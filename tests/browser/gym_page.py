"""The Training Gym's page: the cells of its notebook, what it shows, and its controls."""

from __future__ import annotations

import re

from .lab_page import LabPage

NOTEBOOK = "gym.ipynb"
DATA_CELL = """
import gzip, json
from course_utils import workspace
from course_utils.tokenization import shards
from course_utils.tokenization.fast import FastTokenizer

animals = ["fox", "owl", "hen", "cat", "dog", "bee", "cow", "elk"]
texts = [
    f"The {one} saw a {two}. The {two} ran to the hill, and the {one} went home."
    for _ in range(40) for one in animals for two in animals if one != two
]
rows = [{"id": str(i), "url": "", "text": t, "source": "stories"} for i, t in enumerate(texts)]
with workspace.write("corpus") as folder:
    for split, part in (("train", rows[:-200]), ("validation", rows[-200:])):
        with gzip.open(folder / f"{split}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + chr(10) for row in part)
corpus = workspace.load("corpus")
tokenizer = FastTokenizer.train(texts, vocab_size=400)
with workspace.write("tokenizer", inputs=[corpus]) as folder:
    tokenizer.save(folder)
tokenizer_artifact = workspace.load("tokenizer")
with workspace.write("tokens", inputs=[corpus, tokenizer_artifact]) as folder:
    shards.write(tokenizer, corpus.path, folder)
tokens = workspace.load("tokens")
"""
LAB_CELL = """
from course_utils.pretraining.labs import training_gym

lab = training_gym(
    tokens, {"stories": 1.0}, tokenizer, inputs=[corpus, tokenizer_artifact, tokens], prompt="The"
)
lab
"""


class GymPage(LabPage):
    """The Training Gym's page."""

    view = ".anatomy-gym"
    patience = 20.0

    def press(self, words: str) -> None:
        """Click a button by its words; by role its name would begin with the icon's glyph."""
        self.page.locator(".jupyter-button", has_text=re.compile(f"^{words}")).first.click()

    def train(self, steps: int) -> None:
        """Play until so many steps are shown, then pause and see the last one drawn."""
        self.press("Play")
        self.until(lambda: int(self.shown("step")) >= steps, f"{steps} steps", 60)
        self.press("Pause")
        self.until(lambda: self.shown("status") == "paused", "paused")
        self.until(lambda: int(self.shown("step")) == self.jupyter.ask("lab.steps"), "last frame")

    def reset(self) -> None:
        """Go back to the state that each test begins with."""
        self.press("usual")
        self.press("Reset")
        self.until(lambda: self.shown("step") == "0", "reset to step 0")
