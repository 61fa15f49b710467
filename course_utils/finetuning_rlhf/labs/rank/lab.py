"""The rank lab: what is left of a finetuning when each table's change is cut to a rank.

Nothing is trained. The change is taken apart in `finetuning_rlhf.low_rank`; the loss of every rank
on the slider is computed when the lab is made, the replies when the slider first stops at their
rank. lab.js draws. Taught in notebook 04, section "Few numbers instead of all".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ipywidgets
import numpy as np
from matplotlib.figure import Figure

from course_utils import checks
from course_utils.finetuning_rlhf import rollouts, sft
from course_utils.finetuning_rlhf.chat_format import Example, HasTurns
from course_utils.finetuning_rlhf.labs.rank import figure
from course_utils.finetuning_rlhf.low_rank import Changes
from course_utils.model.transformer import Transformer
from course_utils.tokenization.interface import TextTokenizer
from course_utils.ui import bundle, pack
from course_utils.ui.static_lab import StaticLab, StaticLabView, sized

FIRST = 8  # the rank that is shown at first, or the next lower one
MOST_PROMPTS = 4
REPLY_TOKENS, CUT_SIGN = 48, "\N{HORIZONTAL ELLIPSIS}"


class RankView(StaticLabView):
    """The drawing."""

    _esm = bundle.script(__file__)
    _css = bundle.styles(__file__)


class RankLab(StaticLab):
    """The lab as a cell's last line.

    Args:
        base: the model before finetuning; only read.
        finetuned: the same model after it; only read.
        tokenizer: the one of both.
        held_out: conversations that finetuning has not seen; some 64 are enough.
        prompts: one to four, which the cut model and the whole one answer.
        trained: rank -> loss on `held_out` (sft.reply_loss) that LoRA of this rank has reached.

    Attributes:
        changes: the finetuning, taken apart.
        ranks: the stops of the slider: 0, 1, 2, 4 and so on, and the most that there is.
        losses: on `held_out` at each of these ranks, in nats per token of the replies.
        base_loss: of the base model, with its own embedding and norms.
        whole: the replies of the finetuned model, greedy.

    Raises:
        ValueError: see low_rank.Changes, sft.reply_loss and rollouts.replies; or there are too
            many prompts, or what `trained` holds is no rank or no loss.
    """

    title = "Rank lab: how much of a finetuning is left"
    view_class = RankView

    def __init__(
        self,
        base: Transformer,
        finetuned: Transformer,
        tokenizer: TextTokenizer,
        held_out: Sequence[Example],
        prompts: Sequence[HasTurns],
        trained: Mapping[int, float] | None = None,
    ) -> None:
        checks.whole("the number of prompts", len(prompts), least=1)
        if len(prompts) > MOST_PROMPTS:
            raise ValueError(
                f"There are {len(prompts)} prompts, and room for {MOST_PROMPTS}. Give fewer."
            )
        base.config.check_vocabulary(tokenizer.vocab_size)
        self.changes = Changes(base, finetuned)
        self.tokenizer, self.prompts = tokenizer, list(prompts)
        self.ranks = stops(self.changes.most)
        self.trained = _checked(trained or {}, self.changes.most)
        self.whole = self._answer(finetuned)
        self._replies = {self.changes.most: self.whole}
        self.base_loss = sft.reply_loss(base, tokenizer, held_out)
        self.losses = [
            sft.reply_loss(self.changes.at(rank), tokenizer, held_out) for rank in self.ranks
        ]
        first = max(rank for rank in self.ranks if rank <= FIRST)
        super().__init__({"rank": first})

    @property
    def rank(self) -> int:
        """Where the slider stands."""
        return self.settings["rank"]

    @property
    def loss(self) -> float:
        """On the held-out conversations, cut to this rank."""
        return self.losses[self.ranks.index(self.rank)]

    @property
    def kept(self) -> float:
        """The share of the change that this rank keeps."""
        return self.changes.kept(self.rank)

    @property
    def numbers(self) -> int:
        """How many numbers two thin tables of this rank have, all tables together."""
        return self.changes.numbers(self.rank)

    @property
    def replies(self) -> list[str]:
        """What the model says to the prompts when it is cut to this rank, greedy."""
        if self.rank not in self._replies:
            self._replies[self.rank] = self._answer(self.changes.at(self.rank))
        return self._replies[self.rank]

    def change(self, setting: str, value: object) -> None:
        """Take another rank, one of `ranks`, and draw what is left."""
        checks.choice(setting, value, self.ranks)
        super().change(setting, value)

    def controls(self) -> Sequence[ipywidgets.Widget]:
        """The slider."""
        self.slider = ipywidgets.SelectionSlider(
            options=[(str(rank), rank) for rank in self.ranks],
            value=self.rank,
            description="Rank",
            tooltip="How many outer products each table's change may have; 0 takes all of it back",
            **sized(64, 460),
        )
        return [self.steer(self.slider, "rank")]

    def labels(self) -> dict:
        """What never changes: prompts, the whole finetuning's replies, ranks and numbers."""
        numbers = [self.changes.numbers(rank) for rank in self.ranks]
        return {
            "prompts": [prompt.text for prompt in self.prompts],
            "whole": self.whole,
            "ranks": self.ranks,
            "numbers": numbers,
            "shares": [count / self.changes.all_numbers for count in numbers],
            "base": self.base_loss,
            "trained": list(self.trained),
        }

    def frame(self) -> bytes:
        """The curves, where the slider stands, and the replies of this rank."""
        facts = {"rank": self.rank, "at": self.ranks.index(self.rank), "replies": self.replies}
        arrays = {
            "places": np.arange(len(self.ranks)),
            "losses": np.array(self.losses),
            "kept": 100 * np.array(self._kept()),
            "trained_places": self._places(list(self.trained)),
            "trained": np.array(list(self.trained.values())),
        }
        return pack(facts, arrays)

    def picture(self) -> Figure:
        """Both curves over the rank, with the chosen rank and the trained ones marked."""
        return figure.rank_panels(
            self.ranks,
            self.losses,
            self._kept(),
            self.rank,
            (self._places(list(self.trained)), list(self.trained.values())),
            self.base_loss,
            self.title,
        )

    def as_text(self) -> str:
        """Every rank in a line, and what the chosen one answers."""
        lines = [f"base model: loss {self.base_loss:.2f}"]
        for rank, loss in zip(self.ranks, self.losses, strict=True):
            numbers = self.changes.numbers(rank)
            lines.append(
                f"cut to rank {rank:>3}: {self.changes.kept(rank):4.0%} of the change, "
                f"{numbers:>9,} numbers ({numbers / self.changes.all_numbers:4.0%} of the "
                f"tables'), loss {loss:.2f}"
            )
        lines += [f"LoRA of rank {rank}: loss {loss:.2f}" for rank, loss in self.trained.items()]
        for prompt, cut, whole in zip(self.prompts, self.replies, self.whole, strict=True):
            lines += [f"{prompt.text}", f"  rank {self.rank}: {cut!r}", f"  whole: {whole!r}"]
        return "\n".join(lines)

    def _answer(self, model: Transformer) -> list[str]:
        """Greedy replies; one that is cut ends with a sign for it."""
        said, ended = rollouts.replies_and_ends(
            model, self.tokenizer, self.prompts, max_new_tokens=REPLY_TOKENS
        )
        return [
            text if whole else f"{text} {CUT_SIGN}"
            for text, whole in zip(said, ended, strict=True)
        ]

    def _kept(self) -> list[float]:
        return [self.changes.kept(rank) for rank in self.ranks]

    def _places(self, ranks: Sequence[int]) -> np.ndarray:
        """Where ranks stand on the axis, on which every stop is one step from the next."""
        return np.interp(ranks, self.ranks, np.arange(len(self.ranks)))


def stops(most: int) -> list[int]:
    """The ranks on the slider: 0, the powers of two below the highest rank, and that one."""
    return [0, *(2**power for power in range(most.bit_length()) if 2**power < most), most]


def _checked(trained: Mapping[int, float], most: int) -> dict[int, float]:
    """Losses by rank, the lowest rank first."""
    for rank, loss in trained.items():
        checks.whole("a trained rank", rank, least=1)
        if rank > most:
            raise ValueError(f"A trained rank is {rank}, but these tables have {most} at most.")
        checks.number(f"the loss of rank {rank}", loss, least=0)
    return {rank: float(trained[rank]) for rank in sorted(trained)}
