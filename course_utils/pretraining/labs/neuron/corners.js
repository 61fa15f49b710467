// A sigmoid neuron with two inputs: its output as a map with four corners, and each in numbers.

import { html, setText, svg } from "#kit/dom.js";
import { addField, markPath } from "#kit/field.js";
import { addLegend, lineSample, markSample } from "#kit/legend.js";
import { fixed, signed } from "#kit/number.js";
import { addNote, addPanel, addPanels } from "#kit/panel.js";
import { addHead, addRow } from "#kit/table.js";

const LOOKS = ["anatomy-point", "anatomy-point anatomy-solid"]; // should not fire, should fire

/** The corners of a frame: where each is, what should happen there, and what does. */
function readCorners({ arrays }) {
  return [...arrays.targets].map((target, at) => {
    const sum = arrays.corner_sums[at];
    return { this: arrays.corners[2 * at], that: arrays.corners[2 * at + 1], target, sum,
             output: arrays.corner_outputs[at], right: target ? sum > 0 : sum < 0 };
  });
}

/** The map; returns { paint, end }. */
function showMap({ panel, heading }, { inputs, map_ends: [from, to] }) {
  addLegend(panel, [
    [markSample(svg("path", { d: markPath("dot", [0, 0], 6), class: LOOKS[1] })), "should fire"],
    [markSample(svg("path", { d: markPath("dot", [0, 0], 6), class: LOOKS[0] })), "should not"],
    [lineSample("anatomy-half"), "the border: sum 0, output one half"],
    [null, "shaded: fires"],
  ]);
  let newest = null;
  const mark = (layer, { across, up }) => {
    layer.replaceChildren(...readCorners(newest).flatMap((corner) => {
      const place = [across(corner.this), up(corner.that)];
      const words = { x: place[0], y: place[1] + 24, "text-anchor": "middle", class: "anatomy-halo" };
      return [svg("path", { d: markPath("dot", place, 8), class: LOOKS[corner.target] }),
              svg("text", words, corner.right ? "right" : "wrong")];
    }));
  };
  const field = addField(panel, { title: "Output over two inputs", x: inputs[0], y: inputs[1] },
                         { from, to, ticks: [0, 1], height: 280, mark });
  const note = addNote(panel);
  const paint = (frame) => {
    newest = frame;
    const { facts } = frame;
    setText(heading, `${facts.task}: ${facts.right} of 4 right`);
    field.paint(frame.arrays.map);
    setText(note, whereBorder(facts, frame.arrays.map));
    field.describe(() => `${facts.task}: ${facts.right} of 4 corners are right. The border is a `
      + "straight line; the table beside it says what the neuron does at each corner.");
  };
  return { paint, end: field.end };
}

/** Words for a border that cannot be seen; none where it can. */
function whereBorder({ this: first, that: second }, sums) {
  if (first === 0 && second === 0) return "No border: with both weights at 0 all outputs are the same.";
  const above = sums.filter((sum) => sum > 0).length;
  return above > 0 && above < sums.length ? "" : "The border lies outside of this map.";
}

/** Each corner's sum and output, and whether that is right; returns what takes a frame. */
function cornerTable(panel, inputs) {
  const table = html("table");
  panel.append(table);
  const verdict = addNote(panel, "", "anatomy-verdict");
  return (frame) => {
    table.replaceChildren();
    addHead(table, [`${inputs[0]}, ${inputs[1]}`, "sum", "output", "is", "should be", ""]);
    for (const corner of readCorners(frame)) {
      const state = corner.sum > 0 ? "firing" : corner.sum < 0 ? "silent" : "undecided";
      addRow(table, `${corner.this}, ${corner.that}`,
             [signed(corner.sum), fixed(corner.output, 3), state,
              corner.target ? "firing" : "silent", corner.right ? "right" : "wrong"]);
    }
    setText(verdict, `${frame.facts.right} of 4 right`);
  };
}

/** The lower view: the map and its corners in numbers. */
export function buildCorners(root, model) {
  const labels = model.get("labels");
  const panels = addPanels(root);
  const map = showMap(addPanel(panels, ""), labels);
  const numbers = addPanel(panels, "The four corners in numbers");
  return { parts: [map, cornerTable(numbers.panel, labels.inputs)] };
}
