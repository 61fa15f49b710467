"""The chat lab's thread: other replies, edits, undo, the history's file, the columns."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import torch

from course_utils.inference import Chat, Engine, SamplingConfig
from course_utils.inference.history import ChatHistory
from course_utils.inference.labs import ChatLab
from course_utils.inference.labs.chat.columns import MOST_TOKENS, StageColumns
from course_utils.inference.labs.chat.session import ReplySession
from course_utils.inference.stage_models import BASE, PRACTISED, StageModel
from course_utils.model.transformer import Transformer, TransformerConfig
from course_utils.tokenization.fast import FastTokenizer
from course_utils.tokenization.special_tokens import END, SYSTEM, USER
from course_utils.ui import running, unpack

CONFIG = SamplingConfig(temperature=0.9, max_new_tokens=12)
SIZE = TransformerConfig(
    vocab_size=261, width=16, layers=2, heads=2, intermediate_size=24, context_tokens=96
)


@pytest.fixture
def engine() -> Engine:
    """A small random model over bytes that seldom ends."""
    model, generator = Transformer(SIZE), torch.Generator().manual_seed(2)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.4 * torch.randn(weight.shape, generator=generator))
        model.lm_head.weight[:5] = 0
        model.lm_head.weight[90:] *= 0.01  # text rather than noise
    return Engine(model, FastTokenizer())


@pytest.fixture
def writing(engine: Engine) -> ReplySession:
    """A session with a history, in a workspace of its own."""
    return opened(engine)


def opened(engine: Engine) -> ReplySession:
    """The lab's session as after a restart of the kernel."""
    session = ReplySession(Chat(engine, CONFIG), ChatHistory(), StageColumns())
    session.open_history()
    return session


def facts_of(writing: ReplySession) -> dict:
    return unpack(writing.frame())[0]


def write_all(writing: ReplySession) -> None:
    while writing.writing or writing.columns.writing:
        writing.step()


def talk(writing: ReplySession, *texts: str) -> None:
    for text in texts:
        writing.say(text)
        write_all(writing)


def test_a_conversation_outlives_the_kernel(engine: Engine, writing: ReplySession) -> None:
    talk(writing, "Hi", "Who?")
    writing.another()
    write_all(writing)
    writing.change("system", " Be brief. ")
    again = opened(engine)
    assert again.chat.turns == writing.chat.turns and again.chat.system == "Be brief."
    before, after = facts_of(writing), facts_of(again)
    assert after["exchanges"] == before["exchanges"] and after["exchanges"][1]["of"] == 2
    talk(again, "So?")
    talk(writing_to := opened(engine), "More")
    assert [one.user for one in writing_to.chat.exchanges] == ["Hi", "Who?", "So?", "More"]


def test_a_reply_that_is_cut_off_by_a_new_run_of_the_cell_is_kept(engine, writing) -> None:
    writing.say("Hi")
    writing.step()
    part = writing.chat.stream.text
    writing.leave()
    assert opened(engine).chat.turns == [("user", "Hi"), ("assistant", part)]


def test_a_message_that_was_being_answered_when_the_kernel_died_comes_back(
    engine: Engine, writing: ReplySession
) -> None:
    talk(writing, "Hi")
    writing.say(" Who? ")
    writing.step()
    again = opened(engine)
    facts = facts_of(again)
    assert facts["unanswered"] == "Who?" and "before this message was answered" in facts["note"]
    assert len(again.chat.turns) == 2
    talk(again, "Who?")
    assert facts_of(again)["unanswered"] == "" == facts_of(opened(engine))["unanswered"]


def test_forget_empties_the_file_and_undo_writes_it_again(engine, writing) -> None:
    talk(writing, "Hi")
    turns = writing.chat.turns
    writing.reset()
    assert writing.chat.turns == [] and not writing.history.path.exists()
    assert "Undo" in facts_of(writing)["note"] and facts_of(writing)["can_undo"]
    assert opened(engine).chat.turns == []
    writing.undo()
    assert writing.chat.turns == turns == opened(engine).chat.turns


def test_two_copies_of_the_lab_lose_nothing(engine: Engine, writing: ReplySession) -> None:
    talk(writing, "Hi")
    copy = opened(engine)
    talk(writing, "Mine")
    talk(copy, "Yours")
    assert "chat-2.json" in facts_of(copy)["note"]
    assert [one.user for one in opened(engine).chat.exchanges] == ["Hi", "Mine"]
    assert [one.user for one in ChatHistory("chat-2.json").load().exchanges] == ["Hi", "Yours"]


def test_a_broken_history_is_said_and_the_chat_begins_anew(engine, writing) -> None:
    talk(writing, "Hi")
    writing.history.path.write_text("{", encoding="utf-8")
    again = opened(engine)
    assert again.chat.turns == [] and "chat.json.aside" in facts_of(again)["note"]
    talk(again, "Who?")
    assert len(opened(engine).chat.turns) == 2


