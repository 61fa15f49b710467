"""The sampling lab: from the text to the next token, step by step, with every text kept in a tree.

Nothing is trained. The steps are those of `model.sampling.stages`; tree.py holds the texts. The
frame has the numbers of all steps, so to look at another step or candidate asks the kernel
nothing. bars.js draws the candidates, formula.js says how a number comes about, texts.js the text,
its attention and the tree. Notebook 05, section "Choosing the next token".

Shape letters: L layers, T tokens, N candidates, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import ipywidgets
import numpy as np
import torch
import traitlets
from matplotlib.figure import Figure

from course_utils import checks
from course_utils.finetuning_rlhf.chat_format import conversation_ids
from course_utils.inference.engine import Engine
from course_utils.inference.labs.sampling import figure
from course_utils.inference.labs.sampling.tree import ROOT, TextTree
from course_utils.model.sampling import SamplingConfig
from course_utils.tokenization.compare import show
from course_utils.ui import bundle, pack, wrapping_row
from course_utils.ui.static_lab import StaticLab, StaticLabView, button, sized

QUESTION = "Tell me a story about a fox."
CANDIDATES = 14
MOST_PROMPT = 96  # tokens, those of the chat's form among them
AT_ONCE = 10  # tokens that one button draws
TOP_K = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)
ALL = 0  # top-k at the right end of its slider: it cuts nothing
SLIDERS = (  # setting, name, smallest, largest, step, what it does
    ("temperature", "Temperature", 0.0, 2.0, 0.05, "0 takes the likeliest; more lets others win"),
    ("top_p", "Top-p", 0.05, 1.0, 0.05, "Keeps the likeliest that reach this share; 1 keeps all"),
    ("min_p", "Min-p", 0.0, 0.5, 0.01, "Cuts what is under this share of the likeliest; 0 none"),
    ("repetition_penalty", "Penalty", 1.0, 2.0, 0.05, "Lowers what the text has already; 1 none"),
)
FIRST = SamplingConfig(temperature=0.8)
# Of the picture and its words, where each step has something to cut.
SHOWN = SamplingConfig(1.0, top_k=50, top_p=0.9, min_p=0.1, repetition_penalty=1.1)


class SamplingView(StaticLabView):
    """The drawing; which step is looked at is a trait, what is pressed comes back as messages."""

    _esm = bundle.script(__file__)
    _css = bundle.styles(__file__)
    stage = traitlets.Int(5, help="The step whose numbers the bars show, from 0.").tag(sync=True)
    layer = traitlets.Int(-1, help="Whose attention is shown; -1 for all layers.").tag(sync=True)


class SamplingLab(StaticLab):
    """The lab as a cell's last line.

    Args:
        engine: its model and tokenizer; they are only read.
        question: what the user says; the texts are the model's replies to it.
        config: the sliders' first places; None for a temperature of 0.8 and nothing cut.

    Attributes:
        tree: the texts so far; see tree.py.

    Raises:
        ValueError: a setting is beyond its slider, or the question is empty or too long.
    """

    title = "Sampling lab: how the next token is chosen"
    view_class = SamplingView

    def __init__(
        self, engine: Engine, question: str = QUESTION, config: SamplingConfig | None = None
    ) -> None:
        self.engine, self.config, self.notice, self._redrawn = engine, config or FIRST, "", 0
        settings = {name: getattr(self.config, name) for name, *_ in SLIDERS}
        settings |= {"top_p": settings["top_p"] or 1.0, "min_p": settings["min_p"] or 0.0}
        for name, _, low, high, *_ in SLIDERS:
            checks.number(
                name, settings[name], least=low, most=high, hint="Its slider ends there."
            )
        self.tree = self._tree_of(question)
        settings |= {"question": question, "top_k": self.config.top_k, "seed": self.config.seed}
        super().__init__(settings)
        if self.view is not None:
            self.view.on_msg(self._hear)

    @property
    def text(self) -> str:
        """The reply up to where the reader stands."""
        return self._text_of(self.tree)

    def draw(self, count: int = 1) -> None:
        """Draw tokens with the sliders of now, to the text's end at most."""
        self.notice = self.tree.end()
        self.tree.draw(self.config, count)
        self.redraw()

    def force(self, token: int) -> None:
        """Go on with a token of the reader's.

        Raises:
            ValueError: there is no such token.
        """
        self.notice = "" if token in self.tree.children() else self.tree.end()
        if not self.notice:
            self.tree.grow(token, forced=True)
        self.redraw()

    def go(self, node: int) -> None:
        """Stand at another token of the tree; what comes next grows from there.

        Raises:
            ValueError: there is no such node.
        """
        self.notice = ""
        self.tree.go(node)
        self.redraw()

    def back(self) -> None:
        """Stand one token earlier; what was written stays in the tree."""
        self.tree.back()
        self.go(self.tree.here)

    def ask(self, question: str) -> None:
        """Begin a new tree; a question that is empty or too long leaves the one before it."""
        try:
            self.tree = self._tree_of(question)
            self.settings["question"], self.notice = question, ""
        except ValueError as error:
            self.notice = str(error)
        self.redraw()

    def change(self, setting: str, value: object) -> None:
        """Take a new setting of the sampler; it acts on what is drawn from now on."""
        self.settings[setting] = value
        off = {"top_k": ALL, "top_p": 1.0, "min_p": 0.0}
        value = None if setting in off and value == off[setting] else value
        self.config, self.notice = replace(self.config, **{setting: value}), ""
        self.redraw()

    def controls(self) -> Sequence[ipywidgets.Widget]:
        """The question, the sampler's sliders in their order, the buttons and the seed."""
        self.question = ipywidgets.Text(
            value=self.settings["question"],
            description="Your question",
            tooltip="Enter lets the model read it, and begins a new tree of texts",
            continuous_update=False,
            **sized(104, 640),
        )
        self.question.observe(lambda change: self.ask(change["new"]), names="value")
        self.sliders = {}
        for setting, name, low, high, step, tooltip in SLIDERS:
            slider = ipywidgets.FloatSlider(
                value=self.settings[setting],
                min=low,
                max=high,
                step=step,
                description=name,
                tooltip=tooltip,
                readout_format=".2f",
                **sized(90, 300),
            )
            self.sliders[setting] = self.steer(slider, setting)
        counts = sorted({*TOP_K, self.config.top_k or 1})
        below = [count for count in counts if count < self.engine.model.config.vocab_size]
        top_k = ipywidgets.SelectionSlider(
            options=[*((f"{count:,}", count) for count in below), ("all", ALL)],
            value=self.settings["top_k"] if self.settings["top_k"] in below else ALL,
            description="Top-k",
            tooltip="Keeps so many of the likeliest tokens",
            **sized(90, 300),
        )
        self.sliders["top_k"] = self.steer(top_k, "top_k")
        order = ("repetition_penalty", "temperature", "top_k", "top_p", "min_p")
        return [
            self.question,
            wrapping_row([self.sliders[name] for name in order]),
            wrapping_row(self._buttons()),
        ]

    def labels(self) -> dict:
        """How many layers there are, and how many tokens."""
        config = self.engine.model.config
        return {"layers": config.layers, "vocabulary": config.vocab_size}

    def frame(self) -> bytes:
        """The tree, the candidates after each step, and where the last token looks."""
        tree, reading, made = self.tree, self.tree.reading(), self.tree.stages(self.config)
        ids, so_far, children = tree.candidates(CANDIDATES), set(tree.ids()), tree.children()
        facts = {
            "prompt": [self.name(token) for token in tree.prompt],
            "nodes": [
                [node.parent, self.name(node.token), round(node.share, 4), node.forced]
                for node in tree.nodes
            ],
            "here": tree.here,
            "names": [self.name(token) for token in ids],
            "ids": ids,
            "again": [token in so_far for token in ids],
            "next": [children.get(token, -1) for token in ids],
            "stages": [
                [one.name, one.setting and round(one.setting, 4), int(one.kept.sum())]
                for one in made
            ],
            "lowest": float(reading.logits[made[0].kept[0]].min()),
            "best": float(made[1].scores.max()),
            "total": float(made[-1].scores.exp().sum()),
            "notice": self.notice,
            "redrawn": self._redrawn,  # so that no two frames are equal, and each is drawn
        }
        shares = torch.cat([one.probabilities for one in made])[:, ids]  # (6, N)
        layers = reading.attention  # (L, T); their mean stands before them
        arrays = {
            "shares": shares,
            "scores": torch.cat([one.scores for one in made])[:, ids],
            "rest": 1 - shares.double().sum(-1),
            "attention": torch.cat([layers.mean(0, keepdim=True), layers]),
        }
        return pack(facts, {name: np.asarray(array) for name, array in arrays.items()})

    def name(self, token: int) -> str:
        """A token with signs for blanks; "" for the root's -1."""
        return "" if token < 0 else show(self.engine.tokenizer.token_bytes(token))

    def redraw(self) -> None:
        """Send a frame that differs from the one before it."""
        self._redrawn += 1
        super().redraw()

    def picture(self) -> Figure:
        """A drawn text, and the candidates for a token amid it, as they were and as cut."""
        tree = self._drawn()
        path = tree.path()
        sure = [tree.nodes[at].share for at in path[1:]]
        tree.go(self._amid(tree))
        ids, made = tree.candidates(CANDIDATES), tree.stages(SHOWN)
        plain, shaped = (stage.probabilities[0, ids].tolist() for stage in (made[0], made[-1]))
        names = [self.name(tree.nodes[at].token) for at in path[1:]]
        candidates = [self.name(token) for token in ids]
        return figure.candidates_and_text(candidates, plain, shaped, (names, sure), self.title)

    def as_text(self) -> str:
        """A drawn text, a second one that branches off, and what each step kept there."""
        tree = self._drawn()
        drawn = self._text_of(tree)
        tree.go(self._amid(tree))
        lines = []
        for stage in tree.stages(SHOWN):
            setting = "" if stage.setting is None else f" {stage.setting:g}"
            kept, most = int(stage.kept.sum()), float(stage.probabilities.max())
            lines.append(f"{stage.name + setting:<24} keeps {kept:>5,}; likeliest {most:.0%}")
        known = tree.children()
        other = next(token for token in tree.candidates(CANDIDATES) if token not in known)
        tree.grow(other, forced=True)
        tree.draw(SHOWN, AT_ONCE)
        words = [f"drawn:  {drawn}", f"forced: {self._text_of(tree)}"]
        return "\n".join([*words, f"before the forced {self.name(other)}:", *lines])

    def _drawn(self) -> TextTree:
        """A tree of its own with a text, for the picture and the words."""
        tree = self._tree_of(self.settings["question"])
        tree.draw(SHOWN, AT_ONCE)
        return tree

    def _amid(self, tree: TextTree) -> int:
        """The node amid a tree's text, from which another one branches off."""
        path = tree.path()
        return path[min(AT_ONCE // 2, len(path) - 2)]

    def _text_of(self, tree: TextTree) -> str:
        """The reply up to where a tree's reader stands."""
        return self.engine.tokenizer.decode(tree.ids()[len(tree.prompt) :])

    def _buttons(self) -> list[ipywidgets.Widget]:
        """Draw, back, restart, and the seed."""
        seed = ipywidgets.BoundedIntText(
            value=self.settings["seed"],
            min=0,
            max=max(9999, self.settings["seed"]),
            description="Seed",
            tooltip="Which random numbers are drawn; the same one draws the same text again",
            **sized(40, 140),
        )
        self.seed = self.steer(seed, "seed")
        words = f"Draw {AT_ONCE}"
        return [
            button("Draw", "step-forward", "Draw one token", self.draw),
            button(words, "fast-forward", "Draw so many tokens", lambda: self.draw(AT_ONCE)),
            button("Back", "step-backward", "Go one token back; the text stays", self.back),
            button("Restart", "undo", "Go back to the prompt; all texts stay", self._restart),
            self.seed,
        ]

    def _restart(self) -> None:
        self.go(ROOT)

    def _tree_of(self, question: str) -> TextTree:
        """A new tree after the question in the chat's form."""
        prompt = conversation_ids(self.engine.tokenizer, [("user", question)])
        most = min(MOST_PROMPT, self.engine.model.config.context_tokens - 1)
        if len(prompt) > most:
            raise ValueError(
                f"The question has {len(prompt)} tokens with the chat's form; the lab shows "
                f"{most} at most. Ask a shorter one."
            )
        return TextTree(self.engine.model, prompt, self.config.stop_ids)

    def _hear(self, _view: SamplingView, content: dict, _buffers: list) -> None:
        """What is pressed in the view; a click on an older frame's node or candidate is none."""
        kind, what = content.get("type"), content.get("what")
        if kind not in ("force", "go") or type(what) is not int:
            return
        if kind == "go" and 0 <= what < len(self.tree.nodes):
            self.go(what)
        elif kind == "force" and content.get("here") == self.tree.here:
            if what in self.tree.candidates(CANDIDATES):
                self.force(what)
