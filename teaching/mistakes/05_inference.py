"""Wrong answers that readers give to the challenges of notebook 05, and what each is told.

MISTAKES holds (challenge, function, words that the check answers with); the tests run all of them.
Each docstring names the mistake.
"""

from __future__ import annotations

import math

import numpy as np

from course_utils.inference.exercises import reference as right


def softmax_that_overflows(logits, temperature):
    """Takes exp of the scores as they are."""
    if temperature == 0:
        return right.softmax_with_temperature(logits, 0)
    with np.errstate(all="ignore"):
        powers = np.exp(np.array(logits) / temperature)
        return (powers / powers.sum()).tolist()


def softmax_divided_afterwards(logits, temperature):
    """Divides the probabilities by the temperature, which changes nothing."""
    row = np.array(right.softmax_with_temperature(logits, 1.0)) / (temperature or 1)
    return (row / row.sum()).tolist()


def softmax_times_temperature(logits, temperature):
    """Multiplies with the temperature, so that heat makes the choice surer."""
    return right.softmax_with_temperature(logits, 1 / temperature)


def softmax_without_the_sum(logits, temperature):
    """Forgets to divide by the sum."""
    return [math.exp(logit / (temperature or 1)) for logit in logits]


def softmax_with_ties_shared(logits, temperature):
    """Gives 1 to every one of the largest scores at temperature 0."""
    if temperature:
        return right.softmax_with_temperature(logits, temperature)
    return [float(logit == max(logits)) for logit in logits]


def softmax_without_zero(logits, temperature):
    """Divides by a temperature of 0."""
    powers = [math.exp((one - max(logits)) / temperature) for one in logits]
    return [one / sum(powers) for one in powers]


def softmax_of_shares(logits, temperature):
    """Divides the scores by their sum, without exp."""
    return [one / sum(logits) for one in logits]


def softmax_that_divides_the_forbidden(logits, temperature):
    """Divides minus infinity by an infinite temperature."""
    if temperature == 0:
        return right.softmax_with_temperature(logits, 0)
    powers = [math.exp((logit - max(logits)) / temperature) for logit in logits]
    return [power / sum(powers) for power in powers]


def softmax_that_frees_the_forbidden(logits, temperature):
    """Makes all tokens alike at an infinite temperature, those that are forbidden too."""
    if temperature == math.inf:
        return [1 / len(logits)] * len(logits)
    return right.softmax_with_temperature(logits, temperature)


def softmax_without_the_forbidden(logits, temperature):
    """Leaves tokens that are forbidden out of the list."""
    allowed = [logit for logit in logits if logit > -math.inf]
    return right.softmax_with_temperature(allowed, temperature)


def softmax_of_infinite_heat_as_of_zero(logits, temperature):
    """Gives all to the largest score at an infinite temperature."""
    return right.softmax_with_temperature(logits, 0 if temperature == math.inf else temperature)


def top_p_without_the_last(probabilities, top_p):
    """Leaves out the token that reaches top_p."""
    row = np.array(probabilities)
    order = np.argsort(-row)
    row[order[np.cumsum(row[order]) > top_p]] = 0
    return list(row)


def top_p_not_divided(probabilities, top_p):
    """Does not scale up what was kept."""
    kept = right.top_p_filter(probabilities, top_p)
    return [one if keep else 0.0 for one, keep in zip(probabilities, kept, strict=True)]


def top_p_sorted(probabilities, top_p):
    """Returns the probabilities in the order of their size."""
    return sorted(right.top_p_filter(probabilities, top_p), reverse=True)


def top_p_as_a_threshold(probabilities, top_p):
    """Keeps every token that has top_p alone."""
    kept = [one if one >= top_p else 0.0 for one in probabilities]
    return [one / (sum(kept) or 1) for one in kept]


def top_p_of_everything(probabilities, top_p):
    """Keeps everything."""
    return list(probabilities)


def top_p_in_the_order_of_the_list(probabilities, top_p):
    """Adds up from the start of the list, not from the likeliest on."""
    kept = []
    for one in probabilities:
        kept.append(one if sum(kept) < top_p else 0.0)
    return [one / sum(kept) for one in kept]


