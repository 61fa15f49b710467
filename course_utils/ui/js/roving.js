// A group of buttons of which Tab reaches one, and arrows, Home and End the others.

const MOVES = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1 };

/** Which of `count` buttons a key goes to from one of them; NaN for none. */
export function reached(key, here, count) {
  const ends = { Home: 0, End: count - 1 };
  const at = ends[key] ?? here + (MOVES[key] ?? NaN);
  return at >= 0 && at < count ? at : NaN;
}

/** Make a group of an element; returns `take(buttons, at)`: these are in it, and Tab reaches one. */
export function makeRoving(group, name) {
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", name);
  group.setAttribute("data-lm-suppress-shortcuts", "true"); // arrows and Enter are its own
  let buttons = [];
  const reach = (at) => buttons.forEach((button, here) => { button.tabIndex = here === at ? 0 : -1; });
  group.addEventListener("focusin", ({ target }) => {
    const at = buttons.indexOf(target.closest("button"));
    if (at >= 0) reach(at);
  });
  group.addEventListener("keydown", (event) => {
    const at = reached(event.key, buttons.indexOf(event.target.closest("button")), buttons.length);
    if (Number.isNaN(at)) return;
    event.preventDefault();
    buttons[at].focus();
  });
  return (newest, at) => {
    buttons = newest;
    reach(at);
  };
}
