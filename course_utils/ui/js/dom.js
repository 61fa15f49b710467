// New elements with classes and texts. A text is only ever set as text, never as markup.

/** A new HTML element with a class and a text. */
export function html(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}

/** A new SVG element with attributes and, if given, a text. */
export function svg(tag, attributes = {}, text = "") {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  setAttributes(element, attributes);
  if (text) element.textContent = text;
  return element;
}

/** Set several attributes; numbers of pixels are written with one decimal. */
export function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, typeof value === "number" ? String(Number(value.toFixed(1))) : value);
  }
}

/** Set a text, unless it stands there already: that would cost a layout. */
export function setText(element, text) {
  const wanted = String(text);
  if (element.textContent !== wanted) element.textContent = wanted;
}

/** Let an element that scrolls be reached and scrolled by keyboard, and have a name. */
export function scrollable(element, name) {
  element.tabIndex = 0;
  element.setAttribute("role", "region");
  element.setAttribute("aria-label", name);
  element.setAttribute("data-lm-suppress-shortcuts", "true"); // arrows scroll, Jupyter waits
}

/** A list that scrolls in a fixed height; returns it. */
export function addList(panel, name) {
  const holder = html("div", "anatomy-scroll");
  const list = html("ul", "anatomy-list");
  scrollable(holder, name);
  holder.append(list);
  panel.append(holder);
  return list;
}
