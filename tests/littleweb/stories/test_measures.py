"""Tests of what is counted in stories, and of how rich the stories of the laptop's web are."""

from functools import cache

from course_utils.littleweb.stories import simulator
from course_utils.littleweb.stories.measures import measure, sentences, skeleton


@cache
def laptop():
    pages = simulator.pages(0, "laptop")
    return measure(told.text for page in pages for told in page.truth["stories"])


def test_what_is_said_stays_with_who_said_it():
    text = 'Ben came. "Hurrah!" said Ben. "May I?" asked the fox. "No," he said. "Go."\n\nThen so'
    assert sentences(text) == [
        "Ben came.",
        '"Hurrah!" said Ben.',
        '"May I?" asked the fox.',
        '"No," he said.',
        '"Go."',
        "Then so",
    ]


def test_characters_places_and_things_are_slots_of_a_skeleton():
    told = "Ben, a kind fox, won the bell of the kind owl near the mill."
    assert skeleton(told) == "N, a kind N, won the T of the kind N near P."
    assert skeleton("The fox ran to Mila at The mill.") == "N ran to N at P."


def test_words_are_counted_in_small_letters():
    assert measure(["The worn-out fox. The owl's owl."]).words["the"] == 2
    assert measure(["A b. A c."]).vocabulary == 3


def test_the_stories_of_the_laptop_have_1_500_words_that_a_model_meets_often():
    assert sum(count >= 40 for count in laptop().words.values()) >= 1_600
    assert sum(count < 30 for count in laptop().words.values()) <= 20


def test_no_skeleton_is_half_a_percent_of_the_sentences():
    assert laptop().sentences > 150_000
    assert laptop().largest_share < 0.005
