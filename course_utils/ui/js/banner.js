// The line that says what went wrong and what to do. It is announced at once when it is an error
// (role alert) and politely otherwise (role status): one rule for all labs.

const BUSY_MS = 2000;
const BUSY = "The kernel is busy with a cell: this lab's controls act when it is done. "
  + "After a restart, run the lab's cell again.";

/** An empty banner at the end of an element. */
export function addBanner(parent) {
  const banner = document.createElement("p");
  banner.className = "anatomy-banner";
  banner.setAttribute("role", "status");
  parent.append(banner);
  return banner;
}

/** Say a text, as an error or politely; one that stands there already is not said again. */
export function say(banner, text, isError = false) {
  const role = isError ? "alert" : "status";
  if (banner.getAttribute("role") !== role) banner.setAttribute("role", role);
  if (banner.textContent !== text) banner.textContent = text;
}

/**
 * Let a banner say the lab's; or, while the kernel answers nothing, why; or else a note. Asks the
 * kernel every two seconds, and never twice without an answer. Returns { note, end }.
 */
export function watchBanner(model, banner) {
  let waiting = false;
  let busy = false;
  let noted = "";
  const update = () => {
    if (busy) say(banner, BUSY);
    else say(banner, model.get("banner") || noted, model.get("status") === "error");
  };
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
  model.on("change:status", update);
  const beat = setInterval(ask, BUSY_MS);
  update();
  return {
    note(text) {
      noted = text;
      update();
    },
    end() {
      clearInterval(beat);
      model.off("msg:custom", onMessage);
      model.off("change:banner", update);
      model.off("change:status", update);
    },
  };
}
