"""Wrong answers that readers give to the challenges of notebook 03, and what each is told.

MISTAKES holds (challenge, function, words that the check answers with); the tests run all of them.
Each docstring names the mistake.
"""

from __future__ import annotations

import math

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
]