def softmax(logits, heat=1.0):
    """Softmax as in notebook 3."""
    powers = np.exp(np.array(logits) / heat)
    return powers / powers.sum()


def min_p_heated_first(logits, share, temperature):
    """Divides by the temperature first and cuts afterwards."""
    row = softmax(logits, temperature)
    row[row < share * row.max()] = 0
    return list(row / row.sum())


def min_p_as_a_threshold(logits, share, temperature):
    """Cuts what has less than share, whatever the likeliest has."""
    row = softmax(logits)
    left = np.where(row >= min(share, row.max()), row, 0) ** (1 / temperature)
    return list(left / left.sum())


def min_p_of_the_scores(logits, share, temperature):
    """Compares scores and not probabilities."""
    bar = min(share * max(logits), max(logits))
    left = [math.exp(one / temperature) if one >= bar else 0.0 for one in logits]
    return [one / sum(left) for one in left]


def min_p_without_heat(logits, share, temperature):
    """Forgets the temperature."""
    return right.min_p(logits, share, 1.0)


def min_p_with_the_heat_upside_down(logits, share, temperature):
    """Raises what is left to the power of the temperature."""
    row = softmax(logits)
    left = np.where(row >= share * row.max(), row, 0) ** temperature
    return list(left / left.sum())


def min_p_not_divided(logits, share, temperature):
    """Does not scale up what was kept."""
    row = softmax(logits)
    return list(np.where(row >= share * row.max(), softmax(logits, temperature), 0))


def min_p_above_the_bar(logits, share, temperature):
    """Asks for more than the bar, which the likeliest itself may not have."""
    row = softmax(logits).tolist()
    left = [one ** (1 / temperature) if one > share * max(row) else 0.0 for one in row]
    return [one / sum(left) for one in left]


def min_p_of_the_kept_alone(logits, share, temperature):
    """Returns a list of what was kept, without places."""
    return [one for one in right.min_p(logits, share, temperature) if one]


def step_without_the_new_token(keys, values, query, new_key, new_value):
    """Lets the new token listen to all but itself."""
    weights = np.exp(keys @ query / math.sqrt(len(query)))
    gathered = weights / weights.sum() @ values
    return np.vstack([keys, new_key]), np.vstack([values, new_value]), gathered


def step_without_the_root(keys, values, query, new_key, new_value):
    """Does not divide the scores by the root of the width."""
    scaled = query * math.sqrt(len(query))
    return right.kv_cache_step(keys, values, scaled, new_key, new_value)


def step_divided_by_the_width(keys, values, query, new_key, new_value):
    """Divides the scores by the width and not by its root."""
    scaled = query / math.sqrt(len(query))
    return right.kv_cache_step(keys, values, scaled, new_key, new_value)


def step_without_softmax(keys, values, query, new_key, new_value):
    """Weighs the values with the bare scores."""
    keys, values = np.vstack([keys, new_key]), np.vstack([values, new_value])
    return keys, values, keys @ query / math.sqrt(len(query)) @ values


def step_that_forgets(keys, values, query, new_key, new_value):
    """Returns the cache as short as it was."""
    longer = right.kv_cache_step(keys, values, query, new_key, new_value)
    return keys, values, longer[2]


def step_in_front(keys, values, query, new_key, new_value):
    """Puts the new row in front of the old ones."""
    longer = right.kv_cache_step(keys, values, query, new_key, new_value)
    return np.vstack([new_key, keys]), longer[1], longer[2]


def step_of_the_output_alone(keys, values, query, new_key, new_value):
    """Returns what was gathered and not the cache."""
    return right.kv_cache_step(keys, values, query, new_key, new_value)[2]


def step_that_changes_the_query(keys, values, query, new_key, new_value):
    """Scales the query in place, which changes it for the caller too."""
    answer = right.kv_cache_step(keys, values, query, new_key, new_value)
    query /= 2
    return answer


