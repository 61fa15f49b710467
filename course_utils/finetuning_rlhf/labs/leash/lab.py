"""The leash lab: a copy of the chat model practises while the reader holds its leash.

The session trains, the lab steers; the drawing is in lab.js, the machinery in `course_utils.ui`.
Taught in notebook 04, section "Practise, with a leash".
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

import ipywidgets
from matplotlib.figure import Figure

from course_utils.finetuning_rlhf.chat_format import HasTurns
from course_utils.finetuning_rlhf.figures import leash_curves
from course_utils.finetuning_rlhf.ppo import PPOConfig, PPODiverged, PPOTrainer
from course_utils.finetuning_rlhf.reward import RewardModel
from course_utils.finetuning_rlhf.rollouts import replies
from course_utils.model.transformer import Transformer
from course_utils.tokenization.interface import TextTokenizer
from course_utils.ui import Curve, Lab, LabView, bundle, lab_threads, pack, wrapping_row

# small steps, so that a slider acts soon
SMALL = PPOConfig(prompts=8, max_new_tokens=24, epochs=1, minibatches=1)
LONGEST_SHOWN = 400  # characters of a reply
CURVES = ("proxy", "true", "kl", "entropy", "length")
POINTS = 250  # of a curve in a frame; its chart is hardly wider
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
        prompts: Sequence[HasTurns],
        judge: Callable[[HasTurns, str], float],
        config: PPOConfig = SMALL,
        shown: Sequence[HasTurns] | None = None,
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
        # a copy each time: the model that was given is the one to come back to
        model = copy.deepcopy(self.start)
        self.trainer = PPOTrainer(
            model, self.reward_model, self.tokenizer, self.prompts, self.config, self.baseline
        )
        for curve in self.curves.values():
            curve.clear()
        self.kl_used = self.rate_used = 0.0  # nothing was taken yet
        self._said: tuple[int, tuple[str, ...]] = (-1, ())
        self._first: tuple[str, ...] | None = None

    def step(self) -> None:
        """One small step of PPO, judged.

        Raises:
            OverflowError: the learning rate is too high; the model is the one before the step.
            OutOfMemory: a step needs more memory than there is; likewise.
        """
        # the sliders' newest places act on this step
        self.trainer.kl_coefficient, self.trainer.lr = self.kl_coefficient, self.learning_rate
        try:
            with lab_threads():
                result = self.trainer.step()
        except PPODiverged as error:
            # the lab's own words: the reader has a slider to move
            what = str(error).split("\n")[0].rstrip(".")
            raise OverflowError(
                f"{what}: a learning rate of {self.learning_rate:.3g} is too high, and the model "
                "is back at its weights of the step before. Move the learning rate towards slow "
                "and steady."
            ) from error
        # what this step was taken with, while the sliders may move on
        self.kl_used, self.rate_used = self.kl_coefficient, self.learning_rate
        both = zip(result.prompts, result.replies, strict=True)
        # judged for the drawing alone
        rewards = [float(self.judge(prompt, reply)) for prompt, reply in both]
        true = sum(rewards) / len(rewards)
        values = (result.proxy, true, result.kl, result.entropy, result.length)
        for name, value in zip(CURVES, values, strict=True):
            self.curves[name].add(value)

    def change(self, name: str, value: object) -> None:
        """Take a new kl_coefficient (0 takes the leash off) or learning_rate."""
        if name not in SETTINGS:
            raise KeyError(f"There is no setting {name!r}; there are {', '.join(SETTINGS)}.")
        setattr(self, name, float(value))

    def replies(self) -> tuple[str, ...]:
        """What the model of now says to the two fixed prompts, greedily."""
        step = self.trainer.step_number
        # written once a step, however many frames show it
        if self._said[0] != step:
            self._said = (step, self._ask(self.trainer.model) if step else self.first_replies())
        return self._said[1]

    def first_replies(self) -> tuple[str, ...]:
        """What the starting model says to them, asked once: it holds the leash's other end."""
        if self._first is None:
            self._first = self._ask(self.trainer.reference)
        return self._first

    def _ask(self, model: Transformer) -> tuple[str, ...]:
        """A model's greedy replies to the two fixed prompts."""
        tokens = self.config.max_new_tokens
        return tuple(replies(model, self.tokenizer, self.shown, max_new_tokens=tokens))

    def frame(self) -> bytes:
        """The curves, the newest values, the settings, and the replies of the start and of now."""
        # one count of steps for all curves
        steps, _ = self.curves["kl"].thin(POINTS)
        values = {name: curve.thin(POINTS)[1] for name, curve in self.curves.items()}
        facts = {
            "step": len(self.curves["kl"]),
            "kl_used": self.kl_used,
            "rate_used": self.rate_used,
            # cut, so that a frame stays small
            "asked": [prompt.text[:LONGEST_SHOWN] for prompt in self.shown],
            "first_replies": [reply[:LONGEST_SHOWN] for reply in self.first_replies()],
            "replies": [reply[:LONGEST_SHOWN] for reply in self.replies()],
        }
        return pack(facts, {"steps": steps, **values})


