"""Asking well: prompts as they are built, and what counts as right."""

from __future__ import annotations

import pytest

from course_utils.finetuning_rlhf.questions import Prompt, StoryRequest
from course_utils.inference import prompting
from course_utils.inference.engine import Engine
from course_utils.inference.prompting import Share, Task
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.tokenization.fast import FastTokenizer

COUNTRIES = (("Peru", "Lima"), ("Chad", "N'Djamena"))
TASKS = [Task(f"{number}:", (str(number),)) for number in range(12)]


def test_examples_stand_before_the_open_task_with_their_answers() -> None:
    assert prompting.few_shot(TASKS[:2], TASKS[5]) == "0: 0.\n\n1: 1.\n\n5:"
    assert prompting.few_shot([], TASKS[5]) == "5:"


def test_statements_are_those_of_the_pages_and_take_any_true_value() -> None:
    (france,) = [task for task in prompting.statements("capital") if "France" in task.prompt]
    assert france.prompt == "The capital of France is" and france.shown.endswith("is Paris.")
    assert france.is_right(" Paris. It") and not france.is_right(" Parish.")
    (form,) = [t for t in prompting.in_form("capital", "{country} ->") if "France" in t.prompt]
    assert (form.prompt, form.values) == ("France ->", france.values)
    with pytest.raises(ValueError, match="'size' is no kind of fact"):
        prompting.statements("size")


def test_a_share_has_the_error_of_its_count_or_of_its_draws() -> None:
    assert Share((50,), 100).standard_error == pytest.approx(0.05)
    alike, apart = Share((50, 50, 50), 100), Share((20, 50, 80), 100)
    assert alike.standard_error == pytest.approx(0.05 / 3**0.5)
    assert apart.value == 0.5 and apart.standard_error == pytest.approx(0.3 / 3**0.5)
    assert str(apart) == " 50% ± 17%"


def test_nothing_that_is_shown_is_asked_and_the_seed_decides() -> None:
    shown, asked = prompting.draw(range(12), 4, 8, seed=0)
    assert (len(shown), len(asked)) == (4, 8) and {*shown, *asked} == set(range(12))
    assert (
        prompting.draw(range(12), 4, 8, 0) == (shown, asked) != prompting.draw(range(12), 4, 8, 1)
    )


def test_all_counts_ask_the_same_tasks_each_once(engine: Engine) -> None:
    seen: list[str] = []

    class Watched(Task):
        def is_right(self, text: str) -> bool:
            seen.append(self.prompt)
            return len(seen) <= 10  # those without examples

    tasks = [Watched(f"{number}:", (str(number),)) for number in range(12)]
    found = prompting.by_examples(engine, tasks, (0, 2), asked=10, seeds=(3,))
    assert found == {0: Share((10,), 10), 2: Share((0,), 10)}
    assert len(set(seen[:10])) == 10 and seen[:10] == seen[10:]
    with pytest.raises(ValueError, match="12 tasks; 11 are to be asked after 2 examples"):
        prompting.by_examples(engine, tasks, (0, 2), asked=11)


def test_names_are_right_only_backwards() -> None:
    (peru,) = [task for task in prompting.backwards() if task.prompt == "Peru ->"]
    assert peru.shown == "Peru -> ureP." and peru.is_right(" ureP.") and not peru.is_right(" Peru")


def test_wordings_change_the_words_and_nothing_else() -> None:
    prompts = prompting.questions("capital", 0)
    assert len(prompts) > 100 and {prompt.kind for prompt in prompts} == {"capital"}
    for wording in prompting.WORDINGS.values():
        made = prompting.worded(prompts, wording)
        assert [one.answers for one in made] == [one.answers for one in prompts]
        assert all(one.text[0].isupper() or one.text[0].isdigit() for one in made)
        assert all(one.country.removeprefix("The ") in one.text for one in made)


def test_exchanges_ask_in_full_once_and_then_as_the_follow_up_does() -> None:
    peru, chad = (Prompt(f"Capital of {c}?", "capital", c, (v,)) for c, v in COUNTRIES)
    assert prompting._answered(peru) == (
        ("user", "Capital of Peru?"),
        ("assistant", "The capital of Peru is Lima."),
    )
    assert prompting.worded([chad], "And of {country}?")[0].text == "And of Chad?"


def test_every_follow_up_is_asked_after_every_number_of_exchanges() -> None:
    sizes = TransformerConfig(261, 16, 1, 2, 24, context_tokens=512)
    engine = Engine(Transformer(sizes), FastTokenizer())
    prompts = prompting.questions("capital", 0)[:6]
    found = prompting.by_exchanges(engine, prompts, counts=(0, 2), asked=4, seeds=(0, 1))
    assert found == {0: Share((0, 0), 4), 2: Share((0, 0), 4)}
    with pytest.raises(ValueError, match="6 questions; 5 are to be asked after 2"):
        prompting.by_exchanges(engine, prompts, counts=(2,), asked=5)


def test_wishes_want_the_same_however_little_they_say() -> None:
    wishes = prompting.wishes(0, 5)
    requests = [[prompt.request for prompt in some] for some in wishes.values()]
    assert all(some == requests[0] for some in requests)
    exact = wishes["a story, its hero and animal"][0]
    assert exact.request.hero in exact.text and exact.request.animal in exact.text
    assert {prompt.text for prompt in wishes["Tell me something."]} == {"Tell me something."}


def test_a_wish_is_kept_where_hero_and_animal_are_the_wanted_ones() -> None:
    wanted = Prompt("A story.", "story", request=StoryRequest("Clara", "owl", "the tower"))
    story = "Clara the owl sat near the tower. Clara was glad. That was the end of a good day."
    assert prompting.wish_kept(wanted, story) == (True, True)
    assert prompting.wish_kept(wanted, story.replace("owl", "fox")) == (True, False)
    assert prompting.wish_kept(wanted, story.replace("Clara", "Tom")) == (True, False)
    assert prompting.wish_kept(wanted, "I am a small language model.") == (False, False)


def test_a_text_without_room_gets_no_answer_and_the_others_get_theirs(engine: Engine) -> None:
    context = engine.model.config.context_tokens
    alone = prompting.continued(engine, ["a b c"])
    assert prompting.continued(engine, ["x" * 4 * context, "a b c"]) == ["", *alone]
