// What every lab's view shares: reading frames, answering them, drawing the newest one.
// Put before the lab's own .js file to make one ES module; nothing is loaded from elsewhere.

/** The facts and the named float32 arrays of a block made by frames.py. */
function unpack(block) {
  const bytes = new Uint8Array(block.buffer ?? block, block.byteOffset ?? 0, block.byteLength);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = 4 + view.getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, end)));
  const numbers = new Float32Array(bytes.slice(end).buffer);
  const arrays = {};
  for (const [name, [start, size]] of Object.entries(header.parts)) {
    arrays[name] = numbers.subarray(start, start + size);
  }
  return { facts: header.facts, arrays };
}

/**
 * Draw the newest frame of a lab on each animation frame, and answer every second frame.
 * Older frames that were not drawn in time are dropped. Returns the function that ends it.
 */
function connect(model, draw) {
  let newest = null;
  let asked = 0;
  const show = (block) => {
    if (!block || !block.byteLength) return;
    newest = block;
    asked ||= requestAnimationFrame(() => {
      asked = 0;
      draw(unpack(newest));
    });
  };
  const onMessage = (content, buffers) => {
    if (content.type !== "frame") return;
    if (content.number % 2 === 0) model.send({ type: "ack", number: content.number });
    show(buffers[0]);
  };
  const onKept = () => show(model.get("frame"));
  model.on("msg:custom", onMessage);
  model.on("change:frame", onKept);
  onKept();
  model.send({ type: "ready" });
  return () => {
    cancelAnimationFrame(asked);
    model.off("msg:custom", onMessage);
    model.off("change:frame", onKept);
  };
}

/** Keep an element's text equal to one of the model's texts; returns the function that ends it. */
function mirrorText(model, name, apply) {
  const update = () => apply(model.get(name));
  model.on(`change:${name}`, update);
  update();
  return () => model.off(`change:${name}`, update);
}

const BUSY_MS = 2000;
const BUSY = "The kernel is busy with a cell: this lab's controls act when it is done. "
  + "After a restart, run the lab's cell again.";

/**
 * Say the lab's banner; or, while the kernel answers nothing, why. Asks it every two seconds, and
 * never twice without an answer. Returns the function that ends it.
 */
function showBanner(model, say) {
  let waiting = false;
  let busy = false;
  const update = () => say(busy ? BUSY : model.get("banner"));
  const turn = (now) => {
    if (busy === now) return;
    busy = now;
    update();
  };
  const ask = () => {
    if (waiting) {
      turn(true);
      return;
    }
    waiting = true;
    model.send({ type: "alive" });
  };
  const onMessage = (content) => {
    if (content.type !== "here") return;
    waiting = false;
    turn(false);
  };
  model.on("msg:custom", onMessage);
  model.on("change:banner", update);
  const beat = setInterval(ask, BUSY_MS);
  update();
  return () => {
    clearInterval(beat);
    model.off("msg:custom", onMessage);
    model.off("change:banner", update);
  };
}

/** A new HTML element with a class and a text. */
function html(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}

/** A new SVG element with attributes. */
function svg(tag, attributes = {}, text = "") {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text) element.textContent = text;
  return element;
}

/** A number with its sign and two decimals, with a real minus sign. */
function signed(value) {
  if (!Number.isFinite(value)) return "not a number";
  return (value < 0 ? "\u2212" : "+") + Math.abs(value).toFixed(2);
}
