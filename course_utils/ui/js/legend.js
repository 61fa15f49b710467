// What the lines and marks of a picture mean: a sample of each with its words.

import { html, svg } from "#kit/dom.js";

/** A short piece of a line with a CSS class. */
export function lineSample(className) {
  const sample = svg("svg", { viewBox: "0 0 30 10", class: "anatomy-sample", "aria-hidden": "true" });
  sample.append(svg("line", { x1: 1, x2: 29, y1: 5, y2: 5, class: className }));
  return sample;
}

/** A mark drawn around 0, such as a path in its group. */
export function markSample(mark) {
  const sample = svg("svg", { viewBox: "-8 -8 16 16", class: "anatomy-sample-mark",
                              "aria-hidden": "true" });
  sample.append(mark);
  return sample;
}

/** A row of [sample, words] at the end of a panel; a sample may be null. Returns the row. */
export function addLegend(panel, entries) {
  const list = html("div", "anatomy-legend");
  for (const [sample, words] of entries) {
    const row = html("span", "anatomy-soft");
    if (sample !== null) row.append(sample);
    row.append(words);
    list.append(row);
  }
  panel.append(list);
  return list;
}
