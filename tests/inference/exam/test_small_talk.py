"""Small talk: frozen utterances, fitting replies of many wordings, and those of other intents."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from pathlib import Path

import pytest

from course_utils import finetuning_rlhf
from course_utils.finetuning_rlhf import chat_data, chat_writers
from course_utils.finetuning_rlhf import small_talk as training_talk
from course_utils.finetuning_rlhf.questions import Prompt
from course_utils.inference.exam import small_talk
from course_utils.inference.exam.marks import Question
from course_utils.littleweb.sites.school import messages

FROZEN = "0402280893a657a952a23dfd90d9d9989e3deadcb0cbac2e7e2687a34f08ac87"
FITS = {
    "greeting": ("Hello, how can I help you?", "Hi there! What would you like to know?"),
    "thanks": ("You are welcome.", "It was my pleasure.", "No problem, I like to help."),
    "bye": ("Goodbye, see you soon.", "Sleep well!", "Bye, it was good to talk to you."),
    "who": ("I am a small language model.", "I am not a person, I am a computer program."),
    "name": ("I have no name, I am a small model.", "You can call me Little Model."),
    "how": ("I am well, thank you.", "I'm fine and ready to help.", "Not bad, and you?"),
    "able": ("I can answer questions about countries and tell stories.", "I know some facts."),
    "learn": ("I read it on the Little Web.", "I was trained on many pages."),
    "sure": ("I can be wrong, so please check.", "I am not always right. Do check."),
    "praise": ("Thank you, I am glad.", "That is kind of you."),
    "sorry": ("That is no problem.", "Don't worry about it.", "Never mind, please go on."),
    "bored": ("Shall I tell you a story about a fox?", "You could ask me about a country."),
    "my_name": ("Hello, Bert. How can I help you?", "Nice to meet you."),
    "where": ("I live in a computer.", "I am only a file, I am nowhere."),
    "age": ("I have no age, I am a model.", "I was made a short time ago, I am quite new."),
    "feelings": ("I am a model, I do not feel anything.", "No, I have no feelings."),
    "joke": ("I know no jokes, but I can tell you a story.", "Why did the owl laugh? Hoo knows."),
    "weather": ("I cannot see the weather.", "I have no window, but I hope the sun shines."),
    "complaint": ("I am sorry, I was wrong.", "Sorry. I often make mistakes, please try again."),
    "sad": ("I am sorry to hear that.", "That is hard. Shall I tell you a story?"),
}
NEVER = (
    "I do not know of Boravo. I have not read about it.",
    "The capital of France is Paris.",
    "I do not know.",
    "No idea",
    "Once there was a fox called Otto who lived near the mill.",
    "",
    "Hm.",
)
BY_HEART = [(intent, fitting[0]) for intent, fitting in FITS.items()]
# Where the first fitting reply of one intent fits another one as well.
SHARED = {
    ("thanks", "praise"), ("praise", "thanks"), ("praise", "how"), ("who", "feelings"),
    ("feelings", "who"), ("bored", "joke"), ("joke", "bored"), ("bored", "sad"), ("age", "who"),
    ("able", "bored"), ("name", "who"), ("greeting", "my_name"), ("complaint", "sure"),
    ("sure", "complaint"), ("sad", "complaint"), ("sorry", "thanks"), ("feelings", "how"),
    ("bored", "able"), ("joke", "able"),
}  # fmt: skip


def plain(text):
    return " ".join(re.findall(r"\w+", text.casefold()))


def asked(intent):
    said = next(text for group, text in small_talk.utterances() if group == intent)
    return Question(Prompt(said, "talk", topic=intent), intent)


def test_the_utterances_and_their_rules_are_frozen():
    texts = json.dumps(small_talk._table())
    assert hashlib.sha256(texts.encode("utf-8")).hexdigest() == FROZEN


def test_there_are_five_of_each_of_twenty_intents():
    questions = small_talk.questions(0, 100)
    assert (
        len(small_talk.intents()) == 20 and len({plain(q.prompt.text) for q in questions}) == 100
    )
    for start in range(0, 100, 20):
        assert {q.group for q in questions[start : start + 20]} == set(small_talk.intents())
    assert small_talk.questions(0, 7) == questions[:7]


def _texts(value):
    """All texts inside of tables and lists."""
    if isinstance(value, str):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for item in items for text in _texts(item)]


def test_no_utterance_stands_in_the_chat_data():
    trained = set()
    for talk in getattr(chat_writers, "SMALL_TALK", {}).values():
        trained |= {plain(text) for text in (*talk.phrasings, *talk.holdout)}
    for path in Path(finetuning_rlhf.__file__).parent.rglob("*.toml"):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        trained |= {plain(text) for text in _texts(table)}
    assert trained and not {plain(said) for _, said in small_talk.utterances()} & trained


def test_the_hashes_that_training_keeps_clear_of_are_those_of_the_utterances():
    hashes = {
        hashlib.sha256(plain(said).encode()).hexdigest()[:12]
        for _, said in small_talk.utterances()
    }
    assert training_talk.RESERVED == hashes and len(hashes) == 100


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_utterance_is_drawn_for_training_or_stands_on_the_web(seed):
    examples = chat_data.training_examples(seed)
    drawn = {text for one in examples for role, text in one.prompt.turns if role == "user"}
    assert not {plain(said) for _, said in small_talk.utterances()} & set(map(plain, drawn))
    assert not [text for text in messages.TALK if training_talk.is_reserved(text)]


@pytest.mark.parametrize("intent", FITS)
def test_a_fitting_reply_passes_in_many_wordings(intent):
    assert [(r, why) for r in FITS[intent] if (why := small_talk.fault(asked(intent), r))] == []


@pytest.mark.parametrize("intent", FITS)
def test_what_fits_no_small_talk_never_passes(intent):
    assert [reply for reply in NEVER if not small_talk.fault(asked(intent), reply)] == []


@pytest.mark.parametrize("intent", FITS)
def test_a_reply_to_another_intent_does_not_pass(intent):
    passed = {other for other, r in BY_HEART if not small_talk.fault(asked(intent), r)}
    assert passed - {intent} == {other for other, here in SHARED if here == intent}


@pytest.mark.parametrize(
    ("intent", "reply"),
    [
        ("who", "I am a human."),
        ("sure", "I am never wrong."),
        ("sure", "Of course I am sure."),
        ("where", "I live near the mill."),
        ("where", "I live in Norway."),
        ("feelings", "I am in love, I feel it."),
        ("sad", "I am glad to hear that you are sad."),
        ("sad", "That was my mistake, I am sorry."),
        ("praise", "I am sorry, thank you."),
        ("name", "Your name is Bert."),
        ("my_name", "My name is Bert."),
        ("greeting", "You are welcome."),
        ("bye", "Hello, how can I help you?"),
        ("weather", "I do not know of Rain. I have not read about it."),
        ("weather", "Hello, is it cold?"),
    ],
)
def test_the_right_words_in_the_wrong_sense_do_not_pass(intent, reply):
    assert small_talk.fault(asked(intent), reply)


def test_a_fitting_reply_with_more_tacked_on_does_not_pass():
    for reply in ("You are welcome. I am a small language model.", "Goodbye. You are welcome."):
        assert small_talk.fault(asked("thanks"), reply)
    assert small_talk.fault(asked("greeting"), "Hello. " + "I like to talk to you. " * 9)


def test_only_the_name_that_was_said_may_be_said_back():
    hello = "Hello, {}. Nice to meet you."
    assert small_talk.fault(asked("my_name"), hello.format("Bert")) == ""
    assert small_talk.fault(asked("my_name"), hello.format("Kofi"))
    assert small_talk.fault(asked("my_name"), hello.format("Otto"))
