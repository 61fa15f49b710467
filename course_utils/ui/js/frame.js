// Frames: how a block of bytes is read, answered, and drawn on the next animation frame.

/** The facts and the named float32 arrays of a block made by ui/frames.py. */
export function unpack(block) {
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

/** Draws the newest of the blocks that it is shown, once an animation frame; older ones go. */
function newestDrawn(draw) {
  let newest = null;
  let asked = 0;
  return {
    show(block) {
      if (!block || !block.byteLength) return;
      newest = block;
      asked ||= requestAnimationFrame(() => {
        asked = 0;
        draw(unpack(newest));
      });
    },
    end: () => cancelAnimationFrame(asked),
  };
}

/** Draw a view's kept frame now and whenever it changes; returns the function that ends it. */
export function follow(model, draw) {
  const { show, end } = newestDrawn(draw);
  const update = () => show(model.get("frame"));
  model.on("change:frame", update);
  update();
  return () => {
    end();
    model.off("change:frame", update);
  };
}

/**
 * Draw the newest frame of a lab that trains, and answer every second one, so that Python knows
 * how far the page is. Returns the function that ends it.
 */
export function connect(model, draw) {
  const { show, end } = newestDrawn(draw);
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
    end();
    model.off("msg:custom", onMessage);
    model.off("change:frame", onKept);
  };
}

/** Keep something equal to one of the model's texts; returns the function that ends it. */
export function mirror(model, name, apply) {
  const update = () => apply(model.get(name));
  model.on(`change:${name}`, update);
  update();
  return () => model.off(`change:${name}`, update);
}
