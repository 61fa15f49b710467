"""Popular claims about large models, each with a verdict and the reason.

A verdict on a number is worked out from facts.toml, so a figure that changes there changes it. It
leaves out claims about what models understand.
Notebook 01, section "Scale: what a large model takes".
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass

from course_utils import facts
from course_utils.economics.growth import doubling, months_to_double, records
from course_utils.economics.published import models, series
from course_utils.facts import Fact, number

WIDTH = 80  # of a line of the table
HOLDS, RUMOURED, WRONG = "holds", "rumoured", "wrong"


@dataclass(frozen=True)
class Claim:
    """One claim, judged.

    Attributes:
        text: the claim, as it is told.
        verdict: "holds", "rumoured", "wrong" or "holds for ... only".
        reason: why, with the figures.
        sources: the keys in facts.toml that it rests on.
    """

    text: str
    verdict: str
    reason: str
    sources: tuple[str, ...]


def claims() -> tuple[Claim, ...]:
    """All claims, judged anew from facts.toml."""
    return tuple(judge() for judge in _JUDGES)


def claims_table(judged: tuple[Claim, ...] | None = None) -> str:
    """The claims as text: the verdict and the claim in one line, the reason below."""
    lines = []
    for claim in claims() if judged is None else judged:
        # The verdict stands out, and the reason is set in below it.
        lines += textwrap.wrap(f"{claim.verdict.upper()}: {claim.text}", WIDTH)
        lines += textwrap.wrap(
            claim.reason, WIDTH, initial_indent="    ", subsequent_indent="    "
        )
    return "\n".join(lines)


def agrees(fact: Fact, claimed: float, within: float = 0.05) -> str:
    """The verdict on a plain number: wrong, rumoured, or holds.

    Args:
        fact: what is known.
        claimed: the number that is told.
        within: how far the two may be apart, as a share.

    Raises:
        ValueError: the number that is claimed is not positive.
    """
    if not claimed > 0:
        raise ValueError(f"claimed is {claimed}; a claim about an amount has a positive number.")
    # A number that is far off is wrong; one that fits is as sure as its source.
    if abs(claimed / fact.value - 1) > within:
        return WRONG
    return RUMOURED if fact.certainty == "rumoured" else HOLDS


def llama_parameters(
    vocabulary: float, width: float, layers: float, feed_forward: float, key_value_share: float
) -> float:
    """The weights of a model of Llama's kind, counted from its shape.

    Args:
        vocabulary: tokens; the embedding and the output layer have a row for each.
        width: numbers for each token.
        layers: how many.
        feed_forward: the width inside the feed-forward part, which has three matrices.
        key_value_share: width of the keys and of the values, as a share of the width.
    """
    # Queries and output are as wide as the model, keys and values may be narrower.
    attention = width * width * (2 + 2 * key_value_share)
    layer = attention + 3 * width * feed_forward + 2 * width  # the norms' weights last
    return layers * layer + 2 * vocabulary * width + width  # embedding, head, last norm


def _synapse() -> Claim:
    keys = (
        "gpt3_parameters",
        "cortex_synapses_cubic_millimetre",
        "cortical_neuron_network_layers",
    )
    parameters, synapses, layers = (facts.get(key).value for key in keys)
    return Claim(
        "A parameter is a synapse.",
        WRONG,
        f"Both are strengths of connections, and by count GPT-3 equals about "
        f"{parameters / synapses / 1000:.1f} cubic centimetres of human cortex. But a parameter "
        f"is one fixed number, while a synapse has timing and chemistry and goes on changing: a "
        f"network of {layers:.0f} layers or more was needed to imitate one nerve cell. Use the "
        f"word as a picture, never to compare sizes.",
        keys,
    )


def _text_of_gpt3() -> Claim:
    keys = ("gpt3_common_crawl_before_terabytes", "gpt3_common_crawl_after_gigabytes")
    # The number is right for what went into the filters, and told of what came out.
    before, after = (facts.get(key) for key in keys)
    share = after.value / 1000 / before.value
    claimed = 45
    verdict = agrees(before, claimed)
    if verdict == HOLDS and abs(after.value / 1000 / claimed - 1) > 0.05:
        verdict = "holds for the unfiltered crawl only"
    return Claim(
        f"GPT-3 was trained on {claimed} TB of text.",
        verdict,
        f"{before.value:.0f} TB (compressed) went into the filters and {after.value:.0f} GB came "
        f"out, {share:.1%} of it. The other sources of its text were smaller.",
        keys,
    )


def _plain(text: str, claimed: float, key: str, more: str) -> Callable[[], Claim]:
    """A claim that a figure is so large, judged by `agrees`."""

    # The figure is looked up when it is judged, not when this file is read.
    def judge() -> Claim:
        fact = facts.get(key)
        return Claim(text, agrees(fact, claimed), f"{facts.text(key)}. {more}", (key,))

    return judge


def _layers_of_llama() -> Claim:
    keys = (
        "llama3_vocabulary",
        "llama3_70b_width",
        "llama3_70b_layers",
        "llama3_70b_feed_forward_width",
        "llama3_70b_key_value_share",
    )
    # Two numbers in one claim: the layers are looked up, the weights counted from the shape.
    counted = llama_parameters(*(facts.get(key).value for key in keys))
    layers = facts.get("llama3_70b_layers")
    verdict = agrees(layers, 80)
    if abs(counted / 70e9 - 1) > 0.02:
        verdict = WRONG
    return Claim(
        "Llama 3 70B has 70 billion weights in 80 layers.",
        verdict,
        f"Counted from its shape: {layers.value:.0f} layers, an embedding and an output layer "
        f"have {counted / 1e9:.2f} billion weights together.",
        keys,
    )


def _chips() -> Claim:
    keys = (
        "llama3_405b_gpus",
        "gpt4_gpus",
        "openai_fleet_gpus",
        "nvidia_datacentre_gpus_2023",
        "llama3_405b_gpu_hours",
    )
    one_run, rumoured, fleet, shipped, hours = (facts.get(key).value for key in keys)
    # It holds where any run has as many chips; if only the hours reach it, for these.
    claimed = 10e6
    verdict = HOLDS if max(one_run, rumoured) >= claimed else WRONG
    if verdict == WRONG and hours >= claimed:
        verdict = "holds for GPU-hours only"
    return Claim(
        "A large model is trained on more than 10 million GPUs.",
        verdict,
        f"Llama 3.1 405B used {number(one_run)} GPUs at most, GPT-4 by rumour "
        f"{number(rumoured)}. A whole company announced {number(fleet)}, and NVIDIA shipped about "
        f"{number(shipped)} to everyone in 2023. In GPU-hours it is right: {number(hours)} for "
        f"Llama 3.1 405B.",
        keys,
    )


def _price() -> Claim:
    keys = (
        "gpt4_cost_dollars",
        "gemini_ultra_estimated_cost_dollars",
        "llama3_405b_estimated_cost_dollars",
        "deepseek_v3_cost_dollars",
    )
    costs = [facts.get(key).value for key in keys]
    # It holds as far as every known run costs so much.
    above = [value >= 100e6 for value in costs]
    verdict = HOLDS if all(above) else "holds for the largest only" if any(above) else WRONG
    # In words, as the reason quotes them.
    told = [f"{number(value)} dollars" for value in costs]
    leaked = number(facts.get("gpt4_leaked_cost_dollars").value)
    return Claim(
        "Training a large model costs more than 100 million dollars.",
        verdict,
        f"GPT-4: more than {told[0]}, said its maker (the leak: {leaked}). Estimates: Gemini "
        f"Ultra {told[1]}, Llama 3.1 405B {told[2]}. DeepSeek-V3's makers report {told[3]} for "
        f"the final run, without research and trials. So say which model, and what is counted.",
        (*keys, "gpt4_leaked_cost_dollars"),
    )


def _six_months() -> Claim:
    keys = (
        "compute_growth_high",
        "compute_growth_low",
        "compute_doubling_months_2022",
        "compute_doubling_months_2018",
    )
    # The published trend decides; the models of this course are told beside it.
    fast, slow = (months_to_double(facts.get(key).value) for key in keys[:2])
    # Half a month either way still counts as six.
    verdict = HOLDS if fast - 0.5 <= 6 <= slow + 0.5 else WRONG
    points = series("compute")
    recent = [point for point in points if point.year >= 2020]
    # The same fit over three choices of models, because the choice is the larger doubt.
    ours = [doubling(chosen).months for chosen in (points, records(points), recent)]
    return Claim(
        "Training computation doubles every six months.",
        verdict,
        f"Epoch AI measured 4 to 5 times a year, which doubles in {fast:.1f} to {slow:.1f} "
        f"months, for the largest models of each time; a study of 2022 found about "
        f"{facts.get(keys[2]).value:g}. The models of this course: {ours[0]:.1f} months for all, "
        f"{ours[1]:.1f} for the record holders, {ours[2]:.1f} for all since 2020. So it holds "
        f"over many years, and is a trend and no law: from 2012 to 2017 it was "
        f"{facts.get(keys[3]).value:g} months. Change the years in the lab and see.",
        keys,
    )


def _vocabulary() -> Claim:
    keys = {
        "GPT-2 and GPT-3": "gpt2_vocabulary",
        "GPT-4": "cl100k_vocabulary",
        "Llama 3": "llama3_vocabulary",
        "GPT-4o": "o200k_vocabulary",
        "Gemma": "gemma_vocabulary",
    }
    sizes = {name: facts.get(key).value for name, key in keys.items()}
    # Within a tenth counts as about.
    near = [name for name, size in sizes.items() if abs(size / 100e3 - 1) <= 0.1]
    # It holds in general only if it does for all.
    verdict = HOLDS if len(near) == len(sizes) else WRONG
    if near and verdict == WRONG:
        verdict = f"holds for {' and '.join(near)} only"
    return Claim(
        "A vocabulary has about 100,000 tokens.",
        verdict,
        "; ".join(f"{name} {number(size)}" for name, size in sizes.items()) + ".",
        tuple(keys.values()),
    )


def _size_of_gpt4() -> Claim:
    key = "gpt4_parameters"
    fact, others = facts.get(key), [model for model in models() if model.parameters]
    # Models of that size whose makers do report it.
    larger = [
        model.name
        for model in others
        if model.parameters.certainty == "reported" and model.parameters.value >= 1e12
    ]
    return Claim(
        "GPT-4 has 1.8 trillion parameters.",
        agrees(fact, 1.8e12),
        f"{facts.text(key)}. OpenAI's own report gives no size. That such models can be made is "
        f"no rumour: {' and '.join(larger)} are reported with more than a trillion, of which a "
        f"token uses a part.",
        (key,),
    )


_JUDGES: tuple[Callable[[], Claim], ...] = (
    _synapse,
    _text_of_gpt3,
    _plain(
        "GPT-3 read 300 billion tokens.",
        300e9,
        "gpt3_training_tokens",
        "Some of its text several times, and much of what was collected never.",
    ),
    _plain(
        "GPT-4 read 13 trillion tokens.",
        13e12,
        "gpt4_training_tokens",
        "Plausible, since Llama 3 is reported with 15 trillion, but no maker has said so.",
    ),
    _size_of_gpt4,
    _plain(
        "GPT-4 has 120 layers.",
        120,
        "gpt4_layers",
        "Plausible, since Llama 3.1 405B is reported with 126, but no maker has said so.",
    ),
    _layers_of_llama,
    _vocabulary,
    _chips,
    _price,
    _six_months,
)
