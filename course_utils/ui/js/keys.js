// Drop-downs and radio buttons keep their keys: JupyterLab would take arrows and letters for
// commands, and go to another cell, or delete this one.

const OWN = "select, input[type=radio]";
// On the page's document, where all labs' bundles find it: how many views there are.
const SHARED = Symbol.for("anatomy: keys");

/** Let what is chosen from in outputs keep its keys; returns the function that ends it. */
export function keepKeys() {
  const shared = (document[SHARED] ??= { views: 0, markFocused });
  if (shared.views === 0) document.addEventListener("focusin", shared.markFocused, true);
  shared.views += 1;
  return () => {
    shared.views -= 1;
    if (shared.views > 0) return;
    document.removeEventListener("focusin", shared.markFocused, true);
    delete document[SHARED];
  };
}

/** Mark what got the focus, as JupyterLab asks for it; ipywidgets does not do that itself. */
function markFocused({ target }) {
  if (target.matches(OWN) && target.closest(".jp-OutputArea") !== null) {
    target.setAttribute("data-lm-suppress-shortcuts", "true");
  }
}
