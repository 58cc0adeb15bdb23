// What every component needs of the page. Text from data enters as text nodes or attributes, never as markup.
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false || value === "") continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

// "Copied {value}" with { value: "x" } → "Copied x". Labels come translated from Python.
function fill(template, values) {
  return (template ?? "").replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

// Streamlit names no theme to a component, but it runs the component again when the theme changes.
function markTheme(root) {
  const colour = getComputedStyle(root).getPropertyValue("--st-background-color").trim();
  const probe = el("span", { style: `color:${colour}` });
  root.append(probe);
  const [red, green, blue] = getComputedStyle(probe).color.match(/[\d.]+/g).map(Number);
  probe.remove();
  root.dataset.theme = red * 0.3 + green * 0.59 + blue * 0.11 < 128 ? "dark" : "light";
}

// One part for each place on the page, made at its first run. Streamlit also cleans up after a run that a newer one
// overtook while the module was being loaded: the part is still shown then, perhaps typed in, and lives on.
const partsByPlace = new WeakMap();
function partAt(place, make) {
  if (!partsByPlace.has(place)) partsByPlace.set(place, make(place));
  const part = partsByPlace.get(place);
  const leave = () => {
    if (!place.isConnected && partsByPlace.delete(place)) part.destroy();
  };
  return [part, leave];
}

// Inside a shadow root the target that a listener on the document sees is the host, so the path is asked.
function isTyping(event) {
  return event.composedPath().some(
    (node) =>
      node instanceof HTMLElement &&
      (node.isContentEditable ||
        node.tagName === "TEXTAREA" ||
        node.tagName === "SELECT" ||
        (node.tagName === "INPUT" && !["checkbox", "radio", "button", "submit", "range"].includes(node.type))),
  );
}

// While a dialog is open the page behind it doesn't listen to keys.
function isBehindDialog(host) {
  return [...document.querySelectorAll('[role="dialog"], [aria-modal="true"]')].some(
    (dialog) => dialog.getClientRects().length > 0 && !dialog.contains(host),
  ) || [...document.querySelectorAll("[data-lumira-modal]")].some((other) => other !== host);
}

async function copyText(text) {
  // The clipboard API exists only on https and localhost; elsewhere the old command still works.
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  const area = el("textarea", { style: "position:fixed;opacity:0", "aria-hidden": "true" });
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

function copyButton(text, labels) {
  const button = el("button", { type: "button", class: "copy", title: labels.copy, "aria-label": `${labels.copy} ${text}` }, icon("copy"));
  button.addEventListener("click", async (event) => {
    event.stopPropagation();
    await copyText(text);
    button.replaceChildren(icon("check"), el("span", { class: "said", role: "status" }, labels.copied));
    button.dataset.done = "";
    setTimeout(() => {
      button.replaceChildren(icon("copy"));
      delete button.dataset.done;
    }, 1400);
  });
  return button;
}
