"""Wrong answers that readers give to the challenges of notebook 03, and what each is told.

MISTAKES holds (challenge, function, words that the check answers with); the tests run all of them.
Each docstring names the mistake.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F

from course_utils.pretraining.exercises import reference as right


def gradient_downhill(x, w, b, y):
    """Returns the direction to go, y - p, instead of the gradient."""
    weights, bias = right.neuron_gradient(x, w, b, y)
    return [-one for one in weights], -bias


def gradient_without_the_bias(x, w, b, y):
    """Says that the loss does not depend on the bias."""
    return right.neuron_gradient(x, w, b, y)[0], 0.0


def gradient_of_the_squared_error(x, w, b, y):
    """Takes the derivative of the squared error."""
    p = sigmoid(total(x, w, b))
    error = 2 * (p - y) * p * (1 - p)
    return [error * one for one in x], error


def gradient_as_one_list(x, w, b, y):
    """Returns all derivatives in one list."""
    weights, bias = right.neuron_gradient(x, w, b, y)
    return [*weights, bias]


def gradient_without_the_sigmoid(x, w, b, y):
    """Takes the sum for the output and forgets the sigmoid."""
    error = total(x, w, b) - y
    return [error * one for one in x], error


def gradient_of_a_sum_without_the_bias(x, w, b, y):
    """Forgets the bias in the sum."""
    error = sigmoid(total(x, w, 0.0)) - y
    return [error * one for one in x], error


def gradient_times_the_weight(x, w, b, y):
    """Multiplies with the weight instead of the input."""
    error = sigmoid(total(x, w, b)) - y
    return [error * one for one in w], error


def gradient_of_a_verdict(x, w, b, y):
    """Rounds the output to 0 or 1 before it is compared."""
    error = (total(x, w, b) >= 0) - y
    return [error * one for one in x], error


def rate_from_zero(step, steps, peak, warmup_steps, warmdown_steps):
    """Begins the way up at 0, so that the first step learns nothing."""
    if step < warmup_steps:
        return peak * step / warmup_steps
    return right.learning_rate_at(step, steps, peak, warmup_steps, warmdown_steps)


def rate_without_a_way_up(step, steps, peak, warmup_steps, warmdown_steps):
    """Begins at the peak."""
    return right.learning_rate_at(step, steps, peak, 0, warmdown_steps)


def rate_without_a_way_down(step, steps, peak, warmup_steps, warmdown_steps):
    """Stays at the peak to the end."""
    return right.learning_rate_at(step, steps, peak, warmup_steps, 0)


def rate_as_a_share(step, steps, peak, warmup_steps, warmdown_steps):
    """Returns the share of the peak and forgets to multiply."""
    return right.learning_rate_at(step, steps, 1.0, warmup_steps, warmdown_steps)


def rate_down_to_zero(step, steps, peak, warmup_steps, warmdown_steps):
    """Reaches 0 at the last step already, which then learns nothing."""
    if steps - step <= warmdown_steps:
        return peak * (steps - step - 1) / warmdown_steps
    return right.learning_rate_at(step, steps, peak, warmup_steps, warmdown_steps)


def rate_down_from_the_start(step, steps, peak, warmup_steps, warmdown_steps):
    """Goes down over all steps instead of over the last ones."""
    return peak * min(1.0, (step + 1) / (warmup_steps or 1), (steps - step) / steps)


def rate_along_a_cosine(step, steps, peak, warmup_steps, warmdown_steps):
    """Goes down along a cosine, as many runs do, and not along a line."""
    if steps - step <= warmdown_steps:
        return peak * (1 + math.cos(math.pi * (1 - (steps - step) / warmdown_steps))) / 2
    return right.learning_rate_at(step, steps, peak, warmup_steps, warmdown_steps)


def rate_dividing_by_zero(step, steps, peak, warmup_steps, warmdown_steps):
    """Divides by the number of steps up even where there are none."""
    return peak * min(1.0, (step + 1) / warmup_steps, (steps - step) / warmdown_steps)


def loss_that_overflows(logits, target):
    """Takes exp of the scores as they are."""
    return -math.log(math.exp(logits[target]) / sum(math.exp(one) for one in logits))


def loss_with_the_wrong_sign(logits, target):
    """Forgets the minus."""
    return -right.cross_entropy(logits, target)


def loss_in_bits(logits, target):
    """Takes the logarithm to the base 2."""
    return right.cross_entropy(logits, target) / math.log(2)


def loss_of_the_largest(logits, target):
    """Scores the likeliest token instead of the right one."""
    return right.cross_entropy(logits, logits.index(max(logits)))


def loss_clipped(logits, target):
    """Cuts large scores off at 700 so that exp does not overflow."""
    return right.cross_entropy([min(one, 700) for one in logits], target)


def loss_as_a_probability(logits, target):
    """Stops at the probability."""
    return math.exp(-right.cross_entropy(logits, target))


def loss_without_exp(logits, target):
    """Divides the score by the sum of the scores, without exp."""
    return -math.log(logits[target] / (sum(logits) or 1))


def loss_of_the_mean(logits, target):
    """Divides by the number of scores, as for a mean over many predictions."""
    return right.cross_entropy(logits, target) / len(logits)


def clinic_of_one_fault(patient):
    """Blames the learning rate for every run that goes wrong."""
    return "learning rate too high", {"lr": 0.1}


def clinic_chance_is_shifted(patient):
    """Takes every run that stays at chance for one with shifted labels, dead units too."""
    fault, mend = right.clinic(patient)
    return ("labels shifted", {"label_shift": 0}) if fault == "dead units" else (fault, mend)


def clinic_chance_is_dead(patient):
    """Takes every run that stays at chance for one with dead units, shifted labels too."""
    fault, mend = right.clinic(patient)
    return ("dead units", {"hidden_bias": 0.0}) if fault == "labels shifted" else (fault, mend)


def clinic_gap_is_a_leak(patient):
    """Takes the gap between training and validation for a leak."""
    fault, mend = right.clinic(patient)
    return ("validation leaked", {"leaked_fraction": 0.0}) if "order" in fault else (fault, mend)


def clinic_jumps_are_the_order(patient):
    """Takes any loss that jumps for that of data in order."""
    fault, mend = right.clinic(patient)
    return ("data in order", {"shuffle": True}) if "rate" in fault else (fault, mend)


def clinic_best_is_healthy(patient):
    """Calls the run with the best validation curve healthy."""
    fault, mend = right.clinic(patient)
    return ("healthy", {}) if fault == "validation leaked" else (fault, mend)


def clinic_without_a_mend(patient):
    """Returns the fault alone."""
    return right.clinic(patient)[0]


def clinic_nothing_changed(patient):
    """Names the fault and changes nothing."""
    return right.clinic(patient)[0], {}


def clinic_everything_changed(patient):
    """Sets everything back at once, so that nobody learns what was wrong."""
    return right.clinic(patient)[0], {
        "lr": 0.15,
        "label_shift": 0,
        "shuffle": True,
        "leaked_fraction": 0.0,
        "hidden_bias": 0.0,
    }


def clinic_unknown_setting(patient):
    """Gives a setting another name."""
    fault, mend = right.clinic(patient)
    return fault, {"learning_rate": 0.1} if "rate" in fault else mend


def clinic_rate_still_high(patient):
    """Lowers the rate a little, to where the loss still jumps."""
    fault, mend = right.clinic(patient)
    return fault, {"lr": 0.6} if "rate" in fault else mend


def clinic_rate_too_low(patient):
    """Lowers the rate so far that the run does not get anywhere."""
    fault, mend = right.clinic(patient)
    return fault, {"lr": 0.005} if "rate" in fault else mend


def clinic_half_a_leak(patient):
    """Takes out most of the leaked pages, and leaves some."""
    fault, mend = right.clinic(patient)
    return fault, {"leaked_fraction": 0.1} if "leaked" in fault else mend


def clinic_half_dead(patient):
    """Raises the bias so little that a part of the units stays dead."""
    fault, mend = right.clinic(patient)
    return fault, {"hidden_bias": -4.5} if "dead" in fault else mend


def clinic_shifted_the_other_way(patient):
    """Shifts the labels further instead of back."""
    fault, mend = right.clinic(patient)
    return fault, {"label_shift": 2} if "shifted" in fault else mend


def total(x, w, b):
    """What the neuron adds up."""
    return sum(weight * value for weight, value in zip(w, x, strict=True)) + b


def fork_uphill(x, w1, w2, w3, y):
    """Returns the direction to go instead of the gradient."""
    return [-one for one in right.fork_gradient(x, w1, w2, w3, y)]


def fork_past_the_neuron_only(x, w1, w2, w3, y):
    """Forgets that the input also acts through the hidden neuron."""
    *weights, _ = right.fork_gradient(x, w1, w2, w3, y)
    return [*weights, weights[2] / x * w3 if x else 0.0]


def fork_through_the_neuron_only(x, w1, w2, w3, y):
    """Forgets that the input also goes past the hidden neuron."""
    *weights, both = right.fork_gradient(x, w1, w2, w3, y)
    return [*weights, both - (sigmoid(w2 * math.tanh(w1 * x) + w3 * x) - y) * w3]


def fork_without_the_bend(x, w1, w2, w3, y):
    """Goes back through tanh as if it were a straight line."""
    h = math.tanh(w1 * x)
    dz = sigmoid(w2 * h + w3 * x) - y
    return [dz * w2 * x, dz * h, dz * x, dz * w2 * w1 + dz * w3]


def fork_without_the_second_weight(x, w1, w2, w3, y):
    """Does not multiply by the weight between the two neurons."""
    h = math.tanh(w1 * x)
    dz = sigmoid(w2 * h + w3 * x) - y
    ds = dz * (1 - h**2)
    return [ds * x, dz * h, dz * x, ds * w1 + dz * w3]


def fork_of_the_squared_error(x, w1, w2, w3, y):
    """Keeps the sigmoid's slope, which cancels out for this loss."""
    p = sigmoid(w2 * math.tanh(w1 * x) + w3 * x)
    return [one * p * (1 - p) for one in right.fork_gradient(x, w1, w2, w3, y)]


