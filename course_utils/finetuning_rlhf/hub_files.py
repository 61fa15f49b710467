"""The files that other programs look for beside a saved model: template, generation, model card.

Left out: weights, config.json and the tokenizer's own files (model/save.py). Taught in notebook
04, section "Hand-off".
"""

from __future__ import annotations

import json
from pathlib import Path

from course_utils.finetuning_rlhf.chat_format import write_template
from course_utils.model import save
from course_utils.tokenization.special_tokens import END, PAD, SYSTEM, USER

GENERATION, CARD = "generation_config.json", "README.md"
_CARD = """\
---
license: mit
language: en
library_name: transformers
pipeline_tag: {task}
tags: [{tags}]
---

# {title}

{about}

Made by the course *The Anatomy of Intelligence*, from the pages of the invented Little Web, for
learning: it reads at most {context} tokens and knows no more than those pages. It can be wrong.

Conversations are made with the tokenizer's chat template: one system turn or none, then user and
assistant in turn.
"""
_CHAT = {
    "task": "text-generation",
    "tags": "conversational, education",
    "title": "A small chat model",
    "about": "It answers questions about countries, tells short stories and makes small talk.",
}
_REWARD = {
    "task": "text-classification",
    "tags": "reward-model, education",
    "title": "A small reward model",
    "about": "Its one score says how much a scripted annotator would like the last reply.",
}


def write_hub_files(folder: Path | str) -> None:
    """Adds to a saved model what other programs look for beside it.

    The chat template goes into tokenizer_config.json, README.md is a model card with licence and
    metadata, and a chat model gets generation_config.json: greedy, and a reply ends where the
    user's or the system's part would begin, as in inference/chat.py.

    Args:
        folder: holds config.json and tokenizer_config.json.

    Raises:
        FileNotFoundError: it holds no tokenizer_config.json.
        ModelFileError: config.json is missing or damaged.
    """
    folder = Path(folder)
    write_template(folder)
    settings = save.read_settings(folder / save.CONFIG)
    scores = settings["architectures"] != ["LlamaForCausalLM"]
    card = _CARD.format(
        **(_REWARD if scores else _CHAT), context=settings["max_position_embeddings"]
    )
    (folder / CARD).write_text(card, encoding="utf-8", newline="\n")
    if scores:
        return
    generation = {
        "bos_token_id": END,
        "eos_token_id": [END, USER, SYSTEM],
        "pad_token_id": PAD,
        "do_sample": False,
        "max_new_tokens": settings["max_position_embeddings"] // 2,
    }
    text = json.dumps(generation, indent=1) + "\n"
    (folder / GENERATION).write_text(text, encoding="utf-8", newline="\n")
