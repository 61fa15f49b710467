// The chat lab's view: the conversation with its text field, and the next token's candidates.
// The functions that it shares with other labs come before it, from ui/js/lab.js.

const ROWS = 8;
const WHO = { user: "You", assistant: "Model" };

/** A token with its spaces and line ends to be seen. */
function visible(name) {
  return name.replaceAll(" ", "\u2423").replaceAll("\n", "\u23ce");
}

/** The conversation's list; returns what takes a frame. Texts are only ever set as text. */
function drawConversation(panel) {
  const log = html("div", "anatomy-log");
  log.setAttribute("role", "log");
  log.setAttribute("aria-label", "The conversation");
  log.tabIndex = 0;
  panel.append(log);
  const rows = [];
  const addRow = () => {
    const row = html("div");
    const who = html("span", "anatomy-who");
    const text = html("span", "anatomy-said");
    row.append(who, text);
    log.append(row);
    rows.push({ row, who, text });
  };
  return ({ facts }) => {
    const pending = facts.writing
      ? [["user", facts.question], ["assistant", `${facts.reply}\u258d`]] : [];
    const turns = [...facts.turns, ...pending];
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    while (rows.length < turns.length) addRow();
    while (rows.length > turns.length) rows.pop().row.remove();
    turns.forEach(([role, said], index) => {
      const { row, who, text } = rows[index];
      if (text.textContent === said && row.dataset.role === role) return;
      row.dataset.role = role;
      row.className = role === "user" ? "anatomy-turn anatomy-yours" : "anatomy-turn";
      who.textContent = WHO[role] ?? role;
      text.textContent = said;
    });
    log.setAttribute("aria-busy", String(facts.writing));
    if (atEnd) log.scrollTop = log.scrollHeight;
  };
}

/** The text field with its button; returns what takes a frame and what takes a status. */
function drawField(panel, model) {
  const form = html("div", "anatomy-field"); // not a form: JupyterLab swallows its Enter
  form.setAttribute("data-lm-suppress-shortcuts", "true"); // letters are for the field, not Jupyter
  const label = html("label");
  const input = html("input");
  const send = html("button", "", "Send");
  Object.assign(input, { type: "text", maxLength: 2000, autocomplete: "off",
                         title: "What you say to the model; Enter sends it" });
  Object.assign(send, { type: "button", title: "Send the message to the model" });
  label.append(html("span", "", "Your message"), input);
  form.append(label, send);
  panel.append(form);
  let sent = "";
  let refused = null;
  const say = () => {
    if (!input.value.trim() || send.disabled) return;
    sent = input.value;
    model.send({ type: "say", text: sent });
    input.value = "";
  };
  send.addEventListener("click", say);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    say();
  });
  const onFrame = ({ facts }) => {
    const more = refused !== null && facts.refused > refused;
    if (more && !input.value) input.value = sent; // so that it can be shortened
    refused = facts.refused;
  };
  return { onFrame, onStatus: (status) => { send.disabled = status === "playing"; } };
}

/** The bars of the candidates; returns what takes a frame. Eight rows from the beginning. */
function drawCandidates(panel) {
  const caption = html("p", "anatomy-caption anatomy-soft");
  const list = html("div", "anatomy-bars");
  panel.append(caption, list);
  const rows = Array.from({ length: ROWS }, () => {
    const row = html("div", "anatomy-bar");
    const [name, share, mark] = ["anatomy-name", "anatomy-share", "anatomy-mark"]
      .map((one) => html("span", one));
    const track = html("span", "anatomy-track");
    const fill = html("span", "anatomy-fill");
    const plain = html("span", "anatomy-plain");
    plain.title = "The model's own probability, at temperature 1";
    track.append(fill, plain);
    row.append(name, track, share, mark);
    list.append(row);
    return { row, name, fill, plain, share, mark };
  });
  panel.append(html("p", "anatomy-soft", "The thin line in a bar is the model's own probability, "
    + "at temperature 1 and top-p 1."));
  return ({ facts, arrays }) => {
    caption.textContent = describe(facts);
    rows.forEach(({ row, name, fill, plain, share, mark }, index) => {
      const there = index < facts.names.length;
      row.classList.toggle("anatomy-absent", !there);
      if (!there) return;
      const percent = 100 * arrays.chances[index];
      name.textContent = visible(facts.names[index]);
      name.title = name.textContent;
      fill.style.width = `${percent}%`;
      plain.style.left = `${100 * arrays.plain[index]}%`;
      share.textContent = `${percent.toFixed(percent && percent < 10 ? 1 : 0)} %`;
      mark.textContent = index === facts.chosen ? "\u25c2 chosen" : "";
    });
  };
}

/** Which token the bars stand for, in words. */
function describe(facts) {
  if (!facts.names.length) return "Send a message: the bars show what each token was chosen from.";
  const after = facts.before ? `after \u201c\u2026${facts.before}\u201d` : "at the reply's beginning";
  return facts.writing ? `The token ${after}`
    : `Where the model hesitated most in its last reply: ${after}. Move the sliders.`;
}

/** The figures above the drawing; returns what takes a frame. */
function drawFigures(root) {
  const list = html("div", "anatomy-figures");
  root.append(list);
  const rows = {};
  for (const name of ["tokens in the reply", "temperature", "top-p", "turns left out"]) {
    const row = html("span", "anatomy-soft", `${name} `);
    rows[name] = html("strong");
    row.append(rows[name]);
    list.append(row);
  }
  rows["turns left out"].parentElement.title =
    "How many of the oldest turns no longer fit into what the model can read";
  return ({ facts }) => {
    rows["tokens in the reply"].textContent = facts.tokens;
    rows.temperature.textContent = facts.temperature.toFixed(2);
    rows["top-p"].textContent = facts.top_p.toFixed(2);
    rows["turns left out"].textContent = facts.left_out;
  };
}

/** A panel with a heading. */
function addPanel(panels, title) {
  const panel = html("section", "anatomy-panel");
  panel.append(html("h4", "", title));
  panels.append(panel);
  return panel;
}

function render({ model, el }) {
  const root = html("div", "anatomy-lab anatomy-chat");
  el.append(root);
  const figures = drawFigures(root);
  const panels = html("div", "anatomy-panels");
  root.append(panels);
  const talk = addPanel(panels, "Conversation");
  const conversation = drawConversation(talk);
  const field = drawField(talk, model);
  const candidates = drawCandidates(addPanel(panels, "Candidates for one token"));
  const banner = html("p", "anatomy-banner");
  banner.setAttribute("role", "status");
  root.append(banner);
  let note = "";
  const tell = () => { banner.textContent = model.get("banner") || note; };
  const draw = (frame) => {
    for (const part of [figures, conversation, field.onFrame, candidates]) part(frame);
    note = frame.facts.note;
    tell();
    root.dataset.turns = frame.facts.turns.length;
    root.dataset.tokens = frame.facts.tokens;
    root.dataset.writing = frame.facts.writing;
    root.dataset.temperature = frame.facts.temperature;
    root.dataset.drawn = Number(root.dataset.drawn ?? 0) + 1;
  };
  const ends = [
    connect(model, draw),
    showBanner(model, tell),
    mirrorText(model, "status", (text) => {
      root.dataset.status = text;
      field.onStatus(text);
    }),
  ];
  return () => ends.forEach((end) => end());
}

export default { render };