def fork_without_the_input(x, w1, w2, w3, y):
    """Leaves out the derivative for the input."""
    return right.fork_gradient(x, w1, w2, w3, y)[:3]


def collapse_without_the_first_bias(w1, b1, w2, b2):
    """Keeps only the second layer's bias."""
    return w1 @ w2, b2


def collapse_without_the_second_bias(w1, b1, w2, b2):
    """Forgets the second layer's bias."""
    return w1 @ w2, b1 @ w2


def collapse_adding_tables(w1, b1, w2, b2):
    """Multiplies number by number, as if the tables had one shape."""
    return w1[:, :1] * w2[:1], b1 @ w2 + b2


def collapse_to_a_table(w1, b1, w2, b2):
    """Returns the table alone."""
    return w1 @ w2


def collapse_the_bias_twice(w1, b1, w2, b2):
    """Adds the second bias twice."""
    return w1 @ w2, b1 @ w2 + 2 * b2


def collapse_transposed(w1, b1, w2, b2):
    """Returns the table with rows and columns exchanged."""
    return (w1 @ w2).T, b1 @ w2 + b2


def pair_loss_without_adding(counts, vocabulary, words):
    """Adds nothing, so that a new pair has an infinite loss."""
    losses = []
    for word, following in zip(words, words[1:], strict=False):
        after = counts.get(word, {})
        share = after.get(following, 0) / max(1, sum(after.values()))
        losses.append(-math.log(share) if share else math.inf)
    return sum(losses) / len(losses)


