"""The attention lab: where every head of a trained model looks, and why, in your own sentence.

Nothing is trained. The numbers are those of `model.attention`; heads.js draws all heads small,
look.js the chosen one large, pair.js how one number of it comes about. All numbers of a head are
in the browser, so only another head or sentence asks the kernel. Notebook 03, section "Where it
looks". Shape letters: L layers, H heads, T tokens, D numbers of a head.
"""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets
import numpy as np
import traitlets
from matplotlib.figure import Figure

from course_utils.model.attention import Head, trace
from course_utils.model.transformer import Transformer
from course_utils.pretraining.labs.attention import figure
from course_utils.tokenization.compare import Inspectable, show
from course_utils.tokenization.special_tokens import END
from course_utils.ui import bundle, pack
from course_utils.ui.static_lab import StaticLab, StaticLabView, sized

TEXT = "The animal did not cross the street because it was too tired."
MOST_TOKENS = 40  # with the end token that stands before every text, as in training
END_SIGN = "<end>"


class AttentionView(StaticLabView):
    """The drawing; what is chosen in it comes back as traits."""

    _esm = bundle.script(__file__)
    _css = bundle.styles(__file__)
    vectors = traitlets.Bytes(help="Queries, then keys: 2 T D float32.").tag(sync=True)
    maps = traitlets.Bytes(help="Roots of all weights, L H T T bytes from 0 to 255.").tag(
        sync=True
    )
    chosen = traitlets.List(help="Layer and head that the reader has chosen.").tag(sync=True)
    causal = traitlets.Bool(True, help="Whether the mask is on.").tag(sync=True)
    locked = traitlets.List(help="The pair of tokens that is held, or none.").tag(sync=True)


