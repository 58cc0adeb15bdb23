const MAKERS = { palette: createPalette, button: createButton, hits: createHits };

export default function ({ parentElement, data: [data], setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  markTheme(root);
  const [part, leave] = partAt(parentElement, () => MAKERS[data.part](root, parentElement.host ?? root));
  part.update(data, setTriggerValue);
  return leave;
}

function createButton(root) {
  const word = el("span", { class: "grow" });
  const keys = el("span", { class: "keys", "aria-hidden": "true" }, el("kbd", {}, "Ctrl"), el("kbd", {}, "K"));
  const ask = () => document.dispatchEvent(new CustomEvent("lumira:search"));
  root.append(el("button", { type: "button", class: "opener", onclick: ask, "aria-keyshortcuts": "Control+K /" }, icon("search"), word, keys));
  return {
    update(data) {
      word.textContent = data.labels.title;
    },
    destroy: () => {},
  };
}

// The hits of a text field that Streamlit owns: Enter in it opens the first, once the hits are those of its text.
function createHits(root) {
  const list = createList(root);
  let data, trigger, wanted = null;

  function field() {
    return document.querySelector(`.${CSS.escape(data.box)} input`);
  }

  function onKey(event) {
    const input = data && field();
    if (!input || event.target !== input || event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      list.move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter") {
      wanted = input.value.trim();
      openIfReady();
    } else {
      wanted = null;
    }
  }

  function openIfReady() {
    if (wanted === null || wanted !== data.asked) return;
    wanted = null;
    list.open();
  }

  document.addEventListener("keydown", onKey, true);
  return {
    update(incoming, setTriggerValue) {
      data = incoming;
      trigger = setTriggerValue;
      list.show(data.answer, data.labels, (place) => trigger("open", place));
      openIfReady();
    },
    destroy: () => document.removeEventListener("keydown", onKey, true),
  };
}