def unread(kept, lengths, cached):
    """How many tokens of these turns have to be read."""
    alike = 0
    while kept[alike : alike + 1] == cached[alike : alike + 1] != []:
        alike += 1
    return sum(lengths[turn] for turn in kept[alike:])


def eviction_of_the_system_turn(lengths, room, cached):
    """Lets the oldest turns go, the system turn first."""
    start = 0
    while sum(lengths[start:]) > room:
        start += 1
    kept = list(range(start, len(lengths)))
    return kept, unread(kept, lengths, cached)


def eviction_that_forgets_the_system_turns_length(lengths, room, cached):
    """Keeps the system turn, and does not count its tokens."""
    start = 1
    while sum(lengths[start:]) > room:
        start += 2
    kept = [0, *range(start, len(lengths))]
    return kept, unread(kept, lengths, cached)


def eviction_turn_by_turn(lengths, room, cached):
    """Keeps an answer whose question is gone."""
    start = 1
    while lengths[0] + sum(lengths[start:]) > room:
        start += 1
    kept = [0, *range(start, len(lengths))]
    return kept, unread(kept, lengths, cached)


def eviction_of_what_is_too_long(lengths, room, cached):
    """Leaves a long round out and goes on with older ones."""
    last, total = len(lengths) - 1, lengths[0] + lengths[-1]
    kept = [0, last]
    for question in range(last - 2, 0, -2):
        if total + lengths[question] + lengths[question + 1] <= room:
            total += lengths[question] + lengths[question + 1]
            kept += [question, question + 1]
    return sorted(kept), unread(sorted(kept), lengths, cached)


def eviction_with_room_to_spare(lengths, room, cached):
    """Wants fewer tokens than there is room for."""
    fewest = lengths[0] + lengths[-1]
    return right.cache_eviction(lengths, max(room - 1, fewest), cached)


def eviction_newest_first(lengths, room, cached):
    """Collects the turns from the newest on, and leaves them in that order."""
    kept, read = right.cache_eviction(lengths, room, cached)
    return [0, *kept[:0:-1]], read


def eviction_that_reads_all(lengths, room, cached):
    """Reads everything that stays."""
    kept, _ = right.cache_eviction(lengths, room, cached)
    return kept, sum(lengths[turn] for turn in kept)


def eviction_that_reuses_the_middle(lengths, room, cached):
    """Uses the cache for turns before which others are gone."""
    kept, _ = right.cache_eviction(lengths, room, cached)
    return kept, sum(lengths[turn] for turn in kept if turn not in cached)


def eviction_that_counts_what_is_reused(lengths, room, cached):
    """Returns the tokens that the cache serves."""
    kept, read = right.cache_eviction(lengths, room, cached)
    return kept, sum(lengths[turn] for turn in kept) - read


def eviction_that_counts_turns(lengths, room, cached):
    """Returns how many turns are read, and not their tokens."""
    kept, _ = right.cache_eviction(lengths, room, cached)
    return kept, len([turn for turn in kept if turn not in cached])


def eviction_of_turns_alone(lengths, room, cached):
    """Returns the turns and not what is read."""
    return right.cache_eviction(lengths, room, cached)[0]


def grouped(sure, right_or_not, bins):
    """The answers of each bin that has any."""
    found = {}
    for pair in zip(sure, right_or_not, strict=True):
        found.setdefault(min(int(pair[0] * bins), bins - 1), []).append(pair)
    return [np.array(pairs, dtype=float) for pairs in found.values()]


def calibration_of_bins_alike(sure, right, bins):
    """Takes the mean over the bins, whatever is in them."""
    gaps = [abs(each[:, 0].mean() - each[:, 1].mean()) for each in grouped(sure, right, bins)]
    return sum(gaps) / max(len(gaps), 1)


def calibration_with_signs(sure, right, bins):
    """Lets a bin that is too sure make up for one that is not sure enough."""
    gaps = [(each[:, 0] - each[:, 1]).sum() for each in grouped(sure, right, bins)]
    return abs(sum(gaps)) / max(len(sure), 1)


