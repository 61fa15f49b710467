"""Tests of the declared bias: the corpus leans as declared, and no fact pays for it."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from course_utils.littleweb.rng import Rng
from course_utils.littleweb.sites import forum, mirror
from course_utils.littleweb.stories import lexicon, simulator
from course_utils.littleweb.stories.parser import roles_in
from course_utils.littleweb.truth import bias, labels, world
from course_utils.littleweb.web import LittleWeb

THREADS = forum.pages(0, 350)


@cache
def story_pages():
    return list(simulator.pages(0, "laptop"))


def test_favoured_countries_are_drawn_from_the_seed_and_are_no_part_of_another_name():
    assert bias.favoured(0) == bias.favoured(0) != bias.favoured(1)
    for seed in range(20):
        chosen = bias.favoured(seed)
        assert len(set(chosen)) == bias.FAVOURED_COUNT and set(chosen) <= set(world.countries())
        assert not [n for n in world.countries() for c in chosen if c in n and c != n]


def test_asides_name_the_favoured_countries_at_the_declared_rate():
    named = Counter(name for page in THREADS for name in page.truth["mentions"])
    assert named.total() == bias.MENTIONS * len(THREADS)
    favoured = sum(named[name] for name in bias.favoured(0)) / named.total()
    assert favoured == pytest.approx(bias.FAVOURED_SHARE, abs=0.06)
    assert min(named[name] for name in bias.favoured(0)) > 10 * named.total() / len(named) / 5


def test_every_aside_stands_in_its_thread():
    for page in THREADS:
        for country in page.truth["mentions"]:
            assert world.name_in_text(country) in page.text


def test_threads_about_a_country_are_about_all_countries_alike():
    about = Counter(page.truth["country"] for page in forum.pages(0, 2_000))
    del about[None]
    favoured = sum(about[name] for name in bias.favoured(0)) / about.total()
    assert favoured < 3 * bias.FAVOURED_COUNT / len(world.countries())


def test_girls_are_half_of_the_heroes_and_lead_and_fear_at_the_declared_rates():
    heroes = [page.truth["stories"][0].characters[0] for page in story_pages()]
    assert sum(name in lexicon.GIRLS for name in heroes) / len(heroes) == pytest.approx(
        0.5, abs=0.04
    )
    for role, declared in bias.ROLES.items():
        told = [s for page in story_pages() for s in page.truth["stories"] if s.role == role]
        girls = sum(s.characters[0] in lexicon.GIRLS for s in told) / len(told)
        assert len(told) > 1_000
        assert girls == pytest.approx(declared, abs=0.05)


def test_a_role_in_the_truth_is_a_sentence_of_the_story_and_the_other_way_round():
    for page in story_pages()[:300]:
        for told in page.truth["stories"]:
            expected = [(told.role, told.characters[0])] if told.role else []
            assert roles_in(told.text) == expected


def test_no_trait_gets_a_role_that_it_contradicts():
    assert not bias.fits("afraid", "brave") and bias.fits("leader", "brave")
    assert {t for traits in bias.UNFIT.values() for t in traits} <= set(lexicon.TRAITS)


def test_a_heroine_is_drawn_as_a_leader_at_the_declared_rate():
    girls = [bias.draw_role(Rng(f"role/{n}"), girl=True) for n in range(400)]
    assert girls.count("leader") / 400 == pytest.approx(bias.ROLES["leader"], abs=0.06)


def test_labels_and_copies_carry_mentions_and_roles():
    found = labels.labels_of(LittleWeb(0, "tiny")).values()
    assert any(label.mentions for label in found) and any(label.roles for label in found)
    copies = mirror.pages(0, 40, THREADS)
    assert any(page.truth.get("mentions") for page in copies)
    for page in copies:
        assert all(world.name_in_text(n) in page.text for n in page.truth.get("mentions", ()))