def test_a_chat_with_turns_of_its_own_leaves_the_file_to_the_other(engine, writing) -> None:
    talk(writing, "Hi")
    chat = Chat(engine, CONFIG)
    chat.reply("Elsewhere")
    other = ReplySession(chat, ChatHistory())
    other.open_history()
    talk(other, "Here")
    assert other.history.name == "chat-2.json" and len(chat.turns) == 4
    # and the chat of an earlier lab goes on in its own file
    same = ReplySession(writing.chat, ChatHistory())
    same.open_history()
    talk(same, "Again")
    assert same.history.name == "chat.json"


def test_another_reply_takes_the_place_of_the_first_while_it_is_written(writing) -> None:
    talk(writing, "Hi", "Who?")
    first = writing.chat.turns[-1][1]
    writing.another()
    writing.step()
    facts = facts_of(writing)
    assert facts["turns"] == 2 and facts["question"] == "Who?"
    assert facts["reply"] and sum(facts["reply_lengths"]) == len(facts["reply"])
    write_all(writing)
    facts = facts_of(writing)
    newest = facts["exchanges"][-1]
    assert (facts["turns"], newest["of"], newest["chosen"]) == (4, 2, 1)
    writing.choose(0)
    assert facts_of(writing)["exchanges"][-1]["text"] == first == writing.chat.turns[-1][1]


def test_another_greedy_reply_says_that_it_is_the_same(writing: ReplySession) -> None:
    writing.change("temperature", 0.0)
    talk(writing, "Hi")
    writing.another()
    write_all(writing)
    facts = facts_of(writing)
    assert "same words" in facts["note"] and facts["exchanges"][0]["of"] == 1


def test_an_edit_says_what_went_and_undo_brings_it_back(writing: ReplySession) -> None:
    talk(writing, "Hi", "Who?", "And?")
    before = writing.chat.turns
    writing.edit(1, "Why?")
    assert "3 turns" in facts_of(writing)["note"]
    write_all(writing)
    assert [one.user for one in writing.chat.exchanges] == ["Hi", "Why?"]
    writing.undo()
    assert writing.chat.turns == before
    writing.undo()
    assert [one.user for one in writing.chat.exchanges] == ["Hi", "Why?"]


