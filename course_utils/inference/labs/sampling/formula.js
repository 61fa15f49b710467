// How one candidate's probability comes about, and each step of the sampler as a line of code.

import { fixed, percent, signed } from "#kit/number.js";

/** What a step does to the scores z of all tokens, as a line of code; "off" where it is off. */
export function codeOf(name, setting) {
  if (name === "logits") return "z = model(ids)[-1]";
  if (setting === null) return "off";
  const lines = {
    "repetition penalty": `z[seen] /= ${setting}  # below 0: *=`,
    temperature: setting === 0 ? "z[not the largest] = -inf" : `z = (z - max(z)) / ${setting}`,
    "top-k": `z[all but the ${setting} largest] = -inf`,
    "top-p": `z[once the likelier ones reach ${setting}] = -inf`,
    "min-p": `z[p < ${setting} * max(p)] = -inf`,
  };
  return lines[name];
}

/** The number of the step that cuts a candidate, given its scores after each; -1 for none. */
export function cutAt(scores) {
  return scores.findIndex((score) => score === -Infinity);
}

/**
 * The lines [what, arithmetic, result] of a candidate's way to its probability.
 *
 * candidate: { scores, again }, its score after each step, and whether the text has it already.
 * facts: the frame's stages [name, setting, kept], `best` (the largest score before the
 * temperature) and `total` (the sum of the powers of all that is kept).
 */
export function derive({ scores, again }, { stages, best, total }) {
  const [penalty, temperature] = [stages[1][1], stages[2][1]];
  const lines = [["score", "of the model", signed(scores[0])]];
  if (penalty !== null && again) {
    const sign = scores[0] < 0 ? "\u00d7" : "\u00f7";
    lines.push(["penalty", `${signed(scores[0])} ${sign} ${penalty}`, signed(scores[1])]);
  }
  if (temperature === 0) {
    const wins = scores[2] === 0;
    lines.push(["temperature", "0: all on the largest score", percent(wins ? 1 : 0, 0)]);
    return lines;
  }
  const cut = cutAt(scores);
  if (cut === 0) return [["score", "forbidden", "0\u00a0%"]];
  lines.push(["temperature", `(${signed(scores[1])} \u2212 ${signed(best)}) \u00f7 ${temperature}`,
              signed(scores[2])]);
  if (cut > 0) {
    lines.push(["cut", `by ${stages[cut][0]} ${stages[cut][1]}`, "0\u00a0%"]);
    return lines;
  }
  const power = Math.exp(scores[2]);
  lines.push(["power", `e^${signed(scores[2])}`, fixed(power, 3)]);
  lines.push(["probability", `${fixed(power, 3)} \u00f7 ${fixed(total, 3)} (the sum over all kept)`,
              percent(power / total)]);
  return lines;
}

/** How long a bar is, 0 to 1: of a raw score above the lowest of all, or of a probability. */
export function barLength(stage, share, score, lowest, highest) {
  if (stage > 0) return share;
  return Number.isFinite(score) ? (score - lowest) / (highest - lowest || 1) : 0;
}