def calibration_answer_by_answer(sure, right, bins):
    """Compares each answer with 0 or 1."""
    return sum(abs(s - r) for s, r in zip(sure, right, strict=True)) / max(len(sure), 1)


def calibration_as_brier_score(sure, right, bins):
    """Takes the squares of the distances of the answers."""
    return sum((s - r) ** 2 for s, r in zip(sure, right, strict=True)) / max(len(sure), 1)


def calibration_by_the_middle(sure, right, bins):
    """Takes the middle of a bin for how sure its answers are."""
    middle = [(min(int(s * bins), bins - 1) + 0.5) / bins for s in sure]
    pairs = zip(grouped(sure, right, bins), grouped(middle, right, bins), strict=True)
    gaps = [len(a) * abs(b[:, 0].mean() - a[:, 1].mean()) for a, b in pairs]
    return sum(gaps) / max(len(sure), 1)


def calibration_that_loses_one(sure, right, bins):
    """Has no bin for a sureness of 1."""
    heaps = [[] for _ in range(bins)]
    for s, r in zip(sure, right, strict=True):
        if s < 1:
            heaps[int(s * bins)].append(s - r)
    return sum(abs(sum(heap)) for heap in heaps) / max(len(sure), 1)


def calibration_with_edges_below(sure, right, bins):
    """Puts a sureness on an edge into the bin below it."""
    return calibration_of_sums(sure, right, lambda s: max(math.ceil(s * bins) - 1, 0))


def calibration_of_sums(sure, right, place):
    """The error over other bins."""
    gaps = {}
    for s, r in zip(sure, right, strict=True):
        gaps[place(s)] = gaps.get(place(s), 0.0) + s - r
    return sum(map(abs, gaps.values())) / max(len(sure), 1)


def calibration_of_empty_bins(sure, right, bins):
    """Divides by the number of answers of a bin that has none."""
    total = 0.0
    for place in range(bins):
        inside = [i for i, s in enumerate(sure) if min(int(s * bins), bins - 1) == place]
        mean = sum(sure[i] for i in inside) / len(inside)
        share = sum(right[i] for i in inside) / len(inside)
        total += len(inside) / len(sure) * abs(mean - share)
    return total


def rarity(word, pages_with, pages):
    """How much a word says."""
    return math.log(1 + (pages - pages_with[word] + 0.5) / (pages_with[word] + 0.5))


def bm25_that_never_levels_off(query, page, pages_with, pages, mean_length, k1, b):
    """Counts ten mentions ten times."""
    return sum(rarity(w, pages_with, pages) * page.count(w) for w in query if w in page)


def bm25_without_the_length(query, page, pages_with, pages, mean_length, k1, b):
    """Leaves the length of the page out."""
    return right.bm25(query, page, pages_with, pages, mean_length, k1, 0.0)


def bm25_with_the_length_upside_down(query, page, pages_with, pages, mean_length, k1, b):
    """Divides the mean length by that of the page."""
    turned = len(page) ** 2 / mean_length if page else mean_length
    return right.bm25(query, page, pages_with, pages, turned, k1, b)


def bm25_of_letters(query, page, pages_with, pages, mean_length, k1, b):
    """Measures the page in letters."""
    shorter = mean_length * len(page) / max(len("".join(page)), 1)
    return right.bm25(query, page, pages_with, pages, shorter or mean_length, k1, b)


def bm25_without_rarity(query, page, pages_with, pages, mean_length, k1, b):
    """Lets every word count alike."""
    length = 1 - b + b * len(page) / mean_length
    counts = [page.count(word) for word in query if word in page]
    return sum(f * (k1 + 1) / (f + k1 * length) for f in counts)


def bm25_that_punishes_common_words(query, page, pages_with, pages, mean_length, k1, b):
    """Leaves out the 1 + in the logarithm."""
    total = 0.0
    for word in query:
        if f := page.count(word):
            n = pages_with[word]
            gain = f * (k1 + 1) / (f + k1 * (1 - b + b * len(page) / mean_length))
            total += math.log((pages - n + 0.5) / (n + 0.5)) * gain
    return total