LONGEST_LEASH = 0.5  # the right end of the KL slider
RATES = (-5.0, -1.0)  # the ends of the learning rate's slider, powers of ten


class LeashView(LabView):
    """The drawing: five curves over the steps, and two prompts with replies of then and now."""

    _esm = bundle.script(__file__)
    _css = bundle.styles(__file__)


class LeashLab(Lab):
    """The lab as a cell's last line; `model` is the practising copy, the given one stays.

    Args:
        model: the chat model.
        reward_model: the one trained on preferences.
        tokenizer: the models' own.
        prompts: what is practised on, best such as have short answers.
        judge: takes (prompt, reply) and gives the true reward, 0..1; drawn, never learnt from.
        kl_coefficient: the leash slider's first place, 0 to 0.5.
        learning_rate: the rate slider's first place, 1e-5 to 0.1.
        steps: how many steps are taken headless; a live lab waits for the play button.
        config: of PPO, with its seed; small steps by default.
        shown: two prompts whose replies are shown; None for the first two of `prompts`.
        baseline: see PPOTrainer.

    Raises:
        ValueError: kl_coefficient or learning_rate is outside of its slider, or there are no
            prompts.
    """

    name = "leash"
    title = "Leash lab: proxy reward, true reward and distance"
    view_class = LeashView

    def __init__(
        self,
        model: Transformer,
        reward_model: RewardModel,
        tokenizer: TextTokenizer,
        prompts: Sequence[HasTurns],
        judge: Callable[[HasTurns, str], float],
        *,
        kl_coefficient: float = SMALL.kl_coefficient,
        learning_rate: float = SMALL.lr,
        steps: int = 12,
        config: PPOConfig = SMALL,
        shown: Sequence[HasTurns] | None = None,
        baseline: tuple[float, float] | None = None,
    ) -> None:
        low, high = (10**end for end in RATES)
        if not 0 <= kl_coefficient <= LONGEST_LEASH:
            raise ValueError(
                f"kl_coefficient is {kl_coefficient}; the slider goes from 0 to {LONGEST_LEASH}."
            )
        if not low <= learning_rate <= high:
            raise ValueError(
                f"learning_rate is {learning_rate}; the slider goes from {low:g} to {high:g}."
            )
        # the practice takes the sliders' first places, which may differ from the config's
        practice = PracticeSession(
            model, reward_model, tokenizer, prompts, judge, config, shown, baseline
        )
        practice.kl_coefficient = float(kl_coefficient)
        practice.learning_rate = float(learning_rate)
        super().__init__(practice, headless_steps=steps, run_steps=10)

    @property
    def model(self) -> Transformer:
        """The practising model of this moment."""
        return self.trainable.trainer.model

    @property
    def steps(self) -> int:
        """Steps taken since the last reset."""
        return len(self.trainable.curves["kl"])

    @property
    def history(self) -> dict[str, list[float]]:
        """ "proxy", "true", "kl", "entropy" and "length": one number a step."""
        return {name: curve.values().tolist() for name, curve in self.trainable.curves.items()}

    def controls(self) -> Sequence[ipywidgets.Widget]:
        """The leash, and the learning rate."""
        look = {"style": {"description_width": "90px"}, "layout": {"width": "380px"}}
        self.kl_coefficient = self.steer(
            ipywidgets.FloatSlider(
                value=self.trainable.kl_coefficient,
                min=0,
                max=LONGEST_LEASH,
                step=0.01,
                description="Leash (KL)",
                readout_format=".2f",
                tooltip="Reward lost for each nat that a reply moves from the start; acts on "
                "the next step",
                **look,
            ),
            "kl_coefficient",
        )
        self.learning_rate = self.steer(
            ipywidgets.FloatLogSlider(
                value=self.trainable.learning_rate,
                min=RATES[0],
                max=RATES[1],
                step=0.05,
                description="Learning rate",
                readout_format=".2g",
                tooltip="How far each step moves the weights; acts on the next step",
                **look,
            ),
            "learning_rate",
        )
        # the words at the sliders' ends
        words = [
            ipywidgets.Label(text)
            for text in ("off", "tight", "slow and steady", "fast and chaotic")
        ]
        return [
            wrapping_row([words[0], self.kl_coefficient, words[1]]),
            wrapping_row([words[2], self.learning_rate, words[3]]),
        ]

    def picture(self) -> Figure:
        """The five curves after the headless steps."""
        return leash_curves(**self.history)

    def as_text(self) -> str:
        """How many steps were practised."""
        return f"steps practised in the lab: {self.steps}"
