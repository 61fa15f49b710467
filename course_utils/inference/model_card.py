"""The model card: what the model is, where it came from, what was measured, and where it fails.

Every number is a figure of the report card, named by its key; one that is missing is said to be.
It measures nothing, and it knows nothing that is neither in the report nor true of every run of
the course. Taught in notebook 05, section "What each stage gained".
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from course_utils import workspace

FILE = "model_card.md"
KINDS = "pretraining.fact_accuracy_by_kind"
FINETUNED = "finetuning.fact_accuracy_unseen_phrasing"
NEW_QUESTIONS = "rlhf.fact_accuracy_unseen_phrasing"  # of the model that is handed on
BY_KIND = "inference.right_by_kind"
SPEED = "inference.tokens_per_second"
INVENTED, SHY = "inference.invented_unknown", "inference.refused_known"
NAMED, TYPED = "inference.refused_by_name", "inference.as_typed"
PARTIAL, TALK = "inference.partial_wishes", "inference.small_talk"
RECALL = "inference.recall_of_turns"
SURE = 3.0  # standard errors; a smaller gain may be chance


@dataclass(frozen=True)
class Row:
    """One line of the card's table.

    Attributes:
        words: what was measured, in plain words.
        key: the figure's name in the report card.
        form: how the number is written; "%" for a share, else a format specification.
    """

    words: str
    key: str
    form: str = "%"


ROWS = (
    Row("Words of the pages that were extracted rightly (F1)", "collection.extract_f1"),
    Row("Junk pages that were found", "collection.quality_recall"),
    Row("Bytes a token", "tokenization.bytes_per_token", ".2f"),
    Row("Bytes a token, GPT-2's tokenizer", "tokenization.bytes_per_token_gpt2", ".2f"),
    Row("Base model: bits per byte of unseen text", "pretraining.val_bits_per_byte", ".2f"),
    Row("Base model: facts right, as statements", "pretraining.fact_accuracy"),
    Row("Base model: stories coherent", "pretraining.story_coherence"),
    Row("Questions in new words right, before finetuning", FINETUNED + "_before"),
    Row("Questions in new words right, after finetuning", FINETUNED),
    Row("Questions in new words right, the model handed on", NEW_QUESTIONS),
    Row("Reward model: pairs ordered rightly", "rlhf.reward_model_accuracy"),
    Row("True reward, finetuned", "rlhf.true_reward_sft", ".3f"),
    Row("True reward, with PPO", "rlhf.true_reward_ppo", ".3f"),
    Row("True reward, finetuned on the best writers", "rlhf.true_reward_best_writers", ".3f"),
    Row("True reward, best of n", "rlhf.true_reward_best_of_n", ".3f"),
    Row("Replies better than before PPO (ties count half)", "rlhf.win_rate_over_sft"),
    Row("Distance from the finetuned model (KL, nats)", "rlhf.kl_nats", ".2f"),
    Row("Made-up countries: says that it does not know", "inference.refused_unknown"),
    Row("Made-up countries: invents an answer", INVENTED),
    Row("Real countries: says that it does not know", SHY),
    Row("Made-up countries of other makes: refused by their names", NAMED),
    Row("Stories that pass every check", "inference.whole_stories"),
    Row("Wishes that name only a part: a story comes and keeps it", PARTIAL),
    Row("Questions as people type them, in haste: right", TYPED),
    Row("Small talk that fits, of utterances that no training has", TALK),
    Row("Earlier turns used: a name, a liking, a follow-up", RECALL),
    Row("Tokens a second, one reply", SPEED, ",.0f"),
    Row("Tokens a second, the same without cache", SPEED + "_uncached", ",.0f"),
    Row("Tokens a second, many replies at once", SPEED + "_batch", ",.0f"),
    Row("Times faster with the cache", "inference.cache_speedup", ".1f"),
)

FAULTS = (  # key, whether it counts what went well, what went wrong
    (NEW_QUESTIONS, True, "of questions about countries, in new words, are answered wrongly"),
    ("inference.whole_stories", True, "of the stories fail at least one check"),
    (INVENTED, False, "of questions about countries that do not exist get an invented answer"),
    (SHY, False, "of questions about real countries are answered with not knowing"),
    (NAMED, True, "of made-up countries with names of other makes are not refused by that name"),
    (TYPED, True, "of questions typed in haste, with slips, are answered wrongly"),
    (PARTIAL, True, "of wishes for a story get none, or one without what was named"),
    (TALK, True, "of the exam's small talk is answered with what does not fit"),
    (RECALL, True, "of questions that need an earlier turn are answered wrongly"),
)

ASKED = {  # kind of BY_KIND -> in words
    "facts": "questions about countries that its chats never mentioned",
    "stories": "whole wishes for a story",
    "unknown": "questions about countries that do not exist",
    "talk": "small talk",
}

ABOUT = """\
# Model card

