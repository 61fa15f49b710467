"""The strip at the head of each notebook: the five stages, what the reader has made and done.

It reads the workspace and changes nothing. Headless it prints one line that is the same on every
machine; live it is the pipeline's map: each stage opens and tells what happens there.
The map is HTML without a script, so it outlives the kernel, a reload and an untrusted notebook.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path

from course_utils import challenges, facts, report, runtime, workspace


@dataclass(frozen=True)
class Stage:
    """One notebook of the course.

    Attributes:
        folder: the notebook's name without its number.
        title: in plain words.
        reads: what goes in.
        writes: which artifacts come out.
        challenges: the first part of its challenges' ids.
        engineers: what people do at this stage where real models are made.
        data: what it is fed with.
        figures: the stage's key figures: what each is, and its key in facts.toml.
        humans: where people decide, write or look.
        hard: the main challenge.
    """

    folder: str
    title: str
    reads: str
    writes: tuple[str, ...]
    challenges: str
    engineers: str
    data: str
    figures: tuple[tuple[str, str], ...]
    humans: str
    hard: str


STAGES = (
    Stage(
        "data_collection",
        "data collection",
        "raw pages",
        ("corpus",),
        "collection",
        "Run crawlers, turn pages into text, write filters, remove copies, and measure what each "
        "step loses.",
        "Public web pages, far more than will be kept; below, what went into GPT-3's filters and "
        "what came out.",
        (
            ("Common Crawl for GPT-3, before filtering", "gpt3_common_crawl_before_terabytes"),
            ("The same, filtered", "gpt3_common_crawl_after_gigabytes"),
        ),
        "People choose the sites, label pages as good or bad, decide what is private, and answer "
        "to the owners of the text.",
        "What is good text? Nobody can read even a millionth of it, so every rule is judged on "
        "samples.",
    ),
    Stage(
        "tokenization",
        "tokenization",
        "corpus/",
        ("tokenizer", "tokens"),
        "tokenization",
        "Train a vocabulary on a sample of the corpus, compare it with others on many languages, "
        "and write the corpus as numbers.",
        "A sample that has the languages and the code that the model will meet, then the whole "
        "corpus.",
        (
            ("The vocabulary of GPT-4", "cl100k_vocabulary"),
            ("What GPT-3 read", "gpt3_training_tokens"),
        ),
        "People choose the vocabulary's size, the sample's languages and the special tokens; the "
        "merges are counted.",
        "A vocabulary is chosen once: a language that the sample lacked costs more tokens for "
        "ever after.",
    ),
    Stage(
        "pretraining",
        "pretraining",
        "tokens/",
        ("base_model",),
        "pretraining",
        "Try settings on small models, start the large run, and watch it day and night: loss "
        "spikes, broken machines, checkpoints.",
        "Trillions of tokens, each source drawn by its weight.",
        (
            ("What Llama 3.1 405B read", "llama3_405b_training_tokens"),
            ("What that took", "llama3_405b_gpu_hours"),
        ),
        "Hardly any: no person labels a thing, the text itself is the answer. People pick the mix "
        "and decide when to turn back.",
        "A single try: one run takes months and most of the budget, so a mistake that shows late "
        "costs the most.",
    ),
    Stage(
        "finetuning_rlhf",
        "finetuning and human feedback",
        "base_model/",
        ("chat_model", "reward_model"),
        "finetuning",
        "Write guidelines, gather demonstrations and comparisons, train a reward model, and let "
        "the model practise on a leash.",
        "Thousands of written replies and ranked pairs, a tiny part of what pretraining read.",
        (
            ("InstructGPT, written by people", "instructgpt_demonstrations"),
            ("InstructGPT, ranked by people", "instructgpt_comparisons"),
        ),
        "Everywhere: labellers write and rank the replies. They agree with each other about three "
        "times in four.",
        "The reward is a stand-in for what people want, and a model that practises long enough "
        "finds where the two differ.",
    ),
    Stage(
        "inference",
        "inference",
        "chat_model/",
        ("report card",),
        "inference",
        "Serve many readers at once: cache keys and values, batch requests, store weights in "
        "fewer bits, and measure delay.",
        "The weights, a prompt, and memory for every token of every open conversation.",
        (
            ("Memory of a conversation", "opt_13b_cache_kilobytes"),
            ("Hard questions of fact", "simpleqa_gpt4o_right_percent"),
        ),
        "Readers ask, and judge each answer; their complaints become the next finetuning data.",
        "Each new token has to read all weights, so memory is short before arithmetic is, and a "
        "wrong answer sounds as sure as a right one.",
    ),
)


__all__ = ["STAGES", "Stage", "Strip", "position"]

SOFT = "color:var(--jp-ui-font-color2, #616161)"
ROW = "display:flex;flex-wrap:wrap;gap:4px;font-size:13px;line-height:1.4;max-width:1100px"
# Each <details> lends its parts to the row: the titles come first, and what is open is below them.
TITLE = "order:-1;flex:1 1 130px;min-width:0;box-sizing:border-box;padding:4px 6px;cursor:pointer"
OPENED = (
    "box-sizing:border-box;padding:8px 12px;margin:0;"
    "border:1px solid var(--jp-border-color2, #d0d0d0);border-radius:4px"
)


def position(stage: str) -> Strip:
    """The strip for one notebook; put it on the last line of its first cell.

    Args:
        stage: the notebook's name without its number, such as "tokenization".

    Raises:
        ValueError: there is no such stage.
    """
    # Refused by name, so that a slip in a notebook says what there is.
    folders = [stage.folder for stage in STAGES]
    if stage not in folders:
        raise ValueError(f"There is no stage {stage!r}; there are {', '.join(folders)}.")
    return Strip(folders.index(stage))


@dataclass(frozen=True)
class Strip:
    """What `position` shows: text everywhere, and HTML in a live notebook."""

    at: int  # 0..4

    def __str__(self) -> str:
        stage = STAGES[self.at]
        # An artifact is a folder; the report card, whose name has a space, is none.
        written = " and ".join(name if " " in name else f"{name}/" for name in stage.writes)
        return f"Stage {self.at + 1} of {len(STAGES)}: {stage.title}: {stage.reads} -> {written}"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict:
        bundle = {"text/plain": str(self)}
        # The text is always there; the map only where somebody can click on it.
        if not runtime.headless():
            bundle["text/html"] = self.html()
        return bundle

    def html(self) -> str:
        """The five stages in a row, with the reader's artifacts and challenges; each opens."""
        # Read once for all five stages.
        root, done = workspace.root(), challenges.done()
        entries = "".join(self._entry(number, root, done) for number in range(len(STAGES)))
        return (
            f'<nav class="anatomy-map" aria-label="{escape(str(self))}" style="{ROW}">'
            f"{entries}</nav>"
        )

    def _entry(self, number: int, root: Path, done: tuple[str, ...]) -> str:
        """A stage: its title, which is clicked, and what that opens."""
        stage, here = STAGES[number], number == self.at
        colour = "brand-color1, #1976d2" if here else "border-color2, #d0d0d0"
        # The title, which is clicked: where the reader is, and how far.
        title = f"{number + 1} {escape(stage.title)}"
        title = f"<strong>{title}</strong> (you are here)" if here else title
        below = "<br>".join(escape(line) for line in _progress(stage, root, done))
        current = ' aria-current="step"' if here else ""
        return (
            f'<details name="anatomy-map-{self.at}" style="display:contents">'
            f'<summary{current} style="{TITLE};border-top:3px solid var(--jp-{colour})">{title}'
            f'<br><span style="{SOFT}">{below}</span></summary>'
            f'<div style="{OPENED}">{_told(number, root, done)}</div></details>'
        )


