"""The five stages as the map tells them: what each reads, writes and takes, and who decides.

Words alone; how far a reader is, progress.py finds out. Shown by position.py.
"""

from __future__ import annotations

from dataclasses import dataclass


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


def number_of(stage: str) -> int:
    """Which of STAGES it is, 0 to 4.

    Raises:
        ValueError: there is no such stage.
    """
    # Refused by name, so that a slip in a notebook says what there is.
    folders = [one.folder for one in STAGES]
    if stage not in folders:
        raise ValueError(f"There is no stage {stage!r}; there are {', '.join(folders)}.")
    return folders.index(stage)