def bm25_of_different_words(query, page, pages_with, pages, mean_length, k1, b):
    """Counts a word that is asked for twice only once."""
    return right.bm25(sorted(set(query)), page, pages_with, pages, mean_length, k1, b)


def bm25_of_letters_in_a_row(query, page, pages_with, pages, mean_length, k1, b):
    """Counts in the joined text, where "cap" stands in "capital"."""
    text, total = " ".join(page), 0.0
    for word in query:
        if f := text.count(word):
            gain = f * (k1 + 1) / (f + k1 * (1 - b + b * len(page) / mean_length))
            total += rarity(word, pages_with, pages) * gain
    return total


def bm25_of_unknown_words(query, page, pages_with, pages, mean_length, k1, b):
    """Asks for the rarity of a word that stands on no page."""
    length = 1 - b + b * len(page) / mean_length
    return sum(
        rarity(w, pages_with, pages) * page.count(w) * (k1 + 1) / (page.count(w) + k1 * length)
        for w in query
    )


def bm25_of_words_that_are_not_there(query, page, pages_with, pages, mean_length, k1, b):
    """Divides by 0 where k1 is 0 and the page does not have the word."""
    length = 1 - b + b * len(page) / mean_length
    total = 0.0
    for word in query:
        if word in pages_with:
            f = page.count(word)
            total += rarity(word, pages_with, pages) * f * (k1 + 1) / (f + k1 * length)
    return total


def int8_of_floats(weights, group):
    """Leaves the codes as floats."""
    codes, scales, restored = right.int8_weights(weights, group)
    return codes.astype(float), scales, restored


def int8_with_one_scale(weights, group):
    """Takes one scale for the whole table."""
    _, scales, _ = right.int8_weights(weights, group)
    scales = np.full_like(scales, np.abs(weights).max() / 127)
    codes = np.round(weights / scales[0, 0]).astype(np.int8)
    return codes, scales, codes * scales[0, 0]


def int8_with_a_scale_per_row(weights, group):
    """Takes one scale for each row."""
    scales = np.abs(weights).max(1, keepdims=True) / 127
    codes = np.round(weights / np.where(scales == 0, 1, scales)).astype(np.int8)
    return codes, scales, codes * scales


def by_group(weights, group, largest, whole=np.round, divisor=127):
    """Quantised with another largest weight, another rounding, another divisor."""
    groups = weights.reshape(len(weights), -1, group)
    scales = largest(groups) / divisor
    codes = whole(groups / np.where(scales == 0, 1, scales)[..., None]).astype(int)
    codes = codes.astype(np.int8)
    restored = codes * scales[..., None]
    return codes.reshape(weights.shape), scales, restored.reshape(weights.shape)


def int8_of_signed_weights(weights, group):
    """Takes the largest weight, which may be below 0 in size."""
    return by_group(weights, group, lambda groups: groups.max(-1))


def int8_cut_off(weights, group):
    """Cuts the decimals off."""
    return by_group(weights, group, lambda groups: np.abs(groups).max(-1), np.trunc)


def int8_up_to_128(weights, group):
    """Divides by 128, and 128 becomes -128."""
    return by_group(weights, group, lambda groups: np.abs(groups).max(-1), divisor=128)


def int8_from_the_smallest(weights, group):
    """Spreads the codes from the smallest weight to the largest."""
    return by_group(weights, group, lambda g: g.max(-1) - g.min(-1), divisor=255)


def int8_of_nothing(weights, group):
    """Divides by the scale of a group of zeros."""
    groups = weights.reshape(len(weights), -1, group)
    scales = np.abs(groups).max(-1) / 127
    with np.errstate(all="ignore"):
        exact = np.round(groups / scales[..., None])
        codes, restored = exact.astype(np.int8), exact * scales[..., None]
    return codes.reshape(weights.shape), scales, restored.reshape(weights.shape)


def int8_upside_down(weights, group):
    """Returns what the weights were multiplied by."""
    codes, scales, restored = right.int8_weights(weights, group)
    return codes, np.where(scales == 0, 0, 1 / np.where(scales == 0, 1, scales)), restored


