"""The sources lab: ask a question, and see the pages behind the answer, word for word.

`inference.sources` finds the pages of the reader's crawl that say the same, and those that say
otherwise. Nothing is trained, and who answers is given; lab.js draws. Taught in notebook 05,
section "Where did it read that?".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets
from matplotlib.figure import Figure

from course_utils.inference.figures_sources import pages_by_site
from course_utils.inference.sources import Claim, Source, Sources, by_site, claim_of
from course_utils.ui import bundle, pack
from course_utils.ui.static_lab import StaticLab, StaticLabView, sized

MOST_PAGES = 12  # of each sort whose text is sent to the page, so that a frame stays small
MOST_LETTERS = 1_500  # of a page's text
LISTED = 3  # pages of each sort in the text version
NO_CLAIM = "This reply states no fact about a country, so there is nothing to look up."
NOWHERE = "No page of your crawl says that: the model made it up, or put it together."


class SourcesView(StaticLabView):
    """The drawing."""

    _esm = bundle.script(__file__)
    _css = bundle.styles(__file__)


class SourcesLab(StaticLab):
    """The lab as a cell's last line.

    Args:
        answers: questions in, replies out, such as retrieval.by_heart gives.
        sources: the reader's crawl.
        questions: to choose from, at least one; any other may be typed.

    Raises:
        ValueError: there is no question.
    """

    title = "Sources lab: the pages behind an answer"
    view_class = SourcesView

    def __init__(
        self,
        answers: Callable[[list[str]], list[str]],
        sources: Sources,
        questions: Sequence[str],
    ) -> None:
        if not questions:
            raise ValueError("There are no questions to choose from.\nGive at least one.")
        self.answers, self.sources = answers, sources
        self.questions = list(dict.fromkeys(questions))
        self._looked_up: dict[str, tuple[str, Claim | None, list[Source], list[Source]]] = {}
        super().__init__({"question": self.questions[0]})

    @property
    def question(self) -> str:
        """What is asked."""
        return str(self.settings["question"])

    @property
    def reply(self) -> str:
        """What was answered."""
        return self._look_up()[0]

    @property
    def claim(self) -> Claim | None:
        """What the reply states; None where it is no statement of a fact."""
        return self._look_up()[1]

    @property
    def same(self) -> list[Source]:
        """The pages that say the same."""
        return self._look_up()[2]

    @property
    def others(self) -> list[Source]:
        """The pages that say something else about the same thing."""
        return self._look_up()[3]

    def change(self, setting: str, value: object) -> None:
        """Ask another question; an empty one, or none, is not asked."""
        if str(value or "").strip():
            super().change(setting, " ".join(str(value).split()))

    def controls(self) -> Sequence[ipywidgets.Widget]:
        """The questions to choose from, and a field for others."""
        self.chooser = ipywidgets.Dropdown(
            options=self.questions,
            value=self.question,
            description="Question",
            tooltip="Asks the model this question and looks up its answer",
            **sized(72, 460),
        )
        self.typed = ipywidgets.Text(
            placeholder="or type one, and press Enter",
            continuous_update=False,
            description="Your own",
            tooltip="Any question; what the model answers is looked up in your crawl",
            **sized(72, 460),
        )
        # Behind a typed question no other is chosen, so that each of them can be.
        self.typed.observe(lambda _: setattr(self.chooser, "value", None), names="value")
        return [self.steer(self.chooser, "question"), self.steer(self.typed, "question")]

    def frame(self) -> bytes:
        """The reply, and its pages with their sentences."""
        reply, claim, same, others = self._look_up()
        return pack(
            {
                "question": self.question,
                "reply": reply,
                "value": claim.value if claim else "",
                "note": NO_CLAIM if claim is None else "" if same else NOWHERE,
                "same": [_shown(source) for source in same[:MOST_PAGES]],
                "others": [_shown(source) for source in others[:MOST_PAGES]],
                "sites": list(by_site(same).items()),
                "other_sites": list(by_site(others).items()),
            },
            {},
        )

    def picture(self) -> Figure:
        """How many pages of each site say the same, and how many say otherwise."""
        _, claim, same, others = self._look_up()
        value = claim.value if claim else "nothing to look up"
        return pages_by_site(by_site(same), by_site(others), value)

    def as_text(self) -> str:
        """The question, the reply, and every page that speaks for it or against it."""
        reply, claim, same, others = self._look_up()
        lines = [self.question, f"  {reply}"]
        if claim is None:
            return "\n".join([*lines, NO_CLAIM])
        for words, told in (("say the same", same), ("say otherwise", others)):
            sites = ", ".join(f"{site} {count}" for site, count in by_site(told).items())
            lines.append(f"pages that {words}: {sites or 'none'}")
            lines += [f"  {s.document.url} ({s.used}): {s.sentence}" for s in told[:LISTED]]
        return "\n".join(lines)

    def _look_up(self) -> tuple[str, Claim | None, list[Source], list[Source]]:
        """The reply to the question of now, and its pages; each question is answered once."""
        if self.question not in self._looked_up:
            [said] = self.answers([self.question])
            claim = claim_of(said)
            pages = self.sources.behind(claim) if claim else ([], [])
            self._looked_up[self.question] = (said, claim, *pages)
        return self._looked_up[self.question]


def _shown(source: Source) -> dict:
    """What the view shows of a page: its text in three parts, with the sentence in the middle."""
    text, url = source.document.text, source.document.url
    start = text.index(source.sentence)
    end = start + len(source.sentence)
    # Of a long page what stands around the sentence.
    first = max(0, min(start, end - MOST_LETTERS // 2))
    return {
        "site": source.site,
        "path": url.split("://", 1)[-1].split("/", 1)[-1],
        "used": source.used,
        "value": source.claim.value,
        "parts": [text[first:start], source.sentence, text[end : first + MOST_LETTERS]],
    }