def _own(stage: Stage, done: tuple[str, ...]) -> list[tuple[bool, challenges.Challenge]]:
    """The stage's challenges, and whether the reader has done each."""
    # Found by the first part of their ids, so that a new challenge belongs here by itself.
    known = challenges.listed()
    return [
        (challenge.id in done, challenge)
        for challenge in known
        if challenge.id.startswith(stage.challenges + ".")
    ]


def _artifacts(stage: Stage, root: Path) -> list[tuple[bool, str]]:
    """What the stage makes, and whether the reader has made each."""
    # What is no folder is looked up in the report card.
    return [
        (_has_reported(stage), name) if " " in name else ((root / name).is_dir(), f"{name}/")
        for name in stage.writes
    ]


def _has_reported(stage: Stage) -> bool:
    """Whether the report card has figures of this stage; a broken card counts as none."""
    try:
        return any(key.startswith(stage.challenges + ".") for key in report.load())
    except workspace.ArtifactError:
        return False


def _progress(stage: Stage, root: Path, done: tuple[str, ...]) -> list[str]:
    """What stands below a stage's title: artifacts, and how many challenges are done."""
    lines = [f"{'✓' if there else '○'} {name}" for there, name in _artifacts(stage, root)]
    # Only where the stage has challenges.
    known = _own(stage, done)
    if known:
        lines.append(f"{sum(solved for solved, _ in known)} of {len(known)} challenges done")
    return lines


def _told(number: int, root: Path, done: tuple[str, ...]) -> str:
    """What a stage tells when it is opened."""
    stage = STAGES[number]
    # What is known of the stage, then how far this reader is.
    figures = [escape(f"{what}: {facts.text(key)}") for what, key in stage.figures]
    # What this reader has made, and which notebook makes the rest.
    yours = [
        f"✓ {escape(name)} is made"
        if there
        else f"○ {escape(name)} is not made yet; notebook {number + 1:02} makes it"
        for there, name in _artifacts(stage, root)
    ]
    yours += [
        f"{'✓' if solved else '○'} challenge: {escape(challenge.title)} "
        f"({'done' if solved else f'{challenge.minutes} minutes'})"
        for solved, challenge in _own(stage, done)
    ]
    # The same six questions at every stage.
    rows = (
        ("What engineers do here", escape(stage.engineers)),
        ("The data it needs", escape(stage.data)),
        ("Key figures", "<br>".join(figures)),
        ("Where people come in", escape(stage.humans)),
        ("The main challenge", escape(stage.hard)),
        ("Yours", "<br>".join(yours)),
    )
    told = "".join(
        f'<div style="margin:0 0 6px"><span style="{SOFT}">{name}</span><br>{words}</div>'
        for name, words in rows
        if words
    )
    return f"<div><strong>{number + 1} {escape(stage.title)}</strong></div>{told}"
