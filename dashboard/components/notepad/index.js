const KEEP_MS = 600; // after the last keystroke the text is kept as a draft
const SAVE_MS = 3000; // after the last keystroke it is written for everybody
const PATIENCE_MS = 6000; // unanswered for so long, it is sent again

export default function ({ parentElement, data: [data], setStateValue, setTriggerValue }) {
  const [pad, leave] = partAt(parentElement, createPad);
  pad.update(data, setStateValue, setTriggerValue);
  return leave;
}

function createPad(shadow) {
  const root = shadow.querySelector(".root");
  const host = shadow.host ?? root;
  const editor = crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random()}`;
  const area = el("textarea", { rows: 5, spellcheck: "true", dir: "auto" });
  const state = el("span", { class: "state", role: "status" });
  let data, keepText, saveText;
  let base = ""; // what is typed over
  let number = 0; // the last edit made here
  let kept = 0; // the last edit sent as a draft
  let waiting = null; // the save that is unanswered
  let heard = 0; // the last answer that was taken in
  let taken = 0;
  let late = false;
  let restored = false;
  let keepTimer, saveTimer, patience;

  const dirty = () => area.value !== base;

  function update(incoming, setStateValue, setTriggerValue) {
    const first = data === undefined;
    data = incoming;
    keepText = (edit) => setStateValue("draft", edit);
    saveText = (edit) => setTriggerValue("save", edit);
    markTheme(root);
    if (first) begin();
    if (data.taken !== taken) giveUp();
    hear(data.answer);
    if (!dirty() || area.value === data.text) show(data.text);
    area.setAttribute("aria-label", data.labels.label);
    area.placeholder = data.labels.placeholder;
    report();
  }

  // The server's draft counts, unless this browser holds something newer that never got there.
  function begin() {
    root.replaceChildren(area, el("div", { class: "foot" }, state));
    taken = data.taken;
    base = area.value = data.text;
    const local = recover();
    const draft = data.draft;
    const found = local && (!draft || local.n > draft.number) ? local : draft && { n: draft.number, text: draft.text, base: draft.base };
    if (!found || found.text === data.text) return forget();
    base = found.base;
    area.value = found.text;
    number = found.n;
    kept = draft && found.n === draft.number ? found.n : 0;
    restored = true;
    schedule();
  }

  function show(text) {
    base = text;
    if (area.value === text) return;
    const { selectionStart, selectionEnd } = area;
    area.value = text;
    if (shadow.activeElement === area) area.setSelectionRange(selectionStart, selectionEnd);
  }

  function giveUp() {
    taken = data.taken;
    waiting = null;
    late = restored = false;
    [keepTimer, saveTimer, patience].forEach(clearTimeout);
    kept = number;
    heard = Math.max(heard, number);
    show(data.text);
    forget();
  }

  function hear(answer) {
    if (!answer || answer.number < heard) return;
    heard = answer.number;
    if (answer.number >= kept) late = false;
    if (!waiting || answer.number < waiting.n) return;
    const { text } = waiting;
    waiting = null;
    clearTimeout(patience);
    if (answer.kind === "saved") {
      base = text;
      restored = false;
      if (area.value === text) forget();
      else schedule();
    }
  }

  // --- sending -----------------------------------------------------------------------------------------------------
  const edit = () => ({ n: number, text: area.value, base, editor });

  function typed() {
    number = Math.max(number + 1, Date.now());
    try {
      localStorage.setItem(data.storage, JSON.stringify({ n: number, text: area.value, base }));
    } catch { /* full or forbidden: the text is on its way to the server all the same */ }
    schedule();
    report();
  }

  function schedule() {
    clearTimeout(keepTimer);
    clearTimeout(saveTimer);
    keepTimer = setTimeout(keep, KEEP_MS);
    saveTimer = setTimeout(save, SAVE_MS);
  }

  function keep() {
    clearTimeout(keepTimer);
    if (!data || number <= kept || !dirty()) return;
    kept = number;
    keepText(edit());
    report();
  }

  // One save at a time: the next begins where this one ended.
  function save() {
    clearTimeout(saveTimer);
    if (data.moved || !dirty()) return keep();
    if (waiting) return;
    kept = number = Math.max(number + 1, Date.now());
    waiting = edit();
    saveText(waiting);
    clearTimeout(patience);
    patience = setTimeout(() => {
      late = true;
      waiting = null;
      report();
      save();
    }, PATIENCE_MS);
    report();
  }

  function recover() {
    try {
      const found = JSON.parse(localStorage.getItem(data.storage));
      return found && typeof found.text === "string" && typeof found.base === "string" ? found : null;
    } catch {
      return null;
    }
  }

  function forget() {
    try { localStorage.removeItem(data.storage); } catch { /* nothing was kept either */ }
  }

  // --- showing -----------------------------------------------------------------------------------------------------
  function report() {
    const { labels, answer } = data;
    const [kind, sign, text] = standing(labels, answer);
    state.dataset.kind = kind;
    if (state.textContent !== text) state.replaceChildren(icon(sign), el("span", {}, text));
    root.classList.toggle("moved", Boolean(data.moved));
  }

  function standing(labels, answer) {
    if (late) return ["warning", "alert", labels.offline];
    if (answer?.kind === "refused" && answer.number >= number) return ["warning", "alert", answer.reason];
    if (data.moved && dirty()) return ["warning", "alert", labels.moved];
    if (waiting) return ["", "rotate", labels.saving];
    if (dirty()) return restored ? ["", "info", labels.restored] : ["", "edit", labels.typing];
    if (answer?.kind === "saved") return ["saved", "check", fill(labels.saved, { time: answer.at })];
    return ["", "check", labels.clean];
  }

  // --- the page around ---------------------------------------------------------------------------------------------
  area.addEventListener("input", typed);
  area.addEventListener("blur", () => data && save());
  area.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "s") return;
    event.preventDefault(); // the browser would offer to save the page
    save();
  });
  // Before a click anywhere else is acted on, its message already carries the text.
  const onPress = (event) => !event.composedPath().includes(host) && keep();
  const onLeave = () => document.visibilityState === "hidden" && keep();
  const listeners = [[document, "pointerdown", onPress], [document, "visibilitychange", onLeave], [window, "pagehide", () => keep()]];
  listeners.forEach(([target, name, listener]) => target.addEventListener(name, listener, true));

  function destroy() {
    keep();
    listeners.forEach(([target, name, listener]) => target.removeEventListener(name, listener, true));
    [keepTimer, saveTimer, patience].forEach(clearTimeout);
  }

  return { update, destroy };
}