def pair_loss_in_all(counts, vocabulary, words):
    """Returns the sum over all pairs."""
    return right.pair_loss(counts, vocabulary, words) * (len(words) - 1)


def pair_loss_per_word(counts, vocabulary, words):
    """Divides by the number of words."""
    return pair_loss_in_all(counts, vocabulary, words) / len(words)


def pair_loss_with_a_small_total(counts, vocabulary, words):
    """Adds 1 to the total, not V."""
    losses = []
    for word, following in zip(words, words[1:], strict=False):
        after = counts.get(word, {})
        losses.append(-math.log((after.get(following, 0) + 1) / (sum(after.values()) + 1)))
    return sum(losses) / len(losses)


def pair_loss_in_bits(counts, vocabulary, words):
    """Takes the logarithm to the base 2."""
    return right.pair_loss(counts, vocabulary, words) / math.log(2)


def pair_loss_with_the_wrong_sign(counts, vocabulary, words):
    """Forgets the minus."""
    return -right.pair_loss(counts, vocabulary, words)


def pair_loss_of_known_words(counts, vocabulary, words):
    """Asks for a word that may not be there."""
    return sum(
        -math.log((counts[a].get(b, 0) + 1) / (sum(counts[a].values()) + vocabulary))
        for a, b in zip(words, words[1:], strict=False)
    ) / (len(words) - 1)


def sigmoid(value):
    """Into 0 to 1."""
    return 1 / (1 + math.exp(-value))


def seen_by(q, window):
    """(T, T), True where a token is seen: the mask of the right answer."""
    return torch.ones(len(q), len(q)).tril().triu(1 - window) == 1


def window_of(scores, seen, dim=1):
    """The softmax over what is seen."""
    return scores.masked_fill(~seen, -math.inf).softmax(dim)


def window_without_the_root(q, k, window):
    """Does not divide the scores by the root of the width."""
    return window_of(q @ k.T, seen_by(q, window))


def window_scaled_by_the_width(q, k, window):
    """Divides the scores by the width and not by its root."""
    return window_of(q @ k.T / q.shape[1], seen_by(q, window))


def window_one_too_wide(q, k, window):
    """Takes the window for the tokens before, and lets each token see itself on top."""
    return right.window_attention(q, k, window + 1)


def window_one_too_narrow(q, k, window):
    """Writes < where <= is needed, so that the earliest token of the window is lost."""
    return window_of(q @ k.T / q.shape[1] ** 0.5, seen_by(q, window - 1))


def window_of_the_others(q, k, window):
    """Hides the token itself, so that the first one sees nothing."""
    seen = seen_by(q, window + 1) & ~torch.eye(len(q)).bool()
    return window_of(q @ k.T / q.shape[1] ** 0.5, seen)


