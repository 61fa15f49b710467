"""Popular claims about finetuning and human feedback, each with a verdict and the reason.

A verdict on a number is worked out from facts.toml, so a figure that changes there changes it. It
leaves out claims about what a model feels or wants. `economics.claims_table` prints them. Taught
in notebook 04, section "A closer look at taste".
"""

from __future__ import annotations

from course_utils import facts
from course_utils.economics.claims import HOLDS, WRONG, Claim
from course_utils.facts import number

FEW_POINTS = 1.0  # of an exam: a difference that small is none


def finetuning_claims() -> tuple[Claim, ...]:
    """All claims, judged anew from facts.toml."""
    return tuple(judge() for judge in _JUDGES)


def _values(keys: tuple[str, ...]) -> tuple[float, ...]:
    return tuple(facts.get(key).value for key in keys)


def _teaches_facts() -> Claim:
    keys = (
        "gpt4_exams_base_percent",
        "gpt4_exams_finetuned_percent",
        "r1_zero_aime_before_percent",
        "r1_zero_aime_percent",
    )
    before, after, contest_before, contest_after = _values(keys)
    return Claim(
        "Human feedback teaches a model facts.",
        HOLDS if after - before > FEW_POINTS else WRONG,
        f"GPT-4 had {number(before)} percent of exam questions right before it and "
        f"{number(after)} after: it changes how a model answers, hardly what it knows. Where a "
        f"program checks each answer, practice does more: DeepSeek-R1-Zero rose from "
        f"{number(contest_before)} to {number(contest_after)} percent of a contest in "
        f"mathematics. That is a skill that grew, and no fact that was told.",
        keys,
    )


def _ends_made_up_answers() -> Claim:
    keys = (
        "gpt3_made_up_percent",
        "instructgpt_made_up_percent",
        "simpleqa_gpt4o_right_percent",
        "simpleqa_gpt4o_not_attempted_percent",
    )
    before, after, right, left_open = _values(keys)
    # A rare slip could count as none; what is seen in each hundredth reply cannot.
    verdict = HOLDS if after < 1 else WRONG
    return Claim(
        "Human feedback ends made-up answers.",
        verdict,
        f"Told to keep to a given text, GPT-3 strayed from it in {number(before)} percent of its "
        f"replies and InstructGPT in {number(after)}: fewer, not none. Two years later GPT-4o "
        f"had {number(100 - right - left_open)} percent of hard short questions wrong and left "
        f"{number(left_open)} percent open.",
        keys,
    )


def _rules_in_the_program() -> Claim:
    keys = (
        "refusal_direction_models",
        "refusal_undone_examples",
        "xstest_llama2_refused_percent",
        "xstest_llama2_bare_refused_percent",
    )
    models, examples, prompted, bare = _values(keys)
    return Claim(
        "A model refuses because rules in its program tell it to.",
        WRONG,
        f"Refusals are trained into the weights like any other reply. In {number(models)} open "
        f"models one direction of what they compute carries them, and {number(examples)} "
        f"examples of finetuning undid those of GPT-3.5 Turbo. So they can miss: of harmless "
        f"questions Llama 2 refused {number(prompted)} percent with its system prompt, which is "
        f"text before yours, and {number(bare)} without it. A service can put filters around a "
        f"model, but they are other programs.",
        keys,
    )


def _learns_while_you_talk() -> Claim:
    keys = ("gpt4_knowledge_months", "gpt4o_updates", "sycophancy_rollback_days")
    months, updates, days = _values(keys)
    return Claim(
        "ChatGPT learns from each chat while you talk.",
        WRONG,
        f"The weights stay as they are while it answers; what you said stands in the context. "
        f"GPT-4's report says that it does not learn from its experience, and its text ended "
        f"{number(months)} months before its release. New weights come as updates: GPT-4o had "
        f"{number(updates)} large ones in its first year. What users do can go into these: one "
        f"for which their thumbs had been a reward began to be taken back after {number(days)} "
        f"days.",
        keys,
    )


def _larger_is_better() -> Claim:
    keys = ("instructgpt_small_parameters", "gpt3_parameters", "instructgpt_win_percent")
    small, large, wins = _values(keys)
    return Claim(
        "The larger model gives the better answers.",
        WRONG if small < large else HOLDS,
        f"People preferred an InstructGPT of {number(small)} parameters to GPT-3, which has "
        f"{large / small:.0f} times as many and was not finetuned. At equal size InstructGPT won "
        f"{number(wins)} percent of comparisons. Size helps between models that are trained "
        f"alike.",
        keys,
    )


def _millions_of_examples() -> Claim:
    keys = ("lima_demonstrations", "instructgpt_demonstrations", "instructgpt_comparisons")
    chosen, written, ranked = _values(keys)
    return Claim(
        "A chat model needs millions of written examples.",
        HOLDS if min(chosen, written) >= 1e6 else WRONG,
        f"LIMA was finetuned on {number(chosen)} demonstrations, InstructGPT on about "
        f"{number(written)}, with {number(ranked)} prompts whose replies were ranked. Language "
        f"and knowledge come from pretraining. Later makers use more, and let models write much "
        f"of it, as for Llama 3.",
        keys,
    )


def _data_centre() -> Claim:
    keys = (
        "qlora_gigabytes",
        "full_finetuning_gigabytes",
        "lora_gpt3_fewer_times",
        "full_finetuning_rank_times",
    )
    small, full, fewer, rank = _values(keys)
    return Claim(
        "Only a data centre can finetune a large model.",
        WRONG if small < full else HOLDS,
        f"All weights of a model of 65 billion parameters take more than {number(full)} GB; with "
        f"frozen weights of 4 bits and LoRA, {number(small)} GB do, one GPU. In GPT-3 LoRA "
        f"trains {number(fewer)} times fewer numbers. It is not free: full finetuning changes "
        f"weights in {number(rank)} times the rank or more, and learns more where much is new.",
        keys,
    )


def _ppo_everywhere() -> Claim:
    keys = (
        "instructgpt_practice_prompts",
        "llama3_finetuning_rounds",
        "llama3_best_of",
        "grpo_group",
        "constitution_principles",
    )
    prompts, rounds, best_of, group, principles = _values(keys)
    return Claim(
        "Chat models are made with PPO and people's votes.",
        "holds for some only",
        f"InstructGPT was: {number(prompts)} prompts for PPO. Llama 3 had {number(rounds)} "
        f"rounds of finetuning on the best of {number(best_of)} replies or more, and then DPO. "
        f"DeepSeekMath used GRPO, {number(group)} replies per question, and DeepSeek-R1 that "
        f"with answers checked by a program. In Constitutional AI a model votes on what is "
        f"harmful, by {number(principles)} written principles.",
        keys,
    )


_JUDGES = (
    _teaches_facts,
    _ends_made_up_answers,
    _rules_in_the_program,
    _learns_while_you_talk,
    _larger_is_better,
    _millions_of_examples,
    _data_centre,
    _ppo_everywhere,
)