## What it is

A small language model that was made from raw pages by the course *The Anatomy of Intelligence*: a
decoder-only transformer in the layout of Llama, with a tokenizer of its own. It answers short
questions about countries, tells short children's stories and makes small talk, in English. Its
folder, `chat_model/`, holds what programs that read Llama models need.

## Data

The Little Web, an offline web that belongs to the course. What is true in it is an encyclopedia
made from the CIA World Factbook, which is in the public domain. Around it stand stories told by a
simulator, a forum in which some answers are wrong on purpose, short tutorials, copies and spam.
E-mail addresses, telephone numbers and the like are invented. No person was asked: the questions
and replies of the chat data, and the preferences between replies, come from programs that imitate
people, careful ones and hasty ones.

## Training

The pages were extracted, filtered and freed of copies, then tokenized with byte-level BPE.
Pretraining was on the next token; supervised finetuning on chats in which half of the countries
are never asked about; then PPO against a reward model trained on preferences, held near the
finetuned model by a KL penalty.
"""

USE = """\
## Intended use

To be taken apart: to learn how such models are made, measured and run. It knows nothing that is
not in the Little Web, cannot say where it read something, and gives no advice. Do not rely on it
for facts, and do not put it where people cannot tell that they talk to a program.

## Licence

Weights and code: MIT. The Factbook's text: public domain.
"""


def model_card(report: Mapping[str, object]) -> str:
    """The model card as Markdown.

    Args:
        report: key -> a number or a dict of figures, or an entry of `report.load()` with its
            "value" and "from". Keys that the card does not use are left out.

    Returns:
        The text, ending with a line break.
    """
    # A line a figure, in the order of ROWS; what was not measured has its line too.
    table = "\n".join(f"| {row.words} | {_shown(report, row)} | `{row.key}` |" for row in ROWS)
    weak = "\n".join(f"- {sentence}" for sentence in weaknesses(report))
    return (
        f"{ABOUT}\n## Figures measured\n\n"
        "Each stands in the report card under its key; the notebooks show how it is measured.\n\n"
        f"| figure | value | key |\n| --- | --- | --- |\n{table}\n\n"
        f"### Right and wrong\n\n{_right_and_wrong(report)}\n\n{_gain(report)}\n\n"
        f"## Known weaknesses\n\n{weak}\n\n{USE}"
    )


def weaknesses(report: Mapping[str, object]) -> Iterator[str]:
    """Sentences about what the model does badly, each computed from the report's figures.

    Of the model that is handed on, wherever the report has its figure, and the worst first.
    """
    if shares := _by_kind(report):
        worst = min(shares, key=lambda kind: shares[kind][0])
        words = f"Of the kinds in the table above the worst is {ASKED.get(worst, worst)}"
        yield f"{words}: {_percent(1 - shares[worst][0])} of it is answered wrongly (`{BY_KIND}`)."
    # Each fault as the share that went wrong, also where the figure counts what went well.
    wrong, missing = [], []
    for key, good, words in FAULTS:
        value = _number(report, key)
        if value is None:
            missing.append(_missing(f"what share {words}", key))
        else:
            share = 1 - value if good else value
            wrong.append((share, f"{_percent(share)} {words} (`{key}`)."))
    yield from (sentence for _, sentence in sorted(wrong, key=lambda fault: -fault[0]))
    yield _weakest_kind(report)
    yield from missing


def write_model_card(report: Mapping[str, object], folder: Path | None = None) -> Path:
    """Writes the card beside the report card, whole or not at all.

    Args:
        report: see `model_card`.
        folder: the workspace; the reader's when None.

    Returns:
        The file.

    Raises:
        workspace.ArtifactError: the disk is full or read-only; the old card is kept.
    """
    folder = workspace.open_root(folder)
    path, text = folder / FILE, model_card(report)
    # Written beside it and then exchanged, so that no half card is ever seen.
    with workspace.alone(path):
        workspace.put(path, text)
    return path


def _right_and_wrong(report: Mapping[str, object]) -> str:
    """A table of the kinds in which what goes wrong has as much room as what goes right."""
    if not (shares := _by_kind(report)):
        return _missing("what it answers rightly, by kind", BY_KIND)
    # The worst first: a card that begins with the best is an advertisement.
    rows = [
        f"| {ASKED.get(kind, kind)} | {_percent(share)} | {_percent(1 - share)} | {error} |"
        for kind, (share, error) in sorted(shares.items(), key=lambda item: item[1][0])
    ]
    head = "| asked, greedy | right | wrong | standard error |\n| --- | --- | --- | --- |"
    origin = "\n\nMeasured with a shipped starter." if _borrowed(report, BY_KIND) else ""
    return "\n".join((head, *rows)) + f"\n\nAll of it is `{BY_KIND}`." + origin


def _by_kind(report: Mapping[str, object]) -> dict[str, tuple[float, str]]:
    """Kind -> (share that is right, its standard error in words); empty where nobody measured."""
    kinds, found = _value(report, BY_KIND), {}
    for kind in kinds if isinstance(kinds, Mapping) else ():
        # A number alone does not say what it is a share of.
        measured = kinds[kind] if isinstance(kinds[kind], Mapping) else {}
        share, error = (_number(measured, name) for name in ("accuracy", "standard_error"))
        if kind != "all" and share is not None and 0 <= share <= 1:
            found[kind] = share, "not measured" if error is None else _percent(error)
    return found


def _borrowed(report: Mapping[str, object], key: str) -> bool:
    """Whether a figure is of a shipped starter, and not of the reader's own model."""
    entry = report.get(key)
    return isinstance(entry, Mapping) and entry.get("from") == "starter"


