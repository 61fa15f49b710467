// What the network calls spam: a map for each sender, over the two other inputs of an e-mail.
// On it the rule behind the e-mails, some of them, and the reader's own.

import { html, setAttributes, setText, svg } from "#kit/dom.js";
import { addField, logit, markPath } from "#kit/field.js";
import { addLegend, lineSample, markSample } from "#kit/legend.js";
import { percent } from "#kit/number.js";
import { addNote } from "#kit/panel.js";

const MARKS = [["dot", "anatomy-point"], ["triangle", "anatomy-point anatomy-solid"]]; // mail, spam
const OWN = "anatomy-own";

/** Shares that came two in a number, 12 bits each (in_pairs of training.py). */
export function fromPairs(pairs) {
  return [...pairs].flatMap((pair) => [Math.floor(pair / 4096) / 4095, (pair % 4096) / 4095]);
}

/** How much of a sender's square the network calls spam, in words. */
export function calledSpam(facts, sender) {
  return `${percent(facts[`spam_share_${sender}`], 0)} of the square`;
}

/** Both maps in a panel, side by side; returns what takes a frame: a part a map, and the note. */
export function decisionMaps(panel, labels) {
  panel.append(html("h4", "anatomy-apart", "What the network calls spam"));
  const sample = (shape, look) => markSample(svg("path", { d: markPath(shape, [0, 0], 6), class: look }));
  addLegend(panel, [
    ...MARKS.map(([shape, look], spam) => [sample(shape, look), `${labels.classes[spam]} of the training`]),
    [sample("diamond", OWN), "your e-mail"],
    [lineSample("anatomy-half"), "50 % spam"],
    [lineSample("anatomy-rule"), "the rule"],
    [null, "the fuller the colour, the surer of spam"],
  ]);
  const row = html("div", "anatomy-maps");
  panel.append(row);
  const maps = labels.maps.map((map, known) => senderMap(row, labels, map, known));
  const note = addNote(panel);
  const words = ({ arrays: { inputs: [, , sender] } }) => setText(note, sender > 0 && sender < 1
    ? `Your e-mail's sender is ${sender.toFixed(2)}, neither stranger nor friend: its mark stands on `
      + "the nearer map, which need not hold for it." : "");
  return [...maps, words];
}

/** One sender's map; returns { paint, end }. */
function senderMap(row, labels, { sender, border, emails }, known) {
  const box = html("div", "anatomy-map");
  const head = html("div", "anatomy-map-head");
  box.append(head);
  row.append(box);
  const rule = svg("path", { class: "anatomy-rule" });
  const own = svg("path", { class: OWN });
  const points = emails.map(([, , spam]) => svg("path", { class: MARKS[spam][1] }));
  let email = null;
  const mark = (layer, { across, up }) => {
    if (!layer.firstChild) layer.append(rule, ...points, own);
    const place = ([win, links]) => [across(win), up(links)];
    rule.setAttribute("d", `M${border.map((end) => place(end).join(" ")).join("L")}`);
    points.forEach((point, at) => {
      const spam = emails[at][2];
      point.setAttribute("d", markPath(MARKS[spam][0], place(emails[at]), spam ? 4.5 : 4));
    });
    const isHere = (email[2] >= 0.5) === (known === 1);
    setAttributes(own, { d: markPath("diamond", place(email), 9),
                         visibility: isHere ? "visible" : "hidden" });
  };
  const titles = { title: `What is called spam from a ${sender}`, x: labels.inputs[0],
                   y: labels.inputs[1] };
  const field = addField(box, titles, { from: 0, to: 1, ticks: [0, 0.5, 1], height: 250, mark });
  return {
    paint({ facts, arrays }) {
      email = arrays.inputs;
      setText(head, `${sender}: ${percent(facts[`spam_share_${sender}`], 0)} called spam`);
      field.paint(fromPairs(arrays[`map_${sender}`]).map(logit));
      field.describe(() => `${sender}: ${calledSpam(facts, sender)} is called spam.`);
    },
    end: field.end,
  };
}