class AttentionLab(StaticLab):
    """The lab as a cell's last line.

    Args:
        model: a trained transformer; it is only read.
        tokenizer: the one that it was trained with.
        text: of at most 40 tokens, the end token before it counted; what is beyond is left out,
            and the lab says so.
        layer, head: chosen at first, both counted from 0.

    Attributes:
        tokens: the text's tokens with signs for spaces and line ends, the end token first.

    Raises:
        ValueError: the text is empty, there is no such layer or head, or the tokenizer has more
            tokens than the model.
    """

    title = "Attention lab: where each token looks"
    view_class = AttentionView

    def __init__(
        self,
        model: Transformer,
        tokenizer: Inspectable,
        text: str = TEXT,
        layer: int = 0,
        head: int = 0,
    ) -> None:
        if tokenizer.vocab_size > model.config.vocab_size:
            raise ValueError(
                f"The tokenizer has {tokenizer.vocab_size} tokens, the model "
                f"{model.config.vocab_size}.\nUse the tokenizer that it was trained with."
            )
        self.model, self.tokenizer, self.notice = model, tokenizer, ""
        if not text.strip():
            raise ValueError("The text is empty; give a sentence of a few words.")
        self._read(text)
        self._trace.head(layer, head)  # refuses what is not there
        super().__init__({"text": text, "layer": layer, "head": head})
        if self.view is not None:
            self.redraw()
            self.view.observe(lambda change: self.choose(*change["new"]), names="chosen")

    @property
    def head(self) -> Head:
        """Queries, keys, scores and weights of the chosen head, as the model computes them."""
        return self._trace.head(self.settings["layer"], self.settings["head"])

    def choose(self, layer: int, head: int) -> None:
        """Show another head.

        Raises:
            ValueError: there is no such layer or head.
        """
        self._trace.head(layer, head)
        self.settings |= {"layer": layer, "head": head}
        self.redraw()

    def read(self, text: str) -> None:
        """Let the model read another text; an empty one is not read, and the lab says so."""
        if text.strip():
            self._read(text)
            self.settings["text"] = text
        else:
            self.notice = "The field is empty, so the sentence before it stays."
        self.redraw()

    def controls(self) -> Sequence[ipywidgets.Widget]:
        """The field for the reader's own sentence."""
        look = sized(104, 640)
        self.text = ipywidgets.Text(
            value=self.settings["text"],
            description="Your sentence",
            tooltip=f"At most {MOST_TOKENS} tokens; Enter lets the model read it",
            continuous_update=False,
            **look,
        )
        self.text.observe(lambda change: self.read(change["new"]), names="value")
        return [self.text]

    def labels(self) -> dict:
        """How many layers and heads there are."""
        return {"layers": self.model.config.layers, "heads": self.model.config.heads}

    def frame(self) -> bytes:
        """The tokens, and the chosen head's scores and rows, with the mask and without."""
        facts = {
            "tokens": self.tokens,
            "layer": self.settings["layer"],
            "head": self.settings["head"],
            "notice": self.notice,
        }
        layer, head = self.settings["layer"], self.settings["head"]
        one, free = self.head, self._trace.head(layer, head, causal=False)
        arrays = {"scores": one.scores, "masked": one.weights, "free": free.weights}
        return pack(facts, {name: tensor.numpy() for name, tensor in arrays.items()})

    def redraw(self) -> None:
        """Send the frame with the head's vectors and all small pictures, in one message."""
        if self.view is None:
            return
        one = self.head
        with self.view.hold_sync():
            self.view.vectors = np.stack([one.queries, one.keys]).astype("<f4").tobytes()
            # Roots, since most weights are small, and a byte each.
            roots = self._trace.weights().sqrt().numpy()
            self.view.maps = np.rint(255 * roots).astype(np.uint8).tobytes()
            super().redraw()

    def picture(self) -> Figure:
        """All heads small, the chosen one large."""
        chosen = self.settings["layer"], self.settings["head"]
        weights = self._trace.weights().numpy()
        return figure.attention_heads(weights, self.tokens, chosen, self.title)

    def as_text(self) -> str:
        """Where the last token looks most in the chosen head, and which others look there too."""
        row = self.head.weights[-1]
        most = int(row.argmax())
        chosen = (self.settings["layer"], self.settings["head"])
        words = (
            f"layer {chosen[0]}, head {chosen[1]}: the last token, {self.tokens[-1]}, "
            f"looks most at token {most}, {self.tokens[most]}: {float(row[most]):.2f}"
        )
        rows = self._trace.weights()[:, :, -1]  # (L, H, T)
        others = [
            f"({layer}, {head}) {float(rows[layer, head, most]):.2f}"
            for layer, head in (rows.argmax(-1) == most).nonzero().tolist()
            if (layer, head) != chosen
        ]
        words += f"\nso do (layer, head): {', '.join(others) or 'no others'}"
        return f"{self.notice} {words}".strip()

    def _read(self, text: str) -> None:
        ids = [END, *self.tokenizer.encode(text)]
        most = min(MOST_TOKENS, self.model.config.context_tokens)
        self.notice = (
            f"Your text has {len(ids)} tokens with the end token before it; "
            f"the lab shows the first {most}."
            if len(ids) > most
            else ""
        )
        ids = ids[:most]
        self._trace = trace(self.model, ids)
        shown = [show(self.tokenizer.token_bytes(token)) for token in ids[1:]]
        self.tokens = [END_SIGN, *shown]


def attention_lab(
    model: Transformer,
    tokenizer: Inspectable,
    text: str = TEXT,
    layer: int = 0,
    head: int = 0,
) -> AttentionLab:
    """The attention lab; put it on the last line of a cell.

    Args:
        model: a trained transformer; it is only read.
        tokenizer: the one that it was trained with.
        text: of at most 40 tokens; what is beyond is left out, and the lab says so.
        layer, head: chosen at first, both counted from 0.

    Returns:
        The lab, with `tokens`, `head` (queries, keys, scores, weights) and `read(text)`.

    Raises:
        ValueError: see AttentionLab.
    """
    return AttentionLab(model, tokenizer, text, layer, head)
