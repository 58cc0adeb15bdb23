export default function (component) {
  const { parentElement, data: [data], setStateValue, setTriggerValue } = component;
  const [editor, leave] = partAt(parentElement, createEditor);
  editor.update(data, setStateValue, setTriggerValue);
  return leave;
}

function createEditor(shadow) {
  const root = shadow.querySelector(".root");
  const host = shadow.host ?? root;
  const base = new Map(); // path → the text of the version that was seen
  const value = new Map(); // path → the text as it stands here
  const moved = new Set(); // paths whose saved text changed under the person's own
  const parts = new Map(); // path → the elements of that field
  let data, trigger, frame, plural;
  let shape = "";
  let restored = false;
  let older = null, last;

  const journal = createJournal(changes, showState, follow);

  function update(incoming, setStateValue, setTriggerValue) {
    const first = data === undefined;
    const newVersion = !first && data.seen !== incoming.seen;
    data = incoming;
    trigger = setTriggerValue;
    plural = new Intl.PluralRules(data.locale);
    markTheme(root);
    journal.connect(data, setStateValue);
    takeVersion(first);
    takeDraft(first);
    if (!first) journal.heard(data.answer);
    if (newVersion && !Object.keys(changes()).length) journal.settle();
    const newShape = JSON.stringify([data.fields.map(({ value: _text, ...rest }) => rest), data.other, data.read_only, data.labels]);
    if (newShape !== shape) {
      shape = newShape;
      draw();
    }
    fillFields();
    showState();
  }

  // --- what the text is ------------------------------------------------------------------------------------------
  function changes() {
    const found = {};
    base.forEach((text, path) => {
      if (value.get(path) !== text) found[path] = value.get(path);
    });
    return found;
  }

  function basesOfChanges() {
    return Object.fromEntries(Object.keys(changes()).map((path) => [path, base.get(path)]));
  }

  // A field that nobody touched follows the saved text; a touched one keeps what was typed.
  function takeVersion(first) {
    const present = new Set(data.fields.map((field) => field.path));
    [...base.keys()].filter((path) => !present.has(path)).forEach((path) => [base, value, moved].forEach((all) => all.delete(path)));
    data.fields.forEach(({ path, value: text }) => {
      const untouched = first || !base.has(path) || value.get(path) === base.get(path);
      if (!untouched && base.get(path) !== text) moved.add(path);
      if (untouched) value.set(path, text);
      base.set(path, text);
      if (value.get(path) === text) moved.delete(path);
    });
  }

  // The server's draft counts when it is newer than anything typed here; what this browser kept, when that is newer.
  function takeDraft(first) {
    if (data.draft_number > journal.number() || (first && Object.keys(data.draft).length)) {
      apply(data.draft);
      journal.startAt(data.draft_number, data.draft_at);
    }
    if (!first || data.read_only) return;
    const differs = (kept) => Object.entries(kept.texts).some(([path, text]) => value.has(path) && value.get(path) !== text);
    older = journal.aside();
    const kept = journal.recover();
    if (!kept) return;
    if (kept.n > data.draft_number) restore(kept);
    else if (differs(kept)) older = journal.setAside(kept);
    else journal.forget();
  }

  function apply(texts) {
    base.forEach((text, path) => {
      if (value.get(path) === text && path in texts) value.set(path, texts[path]);
    });
  }

  function restore(kept) {
    base.forEach((text, path) => {
      value.set(path, path in kept.texts ? kept.texts[path] : text);
      const from = kept.bases?.[path];
      if (from !== undefined && from !== text && value.get(path) !== text) moved.add(path);
    });
    restored = Object.keys(changes()).length > 0;
    journal.edited(basesOfChanges());
  }

  // Another tab of this browser has these texts now.
  function follow(texts) {
    if (data.read_only) return false;
    base.forEach((text, path) => {
      value.set(path, texts[path] ?? text);
      if (value.get(path) === text) moved.delete(path);
    });
    fillFields();
    return true;
  }

  // --- drawing ---------------------------------------------------------------------------------------------------
  function draw() {
    const focus = focused();
    // Somebody who is typing when the order is taken from them finishes the word here, not among the shortcuts.
    last = data.read_only ? focus?.path : undefined;
    parts.clear();
    const state = el("span", { class: "state", role: "status" });
    const count = el("span", { class: "count" });
    const save = el("button", { type: "button", class: "save", title: data.labels.save_hint, onclick: saveNow }, data.labels.save);
    const outline = el("nav", { class: "outline", "aria-label": data.labels.outline });
    const body = el("div", { class: "body", lang: data.language });
    const notices = el("div", { class: "notices" });
    frame = { state, count, save, outline, notices, groups: [] };
    const bar = el("div", { class: "bar" }, state, data.read_only ? null : count, data.read_only ? null : save);
    root.setAttribute("role", "region");
    root.setAttribute("aria-label", data.labels.label);
    drawGroups(body, outline);
    if (data.other.length) drawOther(body, outline);
    root.replaceChildren(...(data.read_only && last === undefined ? [] : [bar]), notices, el("div", { class: "columns" }, outline, body));
    watchGroups();
    if (focus) refocus(focus);
  }

  function redraw() {
    draw();
    fillFields();
    showState();
  }

  function drawGroups(body, outline) {
    let group, block;
    data.fields.forEach((field, index) => {
      if (group?.id !== field.group) {
        group = startGroup(field.group, field.group_title, body, outline);
        block = "";
      }
      if (field.block !== block) {
        block = field.block;
        if (block) group.section.append(el("h4", {}, block));
      }
      const alone = data.fields.filter((other) => other.group === field.group).length === 1;
      group.section.append(drawField(field, index, alone && field.label === field.group_title));
      group.paths.push(field.path);
    });
  }

  function startGroup(id, title, body, outline) {
    const words = el("span", { class: "words" });
    const heading = el("h3", { tabindex: "-1" }, el("span", { dir: "auto" }, title), words);
    const section = el("section", { "data-group": id }, heading);
    const marks = el("span", { class: "marks" });
    const entry = el("button", { type: "button", title }, el("span", { class: "name", dir: "auto" }, title), marks);
    entry.addEventListener("click", () => {
      section.scrollIntoView({ block: "start", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
      heading.focus({ preventScroll: true });
    });
    body.append(section);
    outline.append(entry);
    const group = { id, section, words, marks, entry, paths: [] };
    frame.groups.push(group);
    return group;
  }

  function drawField(field, index, hideLabel) {
    const id = `field-${index}`;
    const label = el("label", { for: id, class: hideLabel ? "hidden-text" : "" }, field.label, field.kind === "lines" ? el("span", { class: "hint" }, ` · ${data.labels.lines_hint}`) : null);
    const undo = el("button", { type: "button", class: "undo", onclick: () => undoField(field.path) }, icon("undo"), el("span", {}, data.labels.undo));
    const input = (data.read_only && field.path !== last) || field.fixed ? el("div", { id, class: "prose", dir: direction() }) : typingArea(field, id);
    const notes = el("div", { class: "notes" });
    const box = el("div", { class: `field kind-${field.kind} ${field.fixed ? "fixed" : ""}`, "data-path": field.path }, el("div", { class: "head" }, label, undo), input, notes);
    parts.set(field.path, { box, input, notes, undo, field });
    return box;
  }

  // A reading is written in one language: a Hebrew name that opens a French paragraph must not turn it around.
  function direction() {
    return ["ar", "fa", "he", "ur"].includes(data.language) ? "rtl" : "ltr";
  }

  function typingArea(field, id) {
    const area = el("textarea", { id, rows: field.kind === "line" ? 1 : 2, dir: direction(), spellcheck: "true", lang: data.language });
    area.addEventListener("input", () => {
      if (field.kind === "line" && area.value.includes("\n")) area.value = area.value.replace(/\s*\n\s*/g, " ");
      grow(area);
      typed(field.path, area.value);
    });
    area.addEventListener("blur", () => journal.flush());
    area.addEventListener("blur", () => data.read_only && setTimeout(redraw));
    if (field.kind === "line") area.addEventListener("keydown", (event) => event.key === "Enter" && !event.isComposing && event.preventDefault());
    return area;
  }

  // Where the browser cannot size a text area by its content, it is done by hand.
  function grow(area) {
    if (CSS.supports("field-sizing", "content")) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }

  function drawOther(body, outline) {
    const group = startGroup("other", data.labels.other, body, outline);
    group.section.append(el("p", { class: "hint" }, data.labels.other_hint));
    data.other.forEach(([where, json]) => group.section.append(el("div", { class: "field" }, el("div", { class: "head" }, el("label", {}, where)), el("pre", {}, json))));
  }

  // --- typing ----------------------------------------------------------------------------------------------------
  function typed(path, text) {
    value.set(path, text);
    if (text === base.get(path)) moved.delete(path);
    journal.edited(basesOfChanges());
    showField(path);
    showState();
  }

  function undoField(path) {
    const { input } = parts.get(path);
    input.focus();
    input.select();
    // Typed as if by hand, so that the browser's own undo brings the change back.
    if (!document.execCommand("insertText", false, base.get(path)) || input.value !== base.get(path)) input.value = base.get(path);
    grow(input);
    typed(path, base.get(path));
  }

  function saveNow() {
    if (!data.read_only && Object.keys(changes()).length) journal.save(trigger, basesOfChanges());
  }

  // --- showing ---------------------------------------------------------------------------------------------------
  // A text area is written only when it shows something else, and never loses its caret or its place.
  function fillFields() {
    parts.forEach(({ input }, path) => {
      const text = value.get(path);
      if (input.tagName !== "TEXTAREA") {
        input.textContent = text || data.labels.empty;
        input.classList.toggle("void", !text);
      } else if (input.value !== text) {
        const { selectionStart, selectionEnd } = input;
        input.value = text;
        if (shadow.activeElement === input) input.setSelectionRange(Math.min(selectionStart, text.length), Math.min(selectionEnd, text.length));
        grow(input);
      }
      showField(path);
    });
  }

  function showField(path) {
    const { box, notes } = parts.get(path);
    const changed = value.get(path) !== base.get(path);
    box.classList.toggle("changed", changed);
    const found = (data.findings[path] ?? []).map((one) => el("p", { class: `tone-${one.tone}` }, icon(one.tone === "danger" ? "ban" : "alert"), el("span", {}, one.message)));
    if (moved.has(path)) found.push(el("p", { class: "tone-info" }, icon("info"), el("span", {}, data.labels.moved)));
    const source = JSON.stringify([data.findings[path] ?? [], moved.has(path)]);
    if (notes.dataset.source !== source) {
      notes.dataset.source = source;
      notes.replaceChildren(...found);
    }
  }

  function showState() {
    if (!frame) return;
    const changed = Object.keys(changes()).length;
    const kind = changed || journal.state() !== "kept" ? journal.state() : "clean";
    const { labels } = data;
    const [sign, text] = {
      clean: ["check", data.note || (data.read_only ? "" : labels.unchanged)],
      kept: ["check", journal.at() ? fill(labels.kept_at, { time: journal.at() }) : labels.kept],
      typing: ["edit", labels.typing],
      saving: ["rotate", labels.saving],
      offline: ["alert", labels.offline],
      refused: ["alert", fill(labels.refused, { reason: journal.refusal() })],
      "save-refused": ["alert", journal.refusal()],
    }[kind];
    frame.state.dataset.kind = kind;
    if (frame.state.textContent !== text) frame.state.replaceChildren(icon(sign), el("span", {}, text));
    frame.count.textContent = changed ? counted("changed", changed) : "";
    frame.save.disabled = !changed;
    showNotices();
    frame.groups.forEach(showGroup);
  }

  function counted(name, count) {
    const form = plural.select(count) === "one" ? "one" : "other";
    return fill(data.labels[`${name}_${form}`], { count: new Intl.NumberFormat(data.locale).format(count) });
  }

  function showGroup(group) {
    const words = group.paths.reduce((sum, path) => sum + (value.get(path).match(/\S+/g)?.length ?? 0), 0);
    group.words.textContent = words ? counted("words", words) : "";
    const changed = group.paths.some((path) => value.get(path) !== base.get(path));
    const found = group.paths.reduce((sum, path) => sum + (data.findings[path]?.length ?? 0), 0);
    const source = `${changed} ${found}`;
    if (group.marks.dataset.source === source) return;
    group.marks.dataset.source = source;
    const signs = [];
    if (found) signs.push(el("span", { class: "found tone-warning", role: "img", title: fill(data.labels.findings_mark, { count: found }), "aria-label": fill(data.labels.findings_mark, { count: found }) }, icon("alert")));
    if (changed) signs.push(el("span", { class: "touched", role: "img", title: data.labels.changed_mark, "aria-label": data.labels.changed_mark }));
    group.marks.replaceChildren(...signs);
  }

  function showNotices() {
    const source = JSON.stringify([restored, older?.n]);
    if (frame.notices.dataset.source === source) return;
    frame.notices.dataset.source = source;
    const found = [];
    if (restored) found.push(notice(data.labels.restored, [["x", "", () => { restored = false; showNotices(); }]]));
    if (older) {
      const time = new Intl.DateTimeFormat(data.locale, { dateStyle: "medium", timeStyle: "short" }).format(older.n);
      const drop = () => {
        older = null;
        journal.dropAside();
        showNotices();
      };
      const use = () => {
        restore({ ...older, texts: { ...changes(), ...older.texts } });
        drop();
        fillFields();
        showState();
      };
      found.push(notice(fill(data.labels.older, { time }), [["", data.labels.use_older, use], ["", data.labels.drop_older, drop]]));
    }
    frame.notices.replaceChildren(...found);
  }

  function notice(text, actions) {
    const buttons = actions.map(([sign, name, act]) => el("button", { type: "button", onclick: act, "aria-label": name || data.labels.close }, sign ? icon(sign) : name));
    return el("div", { class: "notice", role: "status" }, icon("info"), el("span", {}, text), ...buttons);
  }

  // --- the page around -------------------------------------------------------------------------------------------
  let watcher;
  function watchGroups() {
    watcher?.disconnect();
    watcher = new IntersectionObserver(
      (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => {
        frame.groups.forEach((group) => group.entry.classList.toggle("here", group.section === entry.target));
        const here = frame.groups.find((group) => group.section === entry.target);
        if (here.entry.offsetTop < frame.outline.scrollTop || here.entry.offsetTop > frame.outline.scrollTop + frame.outline.clientHeight - 40) frame.outline.scrollTop = here.entry.offsetTop - 60;
      }),
      { rootMargin: "-15% 0px -75% 0px" },
    );
    frame.groups.forEach((group) => watcher.observe(group.section));
  }

  function focused() {
    const area = shadow.activeElement;
    if (area?.tagName !== "TEXTAREA") return null;
    return { path: area.closest("[data-path]").dataset.path, from: area.selectionStart, to: area.selectionEnd };
  }

  function refocus({ path, from, to }) {
    fillFields();
    const input = parts.get(path)?.input;
    if (input?.tagName !== "TEXTAREA") return;
    input.focus({ preventScroll: true });
    input.setSelectionRange(from, to);
  }

  function onKey(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "s" || data.read_only) return;
    event.preventDefault(); // the browser would offer to save the page
    saveNow();
  }
  // Before a click anywhere else is acted on, its message already carries the text.
  const onPress = (event) => !event.composedPath().includes(host) && journal.flush();
  const onLeave = () => document.visibilityState === "hidden" && journal.flush();
  const listeners = [
    [document, "keydown", onKey],
    [document, "pointerdown", onPress],
    [document, "visibilitychange", onLeave],
    [window, "pagehide", () => journal.flush()],
  ];
  listeners.forEach(([target, name, listener]) => target.addEventListener(name, listener, true));

  function destroy() {
    listeners.forEach(([target, name, listener]) => target.removeEventListener(name, listener, true));
    watcher?.disconnect();
    journal.close();
  }

  return { update, destroy };
}