def window_on_both_sides(q, k, window):
    """Hides what is far away, before and after, and leaves the near future open."""
    seen = torch.ones(len(q), len(q)).tril(window - 1).triu(1 - window) == 1
    return window_of(q @ k.T / q.shape[1] ** 0.5, seen)


def window_ahead(q, k, window):
    """Exchanges tril and triu, so that each token sees those after it."""
    return window_of(q @ k.T / q.shape[1] ** 0.5, seen_by(q, window).T)


def window_forgotten(q, k, window):
    """Hides the future and forgets the window."""
    return right.window_attention(q, k, len(q))


def window_softmax_of_columns(q, k, window):
    """Takes the softmax over the tokens that look, down the columns."""
    return window_of(q @ k.T / q.shape[1] ** 0.5, seen_by(q, window), dim=0)


def window_of_keys_that_ask(q, k, window):
    """Multiplies k with q instead of q with k."""
    return right.window_attention(k, q, window)


def window_hidden_after_the_softmax(q, k, window):
    """Sets weights to 0 after the softmax and does not divide by what is left."""
    return (q @ k.T / q.shape[1] ** 0.5).softmax(1) * seen_by(q, window)


def window_hidden_with_zeros(q, k, window):
    """Multiplies the scores with a mask of zeros and ones, and takes e^0 for nothing."""
    return (q @ k.T / q.shape[1] ** 0.5 * seen_by(q, window)).softmax(1)


def window_hidden_a_little(q, k, window):
    """Subtracts 4 from a hidden score, which leaves it a small weight."""
    return (q @ k.T / q.shape[1] ** 0.5 - 4.0 * ~seen_by(q, window)).softmax(1)


def window_far_away_a_little(q, k, window):
    """Hides the future, and only lowers the scores of what lies before the window."""
    scores = q @ k.T / q.shape[1] ** 0.5 - 2.0 * ~seen_by(q, window)
    return window_of(scores, seen_by(q, len(q)))


def window_with_the_root_of_the_tokens(q, k, window):
    """Divides by the root of the number of tokens."""
    return window_of(q @ k.T / len(q) ** 0.5, seen_by(q, window))


def window_times_the_root(q, k, window):
    """Multiplies with the root of the width."""
    return window_of(q @ k.T * q.shape[1] ** 0.5, seen_by(q, window))


def window_of_bare_scores(q, k, window):
    """Hides what is not to be seen, and forgets the softmax."""
    return q @ k.T / q.shape[1] ** 0.5 * seen_by(q, window)


def turned(row, angles):
    """A row with pair (i, i + D/2) turned by angle i."""
    a, b = row.chunk(2)
    return torch.cat([a * angles.cos() - b * angles.sin(), b * angles.cos() + a * angles.sin()])


def score_turned_backwards(q, k, speeds, distance):
    """Turns the key forward, as if it stood behind the query."""
    return q @ turned(k, distance * speeds) / len(q) ** 0.5


def score_both_turned_alike(q, k, speeds, distance):
    """Turns query and key by the same angle, after which the score is what it was."""
    return turned(q, distance * speeds) @ turned(k, distance * speeds) / len(q) ** 0.5


def score_turned_twice(q, k, speeds, distance):
    """Turns the query forward and the key back, each by the whole distance."""
    return turned(q, distance * speeds) @ turned(k, -distance * speeds) / len(q) ** 0.5


def score_of_neighbouring_pairs(q, k, speeds, distance):
    """Takes (0, 1), (2, 3) and so on for pairs, as the first paper on it does."""
    angles = distance * speeds
    a, b = q[0::2], q[1::2]
    pairs = torch.stack([a * angles.cos() - b * angles.sin(), b * angles.cos() + a * angles.sin()])
    return pairs.T.flatten() @ k / len(q) ** 0.5


def score_with_two_pluses(q, k, speeds, distance):
    """Adds both sines, which is no turn."""
    angles, (a, b) = distance * speeds, q.chunk(2)
    pairs = [a * angles.cos() + b * angles.sin(), b * angles.cos() + a * angles.sin()]
    return torch.cat(pairs) @ k / len(q) ** 0.5


def score_half_turned(q, k, speeds, distance):
    """Turns the first number of each pair and leaves the second as it was."""
    half = len(speeds)
    return torch.cat([turned(q, distance * speeds)[:half], q[half:]]) @ k / len(q) ** 0.5


def score_without_the_root(q, k, speeds, distance):
    """Forgets to divide."""
    return turned(q, distance * speeds) @ k


def score_by_the_width(q, k, speeds, distance):
    """Divides by the width and not by its root."""
    return turned(q, distance * speeds) @ k / len(q)


def score_by_the_root_of_the_pairs(q, k, speeds, distance):
    """Divides by the root of the number of pairs."""
    return turned(q, distance * speeds) @ k / len(speeds) ** 0.5


def score_one_step_further(q, k, speeds, distance):
    """Counts the tokens from one to the other with both ends."""
    return turned(q, (distance + 1) * speeds) @ k / len(q) ** 0.5


