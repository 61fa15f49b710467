// Forward, loss, backward of one e-mail on a slider: what each stop has computed, and in words.
// The last stop is the live picture: everything computed, the lines as the reader wants them.

import { html, setText } from "#kit/dom.js";
import { fine, signed } from "#kit/number.js";

const BOTH = ["weights", "weights"];
const SHOWN = ["inputs", "hidden", "probabilities"];
const STOPS = [
  { name: "inputs", values: ["inputs", null, null], links: [null, null],
    say: () => "The three numbers of your e-mail go in." },
  { name: "hidden sums", values: ["inputs", "sums", null], links: ["weights", null],
    say: () => "Each hidden neuron multiplies, adds up and adds its bias: \u03a3 wx + b." },
  { name: "hidden activations", values: ["inputs", "hidden", null], links: ["weights", null],
    say: ({ facts }) => `The activation (${facts.activation}) turns each sum into a value.` },
  { name: "scores", values: ["inputs", "hidden", "logits"], links: BOTH,
    say: ({ arrays }, names) => "The same again with the hidden values gives two scores: "
      + `${pairs(names, arrays.logits, signed)}.` },
  { name: "probabilities", values: SHOWN, links: BOTH,
    say: ({ arrays }, names) => "Softmax makes the scores positive, with a sum of 1: "
      + `${pairs(names, arrays.probabilities, (one) => one.toFixed(3))}.` },
  { name: "loss", values: SHOWN, links: BOTH, loss: true,
    say: ({ facts, arrays }, names) => `By the rule this e-mail is ${names[facts.truth]}, which `
      + `got ${arrays.probabilities[facts.truth].toFixed(3)}: \u2212log of that is the loss, `
      + `${facts.email_loss.toFixed(3)}.` },
  { name: "gradients of the scores", values: SHOWN, links: [null, null], loss: true,
    slopes: [false, false, true],
    say: ({ arrays }, names) => "Now back. The score's gradient is probability minus truth: "
      + `${pairs(names, arrays.slope_logits, fine)}.` },
  { name: "gradients of the output weights", values: SHOWN, links: [null, "email"], loss: true,
    slopes: [false, false, true],
    say: () => "An output weight's gradient: the score's gradient times the value that came in." },
  { name: "gradients of the hidden sums", values: SHOWN, links: [null, "email"], loss: true,
    slopes: [false, true, true],
    say: () => "The gradients come back along the output weights, times how steep the activation "
      + "is there." },
  { name: "gradients of the hidden weights", values: SHOWN, links: ["email", "email"], loss: true,
    slopes: [false, true, true],
    say: () => "Each hidden weight's gradient: its sum's gradient times the input that came in." },
  { name: "live", values: SHOWN, links: BOTH, loss: true,
    say: ({ facts }) => "Everything is computed at once. A training step goes "
      + `against the mean of all gradients over ${facts.emails} e-mails.` },
];
const LINES = { weights: "weights", all: "gradients over all e-mails",
                email: "gradients of this e-mail" };

function pairs(names, values, write) {
  return names.map((name, index) => `${name} ${write(values[index])}`).join(", ");
}

/** The slider and the gradient switch; `redraw` is called when the reader moves either. */
export function timeline(panel, classes, redraw) {
  const box = html("div", "anatomy-timeline");
  const head = html("label", "", "One e-mail forward and back ");
  const slider = html("input");
  const parts = html("div", "anatomy-row anatomy-parts anatomy-soft");
  const words = html("p", "anatomy-words");
  slider.type = "range";
  slider.min = 0;
  slider.max = STOPS.length - 1;
  slider.value = slider.max;
  slider.title = "What is computed when: drag it, or use the arrow keys";
  slider.dataset.lmSuppressShortcuts = "true";
  parts.append(html("span", "", "forward"), html("span", "", "loss"), html("span", "", "backward"),
               html("span", "", "live"));
  head.append(slider);
  const [gradients, toggle] = gradientSwitch();
  box.append(head, parts, words, toggle);
  panel.append(box);
  slider.addEventListener("input", redraw);
  gradients.addEventListener("change", redraw);
  const isLive = () => slider.value === slider.max;
  const scene = () => {
    const stop = STOPS[slider.value];
    const showsAll = isLive() && gradients.checked;
    return { loss: false, slopes: [false, false, false], ...stop,
             links: showsAll ? ["all", "all"] : stop.links };
  };
  return {
    scene,
    title: () => LINES[scene().links.find((one) => one !== null) ?? "weights"],
    paint(frame) {
      const { name, say } = STOPS[slider.value];
      if (slider.ariaValueText !== name) slider.setAttribute("aria-valuetext", name);
      box.dataset.stop = name;
      gradients.disabled = !isLive();
      setText(words, `${name[0].toUpperCase()}${name.slice(1)}. ${say(frame, classes)}`);
    },
  };
}

function gradientSwitch() {
  const label = html("label", "anatomy-switch");
  const box = html("input");
  box.type = "checkbox";
  box.title = "Draw each line as wide as its gradient, the mean over all e-mails; on the way "
    + "forward and back the slider decides";
  label.append(box, html("span", "", "Show gradients"));
  return [box, label];
}
