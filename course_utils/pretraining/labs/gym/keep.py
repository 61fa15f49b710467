"""How a model of the Training Gym becomes the base model of the course.

It writes what the hand-off cell of notebook 03 writes. Notebook 03, sections "Train it" and
"Hand-off".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from course_utils import workspace
from course_utils.model.save import save
from course_utils.model.transformer import Transformer
from course_utils.pretraining.config import TrainConfig

NAMES = ("corpus", "tokenizer", "tokens")


def keep_model(
    model: Transformer,
    config: TrainConfig,
    steps: int,
    inputs: Sequence[workspace.Artifact],
    extra: Mapping[str, object],
) -> workspace.Artifact:
    """Write a model as the artifact base_model.

    Args:
        model: as it is now.
        config: of its training; its `steps` is replaced by `steps`.
        steps: how many steps were trained.
        inputs: the artifacts that it is made from: corpus, tokenizer and tokens.
        extra: settings that TrainConfig has no name for.

    Returns:
        The new artifact.

    Raises:
        ValueError: no step was trained, or an input is missing.
        ArtifactError: it cannot be written; the old one is untouched.
    """
    if steps < 1:
        raise ValueError("No step was trained yet, so there is nothing to keep: press Play first.")
    found = {one.name: one for one in inputs}
    if missing := [name for name in NAMES if name not in found]:
        raise ValueError(
            f"The lab was not told which {missing[0]} this model is made from. Give "
            "training_gym(..., inputs=[corpus, tokenizer, tokens]) the three artifacts."
        )
    settings = asdict(config) | {"steps": steps} | dict(extra)
    ordered = [found[name] for name in NAMES]
    with workspace.write(
        "base_model", inputs=ordered, settings=settings, seed=config.seed
    ) as folder:
        save(model, folder, found["tokenizer"].path)
    return workspace.load("base_model")