@pytest.mark.parametrize(
    ("act", "note"),
    [
        (lambda one: one.undo(), "Nothing was dropped"),
        (lambda one: one.another(), "no reply yet"),
        (lambda one: one.choose(0), "no reply 0"),
        (lambda one: one.edit(0, "Hi"), "no message 0"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(writing, act: Callable, note: str) -> None:
    act(writing)
    assert note in facts_of(writing)["note"] and writing.chat.turns == []
    talk(writing, "Hi")
    assert len(writing.chat.turns) == 2


def test_messages_that_wait_survive_what_is_done_meanwhile(writing: ReplySession) -> None:
    talk(writing, "Hi")
    for act in (lambda: writing.choose(0), writing.another, writing.undo):
        writing.say("First")
        writing.step()
        writing.say("Second")
        assert facts_of(writing)["waiting"] == ["Second"]
        act()
        write_all(writing)
        said = [one.user for one in writing.chat.exchanges]
        assert said[-2:] == ["First", "Second"] and facts_of(writing)["waiting"] == []


def test_the_bars_show_the_token_that_is_pointed_at(writing: ReplySession) -> None:
    talk(writing, "Hi")
    reply = writing.chat.exchanges[0].reply
    whole = [number for number, length in enumerate(reply.lengths) if length]
    for number in (whole[0], whole[3], whole[-1]):
        writing.look(number)
        moment = writing.moment()
        assert moment.token == writing.chat.stream.ids[number] and facts_of(writing)["pointed"]
        share = torch.softmax(moment.logits.double(), -1)[moment.token]
        assert float(share) == pytest.approx(reply.probabilities[number], rel=1e-4)
    talk(writing, "Who?")
    assert not facts_of(writing)["pointed"]


def test_a_reply_at_its_limit_and_a_stopped_one_say_how_they_ended(writing) -> None:
    writing.config = replace(CONFIG, max_new_tokens=3, stop_ids=())
    talk(writing, "Hi\n")
    writing.say("Who?")
    writing.step()
    writing.stop()
    ended = [one["finish"] for one in facts_of(writing)["exchanges"]]
    assert ended == ["length", None] and writing.chat.turns[0] == ("user", "Hi")


def test_a_stop_string_ends_the_reply_and_its_tokens_fit(engine, writing) -> None:
    talk(writing, "Hi")
    whole = writing.chat.turns[-1][1]
    writing.reset()
    writing.chat.stop = whole[2:4]
    talk(writing, "Hi")
    shown = facts_of(writing)["exchanges"][0]
    assert shown["text"] == whole[: whole.index(whole[2:4])] and shown["finish"] == "stop"
    assert sum(shown["lengths"]) == len(shown["text"])
    assert opened(engine).chat.turns == writing.chat.turns


@pytest.fixture
def staged(engine: Engine) -> ReplySession:
    missing = StageModel("finetuned", None, "", "It is not there.")
    stages = [StageModel(BASE, engine, "own"), missing, StageModel(PRACTISED, engine, "starter")]
    return ReplySession(Chat(engine, CONFIG), None, StageColumns(stages))


def test_every_stage_answers_the_same_question_alone(engine: Engine, staged) -> None:
    talk(staged, "Before")
    staged.ask_stages(" Hi ")
    write_all(staged)
    facts = facts_of(staged)
    base, missing, practised = facts["columns"]
    config = replace(CONFIG, stop_ids=(END, USER, SYSTEM))
    for column, number in ((base, 0), (practised, 2)):
        ids = staged.columns.columns[number].model.prompt_ids("Hi")
        expected = "".join(engine.stream(ids, config))
        assert column["text"] == expected and sum(column["lengths"]) == len(expected)
    assert missing["problem"] == "It is not there." and missing["text"] == ""
    assert facts["asked"] == "Hi" and len(staged.chat.turns) == 2


def test_a_reply_and_the_columns_are_written_together_and_stop_ends_both(staged) -> None:
    staged.say("Hi")
    staged.ask_stages("Who?")
    staged.step()
    facts = facts_of(staged)
    assert facts["reply"] and facts["columns"][0]["text"] and facts["columns"][0]["writing"]
    staged.stop()
    facts = facts_of(staged)
    assert not facts["writing"] and facts["note"] == "Stopped." and facts["columns"][0]["text"]
    assert facts["columns"][0]["finish"] is None


@pytest.mark.parametrize(("text", "words"), [(" ", "is empty"), ("x" * 99, "reads 96")])
def test_a_question_that_cannot_be_leaves_the_old_answers(staged, text: str, words: str) -> None:
    staged.ask_stages("Hi")
    write_all(staged)
    before = facts_of(staged)["columns"]
    staged.ask_stages(text)
    facts = facts_of(staged)
    assert words in facts["note"] and facts["refused"] == 1 and facts["columns"] == before


def test_a_broken_stage_says_so_and_the_others_go_on(engine: Engine, staged) -> None:
    broken = Transformer(SIZE)
    with torch.no_grad():
        broken.lm_head.weight[5] = torch.nan
    staged.columns.columns[0].model = StageModel(BASE, Engine(broken, FastTokenizer()), "own")
    staged.ask_stages("Hi")
    write_all(staged)
    base, _, practised = facts_of(staged)["columns"]
    assert "not finite numbers" in base["problem"] and practised["text"]


def test_the_starter_stands_in_for_a_missing_stage(staged: ReplySession) -> None:
    columns = staged.columns.columns
    columns[0].model = StageModel(BASE, None, "", "It was edited.")
    staged.columns.use_starter("finetuned")  # of which there is none
    staged.columns.use_starter(BASE)
    assert columns[0].model.origin == "starter" and columns[1].model.engine is None
    staged.ask_stages("Hi")
    write_all(staged)
    assert facts_of(staged)["columns"][0]["text"] and MOST_TOKENS >= 12


@pytest.fixture
def live(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], ChatLab]]:
    """Makes live labs, as a cell does that is run again."""
    monkeypatch.setenv("COURSE_HEADLESS", "0")
    yield lambda **options: ChatLab(Chat(engine, CONFIG), tokens_per_second=400, **options)
    for trainer in running(ChatLab.name):
        trainer.stop()


def hear(lab: ChatLab, **sent: object) -> None:
    lab._hear(lab.view, sent, [])


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "not within 10 s"
        time.sleep(0.002)


def test_what_the_page_asks_for_is_done(live, engine: Engine) -> None:
    lab = live(stages=[StageModel(BASE, engine, "own")])
    assert lab.view.labels == {"stages": True}
    hear(lab, type="say", text="Hi")
    until(lambda: len(lab.turns) == 2 and not lab.trainable.writing)
    next(one for one in lab.buttons if one.description == "Another reply").click()
    until(lambda: len(lab.trainable.chat.exchanges[0].replies) == 2)
    hear(lab, type="choose", number=0)
    until(lambda: lab.trainable.chat.exchanges[0].chosen == 0)
    hear(lab, type="edit", number=0, text="Hey")
    until(lambda: lab.turns[:1] == [("user", "Hey")])
    hear(lab, type="stages", text="Who?")
    until(lambda: lab.trainable.columns.columns[0].stream is not None)
    lab.system.value = "Be brief."
    until(lambda: lab.trainable.chat.system == "Be brief.")
    next(one for one in lab.buttons if one.description == "Undo").click()
    until(lambda: lab.turns[:1] == [("user", "Hi")])
    until(lambda: lab.view.status == "paused")


def test_a_cell_that_is_run_again_goes_on_with_the_conversation(live) -> None:
    lab = live()
    hear(lab, type="say", text="Hi")
    until(lambda: len(lab.trainable.chat.stream.ids) > 2 if lab.trainable.chat.stream else False)
    again = live()
    assert [one for one, _ in again.turns] == ["user", "assistant"]
    assert live(history=None).turns == []


def test_headless_keeps_and_reads_nothing(engine, monkeypatch, own_workspace) -> None:
    monkeypatch.setenv("COURSE_HEADLESS", "1")
    ChatLab(Chat(engine, CONFIG))
    assert not own_workspace.exists()
    with pytest.raises(ValueError, match="ends with .json"):
        ChatLab(Chat(engine, CONFIG), history="chat")
