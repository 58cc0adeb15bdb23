export default function (component) {
  const { parentElement, data: [data], setTriggerValue } = component;
  const [hotkeys, leave] = partAt(parentElement, createHotkeys);
  hotkeys.update(data, setTriggerValue);
  return leave;
}

function createHotkeys(shadow) {
  const root = shadow.querySelector(".root");
  const host = shadow.host ?? root;
  const dialog = el("dialog", { "aria-labelledby": "title" });
  dialog.addEventListener("close", () => host.removeAttribute("data-lumira-modal"));
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  root.append(dialog);
  // Nothing of it is seen until "?", so it takes no place among the elements of the screen.
  host.closest('[data-testid="stElementContainer"]')?.style.setProperty("position", "absolute");
  let data, trigger;

  function update(incoming, setTriggerValue) {
    data = incoming;
    trigger = setTriggerValue;
    markTheme(root);
  }

  function nameOf(event) {
    const character = event.key.toLowerCase();
    const held = [event.ctrlKey || event.metaKey ? "ctrl" : "", event.altKey ? "alt" : "", event.shiftKey && /^[a-z0-9]$|^.{2,}$/.test(character) ? "shift" : ""];
    return [...held.filter(Boolean), character].join("+");
  }

  function onKey(event) {
    if (!data || event.repeat || event.isComposing || event.defaultPrevented) return;
    const name = nameOf(event);
    if (name === "ctrl+k" && !isBehindDialog(host)) return goToSearch(event);
    if (isTyping(event) || isBehindDialog(host)) return;
    if (name === "/") return goToSearch(event);
    if (name === "?") {
      event.preventDefault();
      return dialog.open ? dialog.close() : showHelp();
    }
    if (dialog.open || !Object.hasOwn(data.bindings, name)) return;
    event.preventDefault();
    trigger("press", data.bindings[name]);
  }

  function goToSearch(event) {
    const box = document.querySelector(`.${CSS.escape(data.search)} input`);
    event.preventDefault(); // the browser has a search of its own under these keys
    if (!box) return document.dispatchEvent(new CustomEvent("lumira:search"));
    box.focus();
    box.select();
  }

  function showHelp() {
    const { labels } = data;
    const lines = [...data.help, ["/  ·  Ctrl K", labels.search], ["?", labels.this_list]];
    const list = el("dl");
    lines.forEach(([keys, meaning]) => {
      const caps = keys.split("  ·  ").map((part) => part.split(" ").map((cap) => (cap === "/" && part !== "/" ? el("span", { class: "or" }, "/") : el("kbd", {}, cap))));
      list.append(el("dt", {}, ...caps.flatMap((group, index) => (index ? [el("span", { class: "or" }, "·"), ...group] : group))), el("dd", {}, meaning));
    });
    const close = el("button", { type: "button", class: "close", "aria-label": labels.close, title: labels.close, onclick: () => dialog.close() }, icon("x"));
    dialog.replaceChildren(el("header", {}, el("h2", { id: "title" }, labels.title), close), list, el("p", {}, labels.sleeping));
    host.setAttribute("data-lumira-modal", "");
    dialog.showModal();
  }

  document.addEventListener("keydown", onKey);
  return {
    update,
    destroy: () => {
      document.removeEventListener("keydown", onKey);
      dialog.close();
    },
  };
}
