// The rank lab's view: how much is left of a finetuning, two curves over the rank, and replies.

import { html, scrollable, setText } from "#kit/dom.js";
import { fixed, grouped, percent } from "#kit/number.js";
import { addPanel, addPanels } from "#kit/panel.js";
import { addFoldedTable, addHead, addRow } from "#kit/table.js";
import { showStill } from "#kit/view.js";
import { rankChart } from "./ranks.js";

const EMPTY_REPLY = "(an empty reply)";
const COLUMNS = ["rank", "change kept", "numbers in two thin tables", "of the tables\u2019 numbers",
                 "loss", "LoRA\u2019s loss"];

/** What a rank keeps and costs, in a sentence; returns what takes a frame. */
function addVerdict(root, { numbers, shares }) {
  const status = html("p", "anatomy-status");
  status.setAttribute("role", "status");
  root.append(status);
  return ({ facts: { rank, at }, arrays }) => {
    setText(status, `Rank ${rank} keeps ${percent(arrays.kept[at] / 100, 0)} of the change, in `
      + `${grouped(numbers[at])} numbers, ${percent(shares[at], 0)} of those in the tables; loss `
      + `${fixed(arrays.losses[at], 2)}.`);
  };
}

function addRankCurves(root, labels) {
  const panels = addPanels(root);
  const loss = addPanel(panels, "Loss on held-out conversations").panel;
  const kept = addPanel(panels, "How much of the change is kept").panel;
  return [
    rankChart(loss, labels, { title: "Loss over the rank", y: "nats per token of the replies",
                              name: "loss", array: "losses", unit: "",
                              base: labels.base, trained: true }),
    rankChart(kept, labels, { title: "Share of the change over the rank", y: "% of the change",
                              name: "kept", array: "kept", unit: "\u00a0%", step: 25 }),
  ];
}

/** One reply with its name above it; returns { name, said }. */
function addSpoken(panel, words, title) {
  const name = html("p", "anatomy-soft anatomy-whose", words);
  const said = html("div", "anatomy-reply");
  scrollable(said, title);
  panel.append(name, said);
  return { name, said };
}

/** Each prompt with the reply of the cut model and of the whole one; returns what takes a frame. */
function addAnswers(root, { prompts, whole }) {
  const panels = addPanels(root);
  const pairs = prompts.map((prompt, at) => {
    const { panel } = addPanel(panels, prompt, "anatomy-asks");
    const cut = addSpoken(panel, "", `Cut to the rank, reply ${at + 1}`);
    setText(addSpoken(panel, "All of the finetuning", `All of it, reply ${at + 1}`).said,
            whole[at].trim() ? whole[at] : EMPTY_REPLY);
    return cut;
  });
  return ({ facts: { rank, replies } }) => {
    pairs.forEach(({ name, said }, at) => {
      const isSame = replies[at] === whole[at];
      setText(name, `Cut to rank ${rank}${isSame ? ": the same words" : ""}`);
      setText(said, replies[at].trim() ? replies[at] : EMPTY_REPLY);
      said.classList.toggle("anatomy-same", isSame);
      said.scrollTop = 0;
    });
  };
}

function addNumbers(root, { ranks, numbers, shares, trained }) {
  return addFoldedTable(root, "All ranks in numbers", (table, { arrays }) => {
    addHead(table, COLUMNS);
    ranks.forEach((rank, at) => {
      const learnt = trained.indexOf(rank);
      addRow(table, String(rank), [
        percent(arrays.kept[at] / 100, 0), grouped(numbers[at]), percent(shares[at], 0),
        fixed(arrays.losses[at], 2), learnt < 0 ? "" : fixed(arrays.trained[learnt], 2)]);
    });
  });
}

function build(root, model) {
  const labels = model.get("labels");
  return { parts: [addVerdict(root, labels), ...addRankCurves(root, labels),
                   addAnswers(root, labels), addNumbers(root, labels)] };
}

function render(context) {
  return showStill(context, { name: "rank", build,
                              facts: ({ facts: { rank, at } }) => ({ rank, at }) });
}

export default { render };