def score_whatever_the_distance(q, k, speeds, distance):
    """Turns by the speed alone."""
    return turned(q, speeds) @ k / len(q) ** 0.5


def score_of_one_speed(q, k, speeds, distance):
    """Turns all pairs by the first pair's angle."""
    return turned(q, distance * speeds[:1].expand(len(speeds))) @ k / len(q) ** 0.5


def score_of_each_pair(q, k, speeds, distance):
    """Returns the products before they are added up."""
    return turned(q, distance * speeds) * k / len(q) ** 0.5


def rows_flat(logits, targets, padding, **options):
    """Cross-entropy of logits (B, T, V) and targets (B, T); 0.0 where nothing counts."""
    if not (targets != padding).any():
        return 0.0
    return F.cross_entropy(
        logits.flatten(0, 1), targets.flatten(), ignore_index=padding, **options
    )


def rows_not_shifted(logits, ids, padding):
    """Compares each position with its own token, which the model has read already."""
    return rows_flat(logits, ids, padding)


def rows_shifted_backwards(logits, ids, padding):
    """Compares each position with the token before it."""
    return rows_flat(logits[:, 1:], ids[:, :-1], padding)


def rows_around_the_corner(logits, ids, padding):
    """Shifts with roll, so that the last position has to foretell the first token."""
    return rows_flat(logits, ids.roll(-1, dims=1), padding)


def rows_with_padding(logits, ids, padding):
    """Counts the padding like any other token."""
    return rows_flat(logits[:, :-1], ids[:, 1:], padding=-100)


def rows_divided_by_all(logits, ids, padding):
    """Leaves out the padding's losses, and divides by all places."""
    total = rows_flat(logits[:, :-1], ids[:, 1:], padding, reduction="sum")
    return total / max(1, ids[:, 1:].numel())


def rows_divided_by_all_tokens(logits, ids, padding):
    """Divides by the number of tokens, one more per row than is foretold."""
    return rows_flat(logits[:, :-1], ids[:, 1:], padding, reduction="sum") / ids.numel()


def rows_as_a_mean_of_means(logits, ids, padding):
    """Takes the mean of the rows' means, so that a token of a short row counts more."""
    means = [
        rows_flat(one[None, :-1], row[None, 1:], padding)
        for one, row in zip(logits, ids, strict=True)
    ]
    return sum(means) / len(means)


def rows_in_all(logits, ids, padding):
    """Returns the sum."""
    return rows_flat(logits[:, :-1], ids[:, 1:], padding, reduction="sum")


def rows_judged_where_they_stand(logits, ids, padding):
    """Leaves out the positions that hold padding, not those that foretell it."""
    counts = ids[:, :-1] != padding
    return rows_flat(logits[:, :-1][counts][None], ids[:, 1:][counts][None], padding=-100)


def rows_softmax_over_places(logits, ids, padding):
    """Takes the softmax over the T positions."""
    logs = logits[:, :-1].log_softmax(dim=1).gather(2, ids[:, 1:, None])[..., 0]
    return -logs[ids[:, 1:] != padding].mean()


def rows_reshaped(logits, ids, padding):
    """Brings V to the second place with reshape, which mixes the scores."""
    rows, tokens, words = logits.shape
    mixed = logits[:, :-1].reshape(rows, words, tokens - 1)
    return F.cross_entropy(mixed, ids[:, 1:], ignore_index=padding)


def rows_in_bits(logits, ids, padding):
    """Takes the logarithm to the base 2."""
    return right.row_loss(logits, ids, padding) / math.log(2)


def rows_with_the_wrong_sign(logits, ids, padding):
    """Forgets the minus."""
    return -right.row_loss(logits, ids, padding)


def rows_as_a_perplexity(logits, ids, padding):
    """Returns e to the power of the loss."""
    return math.exp(min(700, right.row_loss(logits, ids, padding)))


def rows_that_overflow(logits, ids, padding):
    """Takes exp of the scores as they are."""
    powers, targets = logits[:, :-1].exp(), ids[:, 1:]
    shares = (powers / powers.sum(2, keepdim=True)).gather(2, targets[..., None])[..., 0]
    return -shares[targets != padding].log().mean()


def rows_kept_from_zero(logits, ids, padding):
    """Adds a little before the logarithm, so that a large loss is cut off."""
    shares = logits[:, :-1].softmax(2).gather(2, ids[:, 1:, None])[..., 0]
    return -(shares[ids[:, 1:] != padding] + 1e-12).log().mean()


def rows_mean_of_nothing(logits, ids, padding):
    """Takes the mean of no loss at all where nothing is foretold."""
    return F.cross_entropy(
        logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten(), ignore_index=padding
    )


def rows_changed_in_place(logits, ids, padding):
    """Writes into the ids that it was given."""
    answer = right.row_loss(logits, ids, padding)
    ids[ids == padding] = -100
    return answer


