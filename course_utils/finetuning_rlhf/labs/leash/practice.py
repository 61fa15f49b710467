"""What the leash lab trains: a copy of the chat model, in small steps of PPO, judged after each.

Leaves out sliders and drawing (lab.py, lab.js); PPO is `finetuning_rlhf.ppo`. Taught
in notebook 04, section "Practise, with a leash".
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

from course_utils.finetuning_rlhf.chat_format import HasText
from course_utils.finetuning_rlhf.ppo import PPOConfig, PPODiverged, PPOTrainer
from course_utils.finetuning_rlhf.reward import RewardModel
from course_utils.finetuning_rlhf.rollouts import replies
from course_utils.model.transformer import Transformer
from course_utils.tokenization.interface import TextTokenizer
from course_utils.ui import Curve, lab_threads, pack

SMALL = PPOConfig(prompts=8, max_new_tokens=24, epochs=1, minibatches=1)
LONGEST_SHOWN = 400  # characters of a reply
CURVES = ("proxy", "true", "kl")
SETTINGS = ("kl_coefficient", "learning_rate")


class PracticeSession:
    """What the lab trains; see `trainable.Trainable`. Settings: kl_coefficient, learning_rate.

    Args:
        model: the chat model; a copy of it is trained.
        reward_model: applauds.
        tokenizer: the models' own.
        prompts: what is practised on; the replies to two fixed ones are shown.
        judge: takes (prompt, reply) and gives the true reward, which nothing learns from.
        config: of PPO; small steps, so that a slider acts soon.
        shown: two prompts whose greedy replies are shown; the first two of `prompts` if None.
        baseline: (mean, standard deviation) of the starting model's scores; None to measure them
            in the first step.
    """

    def __init__(
        self,
        model: Transformer,
        reward_model: RewardModel,
        tokenizer: TextTokenizer,
        prompts: Sequence[HasText],
        judge: Callable[[HasText, str], float],
        config: PPOConfig = SMALL,
        shown: Sequence[HasText] | None = None,
        baseline: tuple[float, float] | None = None,
    ) -> None:
        self.start, self.reward_model, self.tokenizer = model, reward_model, tokenizer
        self.prompts, self.judge, self.config = list(prompts), judge, config
        self.shown = list(self.prompts if shown is None else shown)[:2]
        self.baseline = baseline
        self.curves = {name: Curve() for name in CURVES}
        self.kl_coefficient, self.learning_rate = config.kl_coefficient, config.lr
        self.reset()

    def reset(self) -> None:
        """The model that the lab began with again; the sliders' settings stay."""
        model = copy.deepcopy(self.start)
        self.trainer = PPOTrainer(
            model, self.reward_model, self.tokenizer, self.prompts, self.config, self.baseline
        )
        for curve in self.curves.values():
            curve.clear()
        self.kl_used = self.rate_used = 0.0
        self._said: tuple[int, tuple[str, ...]] = (-1, ())

    def step(self) -> None:
        """One small step of PPO, judged.

        Raises:
            OverflowError: the learning rate is too high; the model is the one before the step.
        """
        self.trainer.kl_coefficient, self.trainer.lr = self.kl_coefficient, self.learning_rate
        try:
            with lab_threads():
                result = self.trainer.step()
        except PPODiverged as error:
            what = str(error).split("\n")[0].rstrip(".")
            raise OverflowError(
                f"{what}: a learning rate of {self.learning_rate:.3g} is too high, and the model "
                "is back at its weights of the step before. Move the learning rate towards slow "
                "and steady."
            ) from error
        self.kl_used, self.rate_used = self.kl_coefficient, self.learning_rate
        both = zip(result.prompts, result.replies, strict=True)
        rewards = [float(self.judge(prompt, reply)) for prompt, reply in both]
        for name, value in zip(
            CURVES, (result.proxy, sum(rewards) / len(rewards), result.kl), strict=True
        ):
            self.curves[name].add(value)

    def change(self, name: str, value: object) -> None:
        """Take a new kl_coefficient (0 takes the leash off) or learning_rate."""
        if name not in SETTINGS:
            raise KeyError(f"There is no setting {name!r}; there are {', '.join(SETTINGS)}.")
        setattr(self, name, float(value))

    def replies(self) -> tuple[str, ...]:
        """What the model of now says to the two fixed prompts, greedily."""
        step = self.trainer.step_number
        if self._said[0] != step:
            tokens = self.config.max_new_tokens
            said = replies(self.trainer.model, self.tokenizer, self.shown, max_new_tokens=tokens)
            self._said = (step, tuple(said))
        return self._said[1]

    def frame(self) -> bytes:
        """The three curves, the newest values, the settings and the two replies."""
        steps, _ = self.curves["kl"].thin()
        values = {name: curve.thin()[1] for name, curve in self.curves.items()}
        facts = {
            "step": len(self.curves["kl"]),
            "kl_used": self.kl_used,
            "rate_used": self.rate_used,
            "asked": [prompt.text[:LONGEST_SHOWN] for prompt in self.shown],
            "replies": [reply[:LONGEST_SHOWN] for reply in self.replies()],
        }
        return pack(facts, {"steps": steps, **values})
