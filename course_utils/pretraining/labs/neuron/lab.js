// The neuron lab's two views: a line and its bend (bend.js), and the four corners (corners.js).

import { showStill } from "#kit/view.js";
import { buildBend } from "./bend.js";
import { buildCorners } from "./corners.js";

const PARTS = {
  bend: { name: "bend", build: buildBend,
          facts: ({ facts }) => ({ activation: facts.activation, sum: facts.sum,
                                   output: facts.output }) },
  corners: { name: "corners", build: buildCorners,
             facts: ({ facts }) => ({ task: facts.task, right: facts.right }) },
};

function render(context) {
  return showStill(context, PARTS[context.model.get("labels").part]);
}

export default { render };