def copying_of(weights, ids, look):
    """The mean of look(row of weights, earlier places) where there are earlier places."""
    looks = []
    for here, token in enumerate(ids):
        earlier = [place for place in range(here) if ids[place] == token]
        if earlier:
            looks.append(float(look(weights[here], earlier)))
    return sum(looks) / len(looks) if looks else 0.0


def copying_of_the_same_token(weights, ids):
    """Measures the look at the earlier place itself."""
    return copying_of(weights, ids, lambda row, earlier: sum(row[place] for place in earlier))


def copying_of_the_token_before(weights, ids):
    """Measures the look at what stood before the earlier place."""
    return copying_of(
        weights, ids, lambda row, earlier: sum(row[place - 1] for place in earlier if place)
    )


def copying_of_the_latest(weights, ids):
    """Keeps only the latest earlier place, as a dict does whose entry is overwritten."""
    return copying_of(weights, ids, lambda row, earlier: row[earlier[-1] + 1])


def copying_of_the_first(weights, ids):
    """Keeps only the first earlier place, as ids.index does."""
    return copying_of(weights, ids, lambda row, earlier: row[earlier[0] + 1])


def copying_of_the_strongest(weights, ids):
    """Takes the largest look instead of all of them together."""
    return copying_of(weights, ids, lambda row, earlier: max(row[at + 1] for at in earlier))


def copying_without_the_place_itself(weights, ids):
    """Leaves out the look at oneself where a token stands twice in a row."""
    looks = []
    for here, token in enumerate(ids):
        earlier = [place for place in range(here) if ids[place] == token]
        if earlier:
            looks.append(sum(float(weights[here, at + 1]) for at in earlier if at + 1 < here))
    return sum(looks) / len(looks) if looks else 0.0


def copying_of_columns(weights, ids):
    """Exchanges who looks and who is looked at."""
    return right.copying_score(weights.T, ids)


def copying_in_all(weights, ids):
    """Returns the sum."""
    places = sum(token in ids[:here] for here, token in enumerate(ids))
    return right.copying_score(weights, ids) * places


def copying_over_all_places(weights, ids):
    """Divides by the length of the row."""
    return copying_in_all(weights, ids) / len(ids)


def copying_for_each_pair(weights, ids):
    """Divides by the number of earlier places, so that they do not count together."""
    pairs = sum(ids[:here].count(token) for here, token in enumerate(ids))
    return copying_in_all(weights, ids) / max(1, pairs)


def copying_of_what_comes_again(weights, ids):
    """Counts the first occurrence too, whose token only comes again later."""
    return copying_in_all(weights, ids) / max(1, sum(ids.count(token) > 1 for token in ids))


def copying_dividing_by_zero(weights, ids):
    """Divides by the number of places even where there are none."""
    places = sum(token in ids[:here] for here, token in enumerate(ids))
    return copying_in_all(weights, ids) / places


def copying_nan_of_nothing(weights, ids):
    """Lets torch take the mean of nothing, which is nan."""
    looks = [
        sum(weights[here, at + 1] for at in range(here) if ids[at] == token)
        for here, token in enumerate(ids)
        if token in ids[:here]
    ]
    return torch.tensor(looks).mean()


def copying_from_the_place_itself(weights, ids):
    """Lets range() reach the place itself, whose follower the row does not have."""
    looks = []
    for here, token in enumerate(ids):
        earlier = [place for place in range(here + 1) if ids[place] == token]
        looks.append(sum(float(weights[here, place + 1]) for place in earlier))
    return sum(looks) / len(looks)


