// The palette: a dialog over the screen that asks the server while somebody types.
const PAUSE = 120;

function createPalette(root, host) {
  const input = el("textarea", { rows: "1", spellcheck: "false", autocomplete: "off", autocapitalize: "off", role: "combobox", "aria-expanded": "true", "aria-controls": "hits" });
  const field = el("label", { class: "field" }, icon("search"), input);
  const results = el("div", { class: "results" });
  const foot = el("footer", {});
  const dialog = el("dialog", { class: "palette" }, field, results, foot);
  const list = createList(results);
  root.append(dialog);
  let labels = {}, trigger, timer, request, answered = null, wanted = false;

  function update(data, setTriggerValue) {
    labels = data.labels;
    trigger = setTriggerValue;
    input.placeholder = labels.placeholder;
    input.setAttribute("aria-label", labels.button);
    dialog.setAttribute("aria-label", labels.button);
    foot.replaceChildren(hint("↑ ↓", labels.move), hint("↵", labels.open), hint("Esc", labels.close));
  }

  function hint(keys, text) {
    return el("span", {}, ...keys.split(" ").map((key) => el("kbd", {}, key)), text);
  }

  function show() {
    if (dialog.open) return input.select();
    if (isBehindDialog(host)) return;
    markTheme(root);
    host.setAttribute("data-lumira-modal", "");
    dialog.showModal();
    input.focus();
    input.select();
    if (!input.value) list.say(labels.start);
  }

  function onInput() {
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight, 96)}px`;
    clearTimeout(timer);
    request?.abort();
    wanted = false;
    if (!input.value.trim()) {
      answered = null;
      list.say(labels.start);
    } else {
      timer = setTimeout(ask, PAUSE);
    }
  }

  async function ask() {
    clearTimeout(timer);
    request?.abort();
    const own = (request = new AbortController());
    const asked = input.value.trim();
    try {
      const response = await fetch("/search", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ q: asked }), signal: own.signal });
      if (response.status === 401 || response.redirected) return list.say(labels.signed_out);
      if (!response.ok) throw new Error(String(response.status));
      const answer = await response.json();
      if (own.signal.aborted) return;
      answered = asked;
      list.show(answer, labels, go);
      input.setAttribute("aria-activedescendant", list.chosen());
      if (wanted) list.open();
    } catch (error) {
      if (error.name !== "AbortError") list.say(labels.failed);
    }
  }

  function go(place) {
    dialog.close();
    trigger("open", place);
  }

  function onKey(event) {
    event.stopPropagation();
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      list.move(event.key === "ArrowDown" ? 1 : -1);
      input.setAttribute("aria-activedescendant", list.chosen());
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      enter(event.ctrlKey || event.metaKey);
    } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      input.select();
    }
  }

  // Enter before the answer is there opens the first hit as soon as it is.
  function enter(elsewhere) {
    if (answered !== input.value.trim()) {
      wanted = Boolean(input.value.trim());
      if (wanted) ask();
    } else if (elsewhere && list.address()) {
      window.open(list.address(), "_blank", "noopener");
    } else {
      list.open();
    }
  }

  input.addEventListener("input", onInput);
  dialog.addEventListener("keydown", onKey);
  dialog.addEventListener("close", () => {
    request?.abort();
    host.removeAttribute("data-lumira-modal");
  });
  dialog.addEventListener("mousedown", (event) => event.target === dialog && dialog.close());
  document.addEventListener("lumira:search", show);
  return {
    update,
    destroy: () => {
      document.removeEventListener("lumira:search", show);
      request?.abort();
      dialog.close();
    },
  };
}