def int8_that_gives_back_the_weights(weights, group):
    """Returns the weights as they were."""
    codes, scales, _ = right.int8_weights(weights, group)
    return codes, scales, weights.copy()


def more(p, q):
    """What p has more than q."""
    return np.maximum(np.array(p) - np.array(q), 0)


def spoken(p, q, drafted, accept_at, draw_at, draw=None, accepts=None):
    """What is said with another draw than the right one, or with another rule."""
    draw = draw or (lambda mine, theirs: right.drawn(more(mine, theirs), draw_at))
    accepts, said = accepts or (lambda mine, theirs, u: u < mine / theirs), []
    for i, token in enumerate(drafted):
        if not accepts(p[i][token], q[i][token], accept_at[i]):
            return [*said, int(draw(p[i], q[i]))]
        said.append(token)
    return [*said, int(draw(p[-1], [0.0] * len(p[-1])))]


def draft_that_has_to_be_likelier(p, q, drafted, accept_at, draw_at):
    """Refuses every token that the large model finds less likely than the draft did."""
    case = p, q, drafted, accept_at, draw_at
    return spoken(*case, accepts=lambda mine, theirs, u: mine >= theirs)


def draft_accepted_with_p(p, q, drafted, accept_at, draw_at):
    """Accepts with the large model's probability alone."""
    case = p, q, drafted, accept_at, draw_at
    return spoken(*case, accepts=lambda mine, theirs, u: u < mine)


def draft_accepted_upside_down(p, q, drafted, accept_at, draw_at):
    """Accepts with q over p."""
    case = p, q, drafted, accept_at, draw_at
    return spoken(*case, accepts=lambda mine, theirs, u: u * mine < theirs)


def draft_drawn_from_p(p, q, drafted, accept_at, draw_at):
    """Draws from the large model's probabilities after a refusal."""
    case = p, q, drafted, accept_at, draw_at
    return spoken(*case, lambda mine, theirs: right.drawn(mine, draw_at))


def draft_drawn_from_the_distance(p, q, drafted, accept_at, draw_at):
    """Draws from |p - q| after a refusal."""
    case = p, q, drafted, accept_at, draw_at
    return spoken(*case, lambda a, b: right.drawn(np.abs(np.subtract(a, b)), draw_at))


def draft_not_scaled_up(p, q, drafted, accept_at, draw_at):
    """Draws from what p has more as if it summed to 1."""

    def draw(mine, theirs):
        return min((np.cumsum(more(mine, theirs)) <= draw_at).sum(), len(mine) - 1)

    return spoken(p, q, drafted, accept_at, draw_at, draw)


def draft_of_the_likeliest(p, q, drafted, accept_at, draw_at):
    """Takes the likeliest of what is left and does not draw."""
    case = p, q, drafted, accept_at, draw_at
    return spoken(*case, lambda mine, theirs: np.argmax(more(mine, theirs)))


def draft_that_goes_on(p, q, drafted, accept_at, draw_at):
    """Goes on with the draft behind a token that was refused."""
    said = []
    for i, token in enumerate(drafted):
        refused = accept_at[i] >= p[i][token] / q[i][token]
        said.append(right.drawn(more(p[i], q[i]), draw_at) if refused else token)
    return [*said, right.drawn(p[-1], draw_at)]


def draft_that_keeps_the_refused(p, q, drafted, accept_at, draw_at):
    """Leaves the refused token in the list."""
    said = right.speculative_acceptance(p, q, drafted, accept_at, draw_at)
    return said[:-1] + list(drafted[len(said) - 1 : len(said)]) + said[-1:]


def draft_without_the_last(p, q, drafted, accept_at, draw_at):
    """Draws nothing where the whole draft is accepted."""
    said = right.speculative_acceptance(p, q, drafted, accept_at, draw_at)
    return said[: len(drafted)]


def draft_that_trusts(p, q, drafted, accept_at, draw_at):
    """Accepts everything."""
    return [*drafted, right.drawn(p[-1], draw_at)]


