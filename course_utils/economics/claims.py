"""Popular claims about large models, each with a verdict and the reason.

A verdict on a number is worked out from facts.toml, so a figure that changes there changes it. It
leaves out claims about what models understand.
Notebook 01, section "Scale: what a large model takes".
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from course_utils import facts
from course_utils.economics.growth import doubling, months_to_double, records
from course_utils.economics.published import models, series
from course_utils.economics.verdicts import HOLDS, WRONG, Claim, agrees, llama_parameters
from course_utils.facts import number

WIDTH = 80  # of a line of the table


def claims() -> tuple[Claim, ...]:
    """All claims, judged anew from facts.toml."""
    return tuple(judge() for judge in _JUDGES)


def claims_table(found: tuple[Claim, ...] | None = None) -> str:
    """The claims as text: the verdict and the claim in one line, the reason below."""
    lines = []
    for one in claims() if found is None else found:
        lines += textwrap.wrap(f"{one.verdict.upper()}: {one.said}", WIDTH)
        lines += textwrap.wrap(one.reason, WIDTH, initial_indent="    ", subsequent_indent="    ")
    return "\n".join(lines)


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


def _plain(said: str, claimed: float, key: str, more: str) -> Callable[[], Claim]:
    """A claim that a figure is so large, judged by `agrees`."""

    def judge() -> Claim:
        fact = facts.get(key)
        return Claim(said, agrees(fact, claimed), f"{facts.text(key)}. {more}", (key,))

    return judge


def _layers_of_llama() -> Claim:
    keys = (
        "llama3_vocabulary",
        "llama3_70b_width",
        "llama3_70b_layers",
        "llama3_70b_feed_forward_width",
        "llama3_70b_key_value_share",
    )
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
    found = [facts.get(key).value for key in keys]
    above = [value >= 100e6 for value in found]
    verdict = HOLDS if all(above) else "holds for the largest only" if any(above) else WRONG
    told = [f"{number(value)} dollars" for value in found]
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
    fast, slow = (months_to_double(facts.get(key).value) for key in keys[:2])
    verdict = HOLDS if fast - 0.5 <= 6 <= slow + 0.5 else WRONG
    points = series("compute")
    chosen = (points, records(points), [one for one in points if one.year >= 2020])
    found = [doubling(one).months for one in chosen]
    return Claim(
        "Training computation doubles every six months.",
        verdict,
        f"Epoch AI measured 4 to 5 times a year, which doubles in {fast:.1f} to {slow:.1f} "
        f"months, for the largest models of each time; a study of 2022 found about "
        f"{facts.get(keys[2]).value:g}. The models of this course: {found[0]:.1f} months for all, "
        f"{found[1]:.1f} for the record holders, {found[2]:.1f} for all since 2020. So it holds "
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
    near = [name for name, size in sizes.items() if abs(size / 100e3 - 1) <= 0.1]
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
