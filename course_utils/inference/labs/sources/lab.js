// The sources lab's view: an answer, and the pages that say the same or otherwise, to be unfolded.

import { html, scrollable, setText } from "#kit/dom.js";
import { addPanel, addPanels } from "#kit/panel.js";
import { showStill } from "#kit/view.js";

const USED = { training: "read in training", validation: "kept for validation",
               dropped: "dropped", unread: "crawled, not read" };

/** "21 pages: atlas 5, forum 2", or that there is none. */
export function siteWords(sites) {
  const count = sites.reduce((sum, [, pages]) => sum + pages, 0);
  if (count === 0) return "no page";
  const names = sites.map(([site, pages]) => `${site} ${pages}`).join(", ");
  return `${count} ${count === 1 ? "page" : "pages"}: ${names}`;
}

/** The question, the reply with its value marked, and a sentence on what was found. */
function addAnswer(root) {
  const asked = html("p", "anatomy-soft");
  const reply = html("p", "anatomy-answer");
  const status = html("p", "anatomy-status");
  status.setAttribute("role", "status");
  root.append(asked, reply, status);
  return ({ facts }) => {
    setText(asked, facts.question);
    reply.replaceChildren(...marked(facts.reply, facts.value));
    setText(status, facts.note || `Says the same: ${siteWords(facts.sites)}. `
      + `Says otherwise: ${siteWords(facts.other_sites)}.`);
  };
}

/** A text as pieces, the last place of some words in it marked. */
function marked(text, words) {
  const at = words ? text.lastIndexOf(words) : -1;
  if (at < 0) return [html("span", "", text)];
  return [html("span", "", text.slice(0, at)), html("mark", "", words),
          html("span", "", text.slice(at + words.length))];
}

/** One page: its sentence, and the whole text to unfold. */
function pageEntry({ site, path, used, value, parts }) {
  const fold = html("details", "anatomy-page");
  const summary = html("summary");
  const head = html("span", "anatomy-soft", ` ${path}, ${USED[used]}`);
  const said = html("span", "anatomy-said");
  said.append(...marked(parts[1], value));
  summary.append(html("strong", "", site), head, said);
  const text = html("p", "anatomy-text");
  text.append(html("span", "", parts[0]), html("mark", "", parts[1]), html("span", "", parts[2]));
  fold.append(summary, text);
  return fold;
}

/** A panel with the pages of one sort; returns what takes a frame. */
function addPages(panels, title, name, sites) {
  const { panel, heading } = addPanel(panels, title);
  const list = html("div", `anatomy-pages anatomy-${name}`);
  scrollable(list, title);
  panel.append(list);
  return ({ facts }) => {
    setText(heading, `${title}: ${siteWords(facts[sites])}`);
    list.replaceChildren(...facts[name].map(pageEntry));
  };
}

function build(root) {
  const answer = addAnswer(root);
  const panels = addPanels(root);
  return { parts: [answer, addPages(panels, "Say the same", "same", "sites"),
                   addPages(panels, "Say otherwise", "others", "other_sites")] };
}

function render(context) {
  const facts = ({ facts: { question, same, others } }) => (
    { question, same: same.length, others: others.length });
  return showStill(context, { name: "sources", build, facts });
}

export default { render };