def draft_drawn_from_the_row_before(p, q, drafted, accept_at, draw_at):
    """Draws the token after the draft from the row of its last token."""
    said = right.speculative_acceptance(p, q, drafted, accept_at, draw_at)
    row = p[len(drafted) - 1] if drafted else p[0]
    return [*said[:-1], right.drawn(row, draw_at)] if len(said) > len(drafted) else said


MISTAKES = [
    ("inference.softmax_with_temperature", softmax_that_overflows, "Subtract the largest logit"),
    ("inference.softmax_with_temperature", softmax_divided_afterwards, "Divide the scores by it"),
    ("inference.softmax_with_temperature", softmax_times_temperature, "the wrong way round"),
    ("inference.softmax_with_temperature", softmax_without_the_sum, "have to sum to 1"),
    ("inference.softmax_with_temperature", softmax_with_ties_shared, "only one token gets 1"),
    ("inference.softmax_with_temperature", softmax_without_zero, "It divides by 0 here"),
    ("inference.softmax_with_temperature", softmax_of_shares, "take exp of each score before"),
    ("inference.softmax_with_temperature", softmax_that_divides_the_forbidden, "inf / inf is nan"),
    ("inference.softmax_with_temperature", softmax_that_frees_the_forbidden, "forbids a token"),
    (
        "inference.softmax_with_temperature",
        softmax_without_the_forbidden,
        "the list has 2 numbers",
    ),
    ("inference.softmax_with_temperature", softmax_of_infinite_heat_as_of_zero, "equally likely"),
    ("inference.top_p_filter", top_p_without_the_last, "that reaches top_p is kept too"),
    ("inference.top_p_filter", top_p_not_divided, "Divide by their sum"),
    ("inference.top_p_filter", top_p_sorted, "The order must stay"),
    ("inference.top_p_filter", top_p_as_a_threshold, "top_p is no bar for one token"),
    ("inference.top_p_filter", top_p_of_everything, "Stop as soon as"),
    ("inference.top_p_filter", top_p_in_the_order_of_the_list, "The likeliest tokens are kept"),
    ("inference.min_p", min_p_heated_first, "heats first and cuts afterwards"),
    ("inference.min_p", min_p_as_a_threshold, "share is no bar by itself"),
    ("inference.min_p", min_p_of_the_scores, "compare probabilities"),
    ("inference.min_p", min_p_without_heat, "The temperature is missing"),
    ("inference.min_p", min_p_with_the_heat_upside_down, "the wrong way round"),
    ("inference.min_p", min_p_not_divided, "has to sum to 1"),
    ("inference.min_p", min_p_above_the_bar, "It divides by 0 here"),
    ("inference.min_p", min_p_of_the_kept_alone, "the list has 2 numbers"),
    ("inference.kv_cache_step", step_without_the_new_token, "it listens to itself too"),
    ("inference.kv_cache_step", step_without_the_root, "have to be divided by sqrt(D)"),
    ("inference.kv_cache_step", step_divided_by_the_width, "take its square root"),
    ("inference.kv_cache_step", step_without_softmax, "no weights before the softmax"),
    ("inference.kv_cache_step", step_that_forgets, "shape (1, 2), expected (2, 2)"),
    ("inference.kv_cache_step", step_in_front, "not the old rows with the new one behind"),
    ("inference.kv_cache_step", step_of_the_output_alone, "Return three arrays"),
    ("inference.kv_cache_step", step_that_changes_the_query, "changed the values that it was"),
    ("inference.cache_eviction", eviction_of_the_system_turn, "Turn 0 is the system turn"),
    (
        "inference.cache_eviction",
        eviction_that_forgets_the_system_turns_length,
        "there is room for",
    ),
    ("inference.cache_eviction", eviction_turn_by_turn, "whose question is gone"),
    ("inference.cache_eviction", eviction_of_what_is_too_long, "There is a hole"),
    ("inference.cache_eviction", eviction_with_room_to_spare, "filled to the last token"),
    ("inference.cache_eviction", eviction_newest_first, "in the order in which they were said"),
    ("inference.cache_eviction", eviction_that_reads_all, "All that stays is read here"),
    ("inference.cache_eviction", eviction_that_reuses_the_middle, "a turn before them is gone"),
    ("inference.cache_eviction", eviction_that_counts_what_is_reused, "that need not be read"),
    ("inference.cache_eviction", eviction_that_counts_turns, "Asked are tokens, not turns"),
    ("inference.cache_eviction", eviction_of_turns_alone, "Return two things"),
    ("inference.calibration_error", calibration_of_bins_alike, "Each bin counts alike here"),
    ("inference.calibration_error", calibration_with_signs, "without sign"),
    ("inference.calibration_error", calibration_answer_by_answer, "each answer with 0 or 1"),
    ("inference.calibration_error", calibration_as_brier_score, "the Brier score"),
    ("inference.calibration_error", calibration_by_the_middle, "The middle of a bin"),
    ("inference.calibration_error", calibration_that_loses_one, "belongs to the last bin"),
    ("inference.calibration_error", calibration_with_edges_below, "to the bin above it"),
    ("inference.calibration_error", calibration_of_empty_bins, "It divides by 0 here"),
    ("inference.bm25", bm25_that_never_levels_off, "The gain has to level off"),
    ("inference.bm25", bm25_without_the_length, "The length of the page is missing"),
    ("inference.bm25", bm25_with_the_length_upside_down, "The length is upside down"),
    ("inference.bm25", bm25_of_letters, "not of letters"),
    ("inference.bm25", bm25_without_rarity, "multiply by its rarity"),
    ("inference.bm25", bm25_that_punishes_common_words, "Without the 1 + in the logarithm"),
    ("inference.bm25", bm25_of_different_words, "twice in the query counts twice"),
    ("inference.bm25", bm25_of_letters_in_a_row, "Count whole words"),
    ("inference.bm25", bm25_of_unknown_words, "KeyError"),
    ("inference.bm25", bm25_of_words_that_are_not_there, "It divides by 0 here"),
    ("inference.int8_weights", int8_of_floats, "one byte each"),
    ("inference.int8_weights", int8_with_one_scale, "Each group has its own"),
    ("inference.int8_weights", int8_with_a_scale_per_row, "(2, 2), and got (2, 1)"),
    ("inference.int8_weights", int8_of_signed_weights, "take absolute values"),
    ("inference.int8_weights", int8_cut_off, "round to the nearest first"),
    ("inference.int8_weights", int8_up_to_128, "128 is none of int8"),
    ("inference.int8_weights", int8_from_the_smallest, "Here 0 stays 0"),
    ("inference.int8_weights", int8_of_nothing, "nan is 'not a number'"),
    ("inference.int8_weights", int8_upside_down, "It is upside down"),
    ("inference.int8_weights", int8_that_gives_back_the_weights, "the weights as they were"),
    ("inference.speculative_acceptance", draft_that_has_to_be_likelier, "not always refused"),
    ("inference.speculative_acceptance", draft_accepted_with_p, "has drawn it already"),
    ("inference.speculative_acceptance", draft_accepted_upside_down, "The ratio is upside down"),
    ("inference.speculative_acceptance", draft_drawn_from_p, "not from all of p"),
    ("inference.speculative_acceptance", draft_drawn_from_the_distance, "not the distance"),
    ("inference.speculative_acceptance", draft_not_scaled_up, "divide by its sum before you"),
    ("inference.speculative_acceptance", draft_of_the_likeliest, "need not be the likeliest"),
    ("inference.speculative_acceptance", draft_that_goes_on, "Stop at the first refusal"),
    ("inference.speculative_acceptance", draft_that_keeps_the_refused, "still there"),
    ("inference.speculative_acceptance", draft_without_the_last, "A token is missing"),
    ("inference.speculative_acceptance", draft_that_trusts, "Not every drafted token"),
    ("inference.speculative_acceptance", draft_drawn_from_the_row_before, "one row more"),
]