MISTAKES = [
    ("pretraining.neuron_gradient", gradient_downhill, "Only the sign is wrong"),
    ("pretraining.neuron_gradient", gradient_without_the_bias, "whose input is always 1"),
    ("pretraining.neuron_gradient", gradient_of_the_squared_error, "of the squared error"),
    ("pretraining.neuron_gradient", gradient_as_one_list, "Return two things"),
    ("pretraining.neuron_gradient", gradient_without_the_sigmoid, "is the sigmoid of the sum"),
    (
        "pretraining.neuron_gradient",
        gradient_of_a_sum_without_the_bias,
        "the bias, which is missing",
    ),
    ("pretraining.neuron_gradient", gradient_times_the_weight, "times the input, not times the w"),
    ("pretraining.neuron_gradient", gradient_of_a_verdict, "do not round it to 0 or 1"),
    ("pretraining.fork_gradient", fork_uphill, "Only the sign is wrong"),
    ("pretraining.fork_gradient", fork_past_the_neuron_only, "also acts through the hidden"),
    ("pretraining.fork_gradient", fork_through_the_neuron_only, "also goes past the hidden"),
    ("pretraining.fork_gradient", fork_without_the_bend, "multiplied by 1 - h²"),
    ("pretraining.fork_gradient", fork_without_the_second_weight, "multiplied by w2"),
    ("pretraining.fork_gradient", fork_of_the_squared_error, "p (1 - p) cancels out"),
    ("pretraining.fork_gradient", fork_without_the_input, "There are 4 derivatives"),
    ("pretraining.collapse", collapse_without_the_first_bias, "first layer's bias is missing"),
    ("pretraining.collapse", collapse_without_the_second_bias, "second layer's bias is missing"),
    ("pretraining.collapse", collapse_adding_tables, "the product of the two tables"),
    ("pretraining.collapse", collapse_to_a_table, "Return two things"),
    ("pretraining.collapse", collapse_the_bias_twice, "send a row of zeros"),
    ("pretraining.collapse", collapse_transposed, "Expected shape"),
    ("pretraining.pair_loss", pair_loss_without_adding, "Nothing was added"),
    ("pretraining.pair_loss", pair_loss_in_all, "This is the sum"),
    ("pretraining.pair_loss", pair_loss_per_word, "one pair fewer than there are words"),
    ("pretraining.pair_loss", pair_loss_with_a_small_total, "the total grows by V and not by 1"),
    ("pretraining.pair_loss", pair_loss_in_bits, "This is in bits"),
    ("pretraining.pair_loss", pair_loss_with_the_wrong_sign, "Only the sign is wrong"),
    ("pretraining.pair_loss", pair_loss_of_known_words, "It asks a dict for a key"),
    ("pretraining.learning_rate_at", rate_from_zero, "Step 0 is a step too"),
    ("pretraining.learning_rate_at", rate_without_a_way_up, "on the way up, so it is below"),
    ("pretraining.learning_rate_at", rate_without_a_way_down, "on the way down, so it is below"),
    ("pretraining.learning_rate_at", rate_as_a_share, "this share times the peak"),
    ("pretraining.learning_rate_at", rate_down_to_zero, "The last step still learns"),
    ("pretraining.learning_rate_at", rate_down_from_the_start, "it gets the peak"),
    ("pretraining.learning_rate_at", rate_along_a_cosine, "the way down is a straight line"),
    ("pretraining.learning_rate_at", rate_dividing_by_zero, "It divides by 0 here"),
    ("pretraining.cross_entropy", loss_that_overflows, "as exp(1000) does"),
    ("pretraining.cross_entropy", loss_with_the_wrong_sign, "minus the logarithm"),
    ("pretraining.cross_entropy", loss_in_bits, "This is in bits"),
    ("pretraining.cross_entropy", loss_of_the_largest, "This is the loss of the likeliest token"),
    ("pretraining.cross_entropy", loss_clipped, "subtract the largest instead of cutting it"),
    ("pretraining.cross_entropy", loss_as_a_probability, "This is the probability"),
    ("pretraining.cross_entropy", loss_without_exp, "Softmax takes exp of every score"),
    ("pretraining.cross_entropy", loss_of_the_mean, "divided by the number of scores"),
    ("pretraining.clinic", clinic_of_one_fault, "Too high a rate makes the loss jump"),
    ("pretraining.clinic", clinic_chance_is_shifted, "learns its training pages by heart"),
    ("pretraining.clinic", clinic_chance_is_dead, "Here 0% of the hidden units are dead"),
    ("pretraining.clinic", clinic_gap_is_a_leak, "A leak makes validation look better"),
    ("pretraining.clinic", clinic_jumps_are_the_order, "draws the curve of the last one again"),
    ("pretraining.clinic", clinic_best_is_healthy, "There is no such fault"),
    ("pretraining.clinic", clinic_without_a_mend, "Return two things, not a str"),
    ("pretraining.clinic", clinic_nothing_changed, "nothing is changed yet"),
    ("pretraining.clinic", clinic_everything_changed, "were not broken"),
    ("pretraining.clinic", clinic_unknown_setting, "There is no setting 'learning_rate'"),
    ("pretraining.clinic", clinic_rate_still_high, "still jumps late in training"),
    ("pretraining.clinic", clinic_rate_too_low, "It learns too slowly now"),
    ("pretraining.clinic", clinic_half_a_leak, "still copies of training pages"),
    ("pretraining.clinic", clinic_half_dead, "of the hidden units fire for no page"),
    ("pretraining.clinic", clinic_shifted_the_other_way, "is still near chance"),
    ("pretraining.window_attention", window_without_the_root, "have to be divided by sqrt(D)"),
    ("pretraining.window_attention", window_scaled_by_the_width, "take its square root"),
    ("pretraining.window_attention", window_one_too_wide, "one too wide"),
    ("pretraining.window_attention", window_one_too_narrow, "one too narrow"),
    ("pretraining.window_attention", window_of_the_others, "a token sees itself"),
    ("pretraining.window_attention", window_on_both_sides, "none of those that come after it"),
    ("pretraining.window_attention", window_ahead, "This looks ahead"),
    ("pretraining.window_attention", window_forgotten, "The window is missing"),
    ("pretraining.window_attention", window_softmax_of_columns, "runs down the columns"),
    ("pretraining.window_attention", window_of_keys_that_ask, "belongs to the token that looks"),
    ("pretraining.window_attention", window_hidden_after_the_softmax, "no longer sums to 1"),
    ("pretraining.window_attention", window_hidden_with_zeros, "still weighs e^0 = 1"),
    ("pretraining.window_attention", window_hidden_a_little, "their weights are 0"),
    ("pretraining.window_attention", window_far_away_a_little, "before the window have weight 0"),
    (
        "pretraining.window_attention",
        window_with_the_root_of_the_tokens,
        "divided by the root of T",
    ),
    ("pretraining.window_attention", window_times_the_root, "is the softmax of q @ k.T / sqrt(D)"),
    ("pretraining.window_attention", window_of_bare_scores, "the softmax makes weights of them"),
    ("pretraining.relative_score", score_turned_backwards, "goes the wrong way"),
    ("pretraining.relative_score", score_both_turned_alike, "the distance counts for nothing"),
    ("pretraining.relative_score", score_turned_twice, "turn only one of them"),
    ("pretraining.relative_score", score_of_neighbouring_pairs, "These are pairs of neighbours"),
    ("pretraining.relative_score", score_with_two_pluses, "one is subtracted and one is added"),
    ("pretraining.relative_score", score_half_turned, "changes both numbers of a pair"),
    ("pretraining.relative_score", score_without_the_root, "has to be divided by sqrt(D)"),
    ("pretraining.relative_score", score_by_the_width, "take its square root"),
    ("pretraining.relative_score", score_by_the_root_of_the_pairs, "not of its D/2 pairs"),
    ("pretraining.relative_score", score_one_step_further, "one step off"),
    ("pretraining.relative_score", score_whatever_the_distance, "the distance times the speed"),
    ("pretraining.relative_score", score_of_one_speed, "a speed of its own"),
    ("pretraining.relative_score", score_of_each_pair, "Return one number"),
    ("pretraining.row_loss", rows_not_shifted, "not its own"),
    ("pretraining.row_loss", rows_shifted_backwards, "shifted the wrong way"),
    ("pretraining.row_loss", rows_around_the_corner, "has no next token"),
    ("pretraining.row_loss", rows_with_padding, "Padding counts here"),
    ("pretraining.row_loss", rows_divided_by_all, "must not count in the division"),
    ("pretraining.row_loss", rows_divided_by_all_tokens, "A row of T tokens foretells T - 1"),
    ("pretraining.row_loss", rows_as_a_mean_of_means, "a mean of the rows' means"),
    ("pretraining.row_loss", rows_in_all, "This is the sum"),
    (
        "pretraining.row_loss",
        rows_judged_where_they_stand,
        "What stands at a position does",
    ),
    ("pretraining.row_loss", rows_softmax_over_places, "over the wrong axis"),
    ("pretraining.row_loss", rows_reshaped, "reshape does not exchange axes"),
    ("pretraining.row_loss", rows_in_bits, "This is in bits"),
    ("pretraining.row_loss", rows_with_the_wrong_sign, "Only the sign is wrong"),
    ("pretraining.row_loss", rows_as_a_perplexity, "This is the perplexity"),
    ("pretraining.row_loss", rows_that_overflow, "Large scores overflow"),
    ("pretraining.row_loss", rows_kept_from_zero, "Scores of any size count"),
    ("pretraining.row_loss", rows_mean_of_nothing, "return 0.0"),
    ("pretraining.row_loss", rows_changed_in_place, "changed the values that it was given"),
    ("pretraining.copying_score", copying_of_the_same_token, "the earlier place itself"),
    (
        "pretraining.copying_score",
        copying_of_the_token_before,
        "before the earlier place",
    ),
    ("pretraining.copying_score", copying_of_the_latest, "Only the latest earlier place"),
    ("pretraining.copying_score", copying_of_the_first, "Only the first earlier place"),
    ("pretraining.copying_score", copying_of_the_strongest, "Only the strongest look"),
    (
        "pretraining.copying_score",
        copying_without_the_place_itself,
        "place itself is left out",
    ),
    ("pretraining.copying_score", copying_of_columns, "Rows look and columns are looked at"),
    ("pretraining.copying_score", copying_in_all, "This is the sum"),
    ("pretraining.copying_score", copying_over_all_places, "not over all places"),
    ("pretraining.copying_score", copying_for_each_pair, "A place counts once"),
    ("pretraining.copying_score", copying_of_what_comes_again, "only comes again later"),
    ("pretraining.copying_score", copying_dividing_by_zero, "It divides by 0 here"),
    ("pretraining.copying_score", copying_nan_of_nothing, "return 0.0"),
    (
        "pretraining.copying_score",
        copying_from_the_place_itself,
        "a place that the list does",
    ),
]
