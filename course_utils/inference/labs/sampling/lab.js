// The sampling lab's view: the text, its attention, the sampler's steps, the bars, all texts.

import { html, setText } from "#kit/dom.js";
import { addPanel, addPanels } from "#kit/panel.js";
import { showStill } from "#kit/view.js";
import { addBars, addSteps } from "./bars.js";
import { addAttention, addText, addTree } from "./texts.js";

function build(root, model) {
  const notice = html("p", "anatomy-notice");
  notice.setAttribute("role", "status");
  root.append(notice);
  const panels = addPanels(root);
  const go = (node) => model.send({ type: "go", what: node });
  let newest = null;
  const parts = [];
  const repaint = () => { // another step or layer of the same frame
    root.dataset.stage = model.get("stage");
    root.dataset.layer = model.get("layer");
    if (newest !== null) for (const part of parts) part.paint(newest);
  };
  parts.push(
    addText(addPanel(panels, "1 The text so far"), go),
    addAttention(addPanel(panels, "2 Where its last token looks"), model, repaint),
    addSteps(addPanel(panels, "3 From scores to what is drawn").panel, model, repaint),
    addBars(addPanel(panels, ""), model),
    addTree(addPanel(panels, "5 All texts so far: click any token", "anatomy-wide"), go),
  );
  const keep = (frame) => {
    newest = frame;
    setText(notice, frame.facts.notice);
  };
  return { parts: [keep, ...parts] };
}

function render(context) {
  return showStill(context, {
    name: "sampling", build,
    facts: ({ facts }) => ({
      here: facts.here, nodes: facts.nodes.length, kept: facts.stages.at(-1)[2],
      temperature: facts.stages[2][1],
    }),
  });
}

export default { render };
