"""Wrong answers that readers give to the challenges of notebook 01, and what each is told.

MISTAKES holds (challenge, function, words that the check answers with); the tests run all of them.
Each docstring names the mistake.
"""

from __future__ import annotations

import re

from course_utils.data_collection.exercises import reference as right

FIVE = 5


def robots_first_rule(rules, path):
    """Lets the first rule decide that fits, in the order of the file."""
    return next((word == "allow" for word, start in rules if path.startswith(start)), True)


def robots_any_closed(rules, path):
    """Closes a page as soon as one rule closes it, whatever a longer one allows."""
    closed = [start for word, start in rules if start and word == "disallow"]
    return not any(path.startswith(start) for start in closed)


def robots_anywhere(rules, path):
    """Looks for the rule's text anywhere in the path instead of at its start."""
    fitting = [(len(start), word == "allow") for word, start in rules if start and start in path]
    return max(fitting, default=(0, True))[1]


def robots_empty_closes(rules, path):
    """Takes a rule with nothing after it for one that closes the whole site."""
    fitting = [(len(start), word == "allow") for word, start in rules if path.startswith(start)]
    return max(fitting, default=(0, True))[1]


def robots_tie_closed(rules, path):
    """Lets disallow win where two rules are equally long."""
    fitting = [(len(s), word == "disallow") for word, s in rules if s and path.startswith(s)]
    return not max(fitting, default=(0, False))[1]


def robots_closed_without_a_rule(rules, path):
    """Fetches only what a rule allows, although all that is not closed is open."""
    fitting = [(len(s), word == "allow") for word, s in rules if s and path.startswith(s)]
    return max(fitting, default=(0, False))[1]


def robots_ignoring_capitals(rules, path):
    """Writes rules and path in lower case first, although capitals count in a path."""
    return right.robots_allowed([(word, start.lower()) for word, start in rules], path.lower())


def robots_swapped(rules, path):
    """Returns whether the page is closed, the opposite of what was asked."""
    return not right.robots_allowed(rules, path)


def robots_last_rule(rules, path):
    """Lets the last rule decide that fits, as a style sheet would."""
    fitting = [word == "allow" for word, start in rules if start and path.startswith(start)]
    return fitting[-1] if fitting else True


def scores_swapped(dropped, junk):
    """Returns the recall first and the precision second."""
    return right.precision_recall(dropped, junk)[::-1]


def scores_of_either(dropped, junk):
    """Divides by the pages in either set, as for the Jaccard similarity."""
    share = len(dropped & junk) / len(dropped | junk)
    return share, share


def scores_as_counts(dropped, junk):
    """Counts hits and misses and does not divide."""
    return len(dropped & junk), len(junk - dropped)


def scores_without_the_empty(dropped, junk):
    """Divides by zero when nothing was dropped."""
    return len(dropped & junk) / len(dropped), len(dropped & junk) / len(junk)


def scores_zero_for_nothing(dropped, junk):
    """Gives precision 0 to a filter that dropped nothing, and so made no mistake."""
    hits = len(dropped & junk)
    return hits / max(1, len(dropped)), hits / len(junk) if junk else 1.0


def scores_zero_for_no_junk(dropped, junk):
    """Gives recall 0 where there was no junk to find."""
    hits = len(dropped & junk)
    return hits / len(dropped) if dropped else 1.0, hits / max(1, len(junk))


def scores_as_one(dropped, junk):
    """Returns the F1 score, one number, instead of the two that it is made of."""
    precision, recall = right.precision_recall(dropped, junk)
    return 2 * precision * recall / max(1e-9, precision + recall)


def scores_of_mistakes(dropped, junk):
    """Counts what went wrong instead of what went right."""
    precision, recall = right.precision_recall(dropped, junk)
    return 1 - precision, 1 - recall


def jaccard_of_words(first, second):
    """Compares single words, so that their order counts for nothing."""
    one, two = set(first.lower().split()), set(second.lower().split())
    return len(one & two) / len(one | two)


def jaccard_with_capitals(first, second):
    """Forgets to write both texts in lower case."""
    one, two = (
        {tuple(text.split()[at : at + FIVE]) for at in range(len(text.split()) - 4)}
        for text in (first, second)
    )
    return len(one & two) / len(one | two) if one | two else 0.0


def jaccard_over_the_smaller(first, second):
    """Divides by the runs of the shorter text."""
    one, two = _runs(first), _runs(second)
    return len(one & two) / max(1, min(len(one), len(two)))


def jaccard_over_the_sum(first, second):
    """Divides by the runs of both texts added up, so that shared ones count twice."""
    one, two = _runs(first), _runs(second)
    return len(one & two) / max(1, len(one) + len(two))


def jaccard_in_percent(first, second):
    """Returns percent."""
    return 100 * right.jaccard(first, second)


def jaccard_of_too_short(first, second):
    """Divides by zero where neither text has five words."""
    one, two = _runs(first), _runs(second)
    return len(one & two) / len(one | two)