def _weakest_kind(report: Mapping[str, object]) -> str:
    """Which kind of fact the base model knows worst."""
    # The kinds that were measured; the figure may be missing, or be something else.
    kinds = _value(report, KINDS)
    accuracies = {
        kind: share
        for kind in (kinds if isinstance(kinds, Mapping) else ())
        if (share := _number(kinds[kind], "accuracy")) is not None
    }
    if not accuracies:
        return _missing("the kind of fact that it knows worst", KINDS)
    # The worst stands for all: a card names where the model fails.
    worst = min(accuracies, key=accuracies.__getitem__)
    return (
        f"The kind of fact that it knows worst is {worst.replace('_', ' ')}: "
        f"{_percent(accuracies[worst])} right as statements (`{KINDS}`)."
    )


def _gain(report: Mapping[str, object]) -> str:
    """Whether human feedback helped, beside how sure that is."""
    keys = ("rlhf.true_reward_sft", "rlhf.true_reward_ppo")
    # A gain needs both figures; the sentence names the one that is missing.
    before, after = (_number(report, key) for key in keys)
    if before is None or after is None:
        return _missing("what human feedback gained", keys[before is not None])
    sure_key = "rlhf.true_reward_gain_in_standard_errors"
    sure = _number(report, sure_key)
    # The difference never stands without how sure it is.
    said = f"Human feedback changed the true reward by {after - before:+.3f}"
    if sure is None:
        return f"{said} (`{keys[1]}`). {_missing('how sure that is', sure_key)}"
    doubt = "" if sure >= SURE else ", which may be chance"
    return f"{said}, {sure:.1f} standard errors{doubt} (`{keys[1]}`, `{sure_key}`)."


def _missing(words: str, key: str) -> str:
    return f"Not measured: {words} (`{key}`)."


def _percent(share: float) -> str:
    """A share in percent; what is not all or nothing does not look like it."""
    if 0.9995 <= share < 1:
        return "over 99.9%"
    return "under 0.1%" if 0 < share < 0.0005 else f"{share:.1%}"


def _shown(report: Mapping[str, object], row: Row) -> str:
    # A figure that is missing keeps its line, which says so.
    value = _number(report, row.key)
    if value is None:
        return "not measured"
    # A number borrowed from a shipped starter is not the reader's own, and says so.
    text = _percent(value) if row.form == "%" else f"{value:{row.form}}"
    return f"{text} (with a shipped starter)" if _borrowed(report, row.key) else text


def _value(report: Mapping[str, object], key: str) -> object:
    """The figure itself, out of an entry with its origin where it is one."""
    entry = report.get(key)
    return entry["value"] if isinstance(entry, Mapping) and "value" in entry else entry


def _number(report: object, key: str) -> float | None:
    """A figure as a number; None where it is missing or is none."""
    value = _value(report, key) if isinstance(report, Mapping) else report
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) else None