def jaccard_without_the_last(first, second):
    """Ends range() one too early, so that the last run of each text is lost."""
    one, two = (
        {tuple(words[at : at + FIVE]) for at in range(len(words) - FIVE)}
        for words in (first.lower().split(), second.lower().split())
    )
    return len(one & two) / len(one | two) if one | two else 0.0


def jaccard_split_at_spaces(first, second):
    """Splits at single spaces, so that line ends and double spaces make odd words."""
    one, two = (
        {tuple(words[at : at + FIVE]) for at in range(len(words) - 4)}
        for words in (first.lower().split(" "), second.lower().split(" "))
    )
    return len(one & two) / len(one | two) if one | two else 0.0


def mask_words_with_at(text):
    """Replaces whatever has an @ in it."""
    return re.sub(r"\S*@\S*", "<EMAIL>", text)


def mask_the_first(text):
    """Replaces only the first address."""
    return right.ADDRESS.sub("<EMAIL>", text, count=1)


def mask_simple_names(text):
    r"""Uses \w+ for the name and leaves its first part where it has a dot or a plus."""
    return re.sub(r"\w+@[\w.]+\.\w+", "<EMAIL>", text)


def mask_with_the_full_stop(text):
    """Takes the full stop that ends the sentence for a part of the address."""
    return re.sub(r"[\w.+%-]+@[\w-]+\.[\w.-]+", "<EMAIL>", text)


def mask_one_dot(text):
    """Expects exactly one dot in the host."""
    return re.sub(r"[\w.+%-]+@[\w-]+\.[A-Za-z]+", "<EMAIL>", text)


def mask_by_deleting(text):
    """Deletes the address instead of replacing it."""
    return right.ADDRESS.sub("", text)


def mask_by_words(text):
    """Splits and joins the text, which loses line ends and double spaces."""
    return " ".join(right.ADDRESS.sub("<EMAIL>", word) for word in text.split())


def mask_lower_case(text):
    """Writes the whole text in lower case to find more addresses."""
    return right.ADDRESS.sub("<EMAIL>", text.lower())


def _runs(text):
    words = text.lower().split()
    return {tuple(words[at : at + FIVE]) for at in range(len(words) - FIVE + 1)}


MISTAKES = [
    ("collection.robots_allowed", robots_first_rule, "The longest decides, wherever it stands"),
    ("collection.robots_allowed", robots_last_rule, "The longest decides, wherever it stands"),
    ("collection.robots_allowed", robots_any_closed, "The longest decides"),
    ("collection.robots_allowed", robots_anywhere, "begin with it; this one has it further back"),
    ("collection.robots_allowed", robots_empty_closes, "nothing after it is about no page"),
    ("collection.robots_allowed", robots_tie_closed, "equally long: then allow counts"),
    ("collection.robots_allowed", robots_closed_without_a_rule, "what is not closed is open"),
    ("collection.robots_allowed", robots_ignoring_capitals, "Capitals count in a path"),
    ("collection.robots_allowed", robots_swapped, "that rule says disallow"),
    ("collection.precision_recall", scores_swapped, "The two are swapped"),
    ("collection.precision_recall", scores_of_either, "Do not divide by the pages in either set"),
    ("collection.precision_recall", scores_as_counts, "A share is never above 1"),
    ("collection.precision_recall", scores_without_the_empty, "It divides by 0 here"),
    ("collection.precision_recall", scores_zero_for_nothing, "Nothing was dropped"),
    ("collection.precision_recall", scores_zero_for_no_junk, "There is no junk"),
    ("collection.precision_recall", scores_as_one, "Return two numbers"),
    ("collection.precision_recall", scores_of_mistakes, "These are the shares of mistakes"),
    ("collection.jaccard", jaccard_of_words, "These are single words"),
    ("collection.jaccard", jaccard_with_capitals, "make both texts lower case"),
    ("collection.jaccard", jaccard_over_the_smaller, "not by those of the shorter text"),
    ("collection.jaccard", jaccard_over_the_sum, "not by the runs of both added up"),
    ("collection.jaccard", jaccard_in_percent, "This is in percent"),
    ("collection.jaccard", jaccard_of_too_short, "It divides by 0 here"),
    ("collection.jaccard", jaccard_without_the_last, "The last run of five words is missing"),
    ("collection.jaccard", jaccard_split_at_spaces, "Line ends and double spaces part words too"),
    ("collection.mask_emails", mask_words_with_at, "that is no address"),
    ("collection.mask_emails", mask_the_first, "An address is still there"),
    ("collection.mask_emails", mask_simple_names, "Part of the name is still there"),
    ("collection.mask_emails", mask_with_the_full_stop, "not part of it: a full stop"),
    ("collection.mask_emails", mask_one_dot, "Part of the host is still there"),
    ("collection.mask_emails", mask_by_deleting, "does not stand in its place"),
    ("collection.mask_emails", mask_by_words, "Spaces and line ends have to stay"),
    ("collection.mask_emails", mask_lower_case, "capitals among it"),
]
