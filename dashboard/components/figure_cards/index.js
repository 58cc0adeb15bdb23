const SPARK = { width: 120, height: 28, pad: 2 };
const ARROWS = { up: "▲", down: "▼", same: "=" };

export default function ({ parentElement, data: [data], setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  markTheme(root);
  const drawn = JSON.stringify(data);
  if (root.dataset.drawn === drawn) return;
  root.dataset.drawn = drawn;
  const list = el("ul", { class: "cards", "aria-label": data.label });
  list.append(...data.cards.map((card) => drawCard(card, data.labels, setTriggerValue)));
  root.replaceChildren(list);
}

function drawCard(card, labels, say) {
  const explain = el("button", { type: "button", class: "explain", title: labels.explain, "aria-label": `${labels.explain} ${card.name}` }, icon("info"));
  explain.addEventListener("click", () => say("explain", card.id));
  const value = card.href ? el("a", { class: "value", href: card.href }, card.value) : el("span", { class: "value" }, card.value);
  if (card.href) value.addEventListener("click", (event) => open(event, card, say));
  return el(
    "li",
    { class: "card", "data-code": card.id },
    el("div", { class: "head" }, el("span", { class: "name" }, card.name), explain),
    value,
    drawChange(card, labels),
    card.note ? el("div", { class: "note" }, card.note) : null,
    drawSpark(card.spark),
  );
}

// Other buttons and keys mean a tab of its own: the browser follows the link by itself.
function open(event, card, say) {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  say("open", card.id);
}

function drawChange(card, labels) {
  if (!card.direction) return null;
  const before = card.before ? el("span", { class: "before" }, fill(labels.before, { value: card.before })) : null;
  if (!card.change) return el("div", { class: "change" }, before);
  const arrow = el("span", { "aria-hidden": "true" }, ARROWS[card.direction]);
  const spoken = card.direction === "same" ? null : el("span", { class: "hidden-text" }, labels[card.direction]);
  return el("div", { class: "change" }, el("span", { class: `delta tone-${card.tone}` }, arrow, spoken, el("span", {}, card.change)), before);
}

// The course as one line: no axis, no number; the last point has a dot.
function drawSpark(values) {
  const known = values.map((value, place) => [place, value]).filter(([, value]) => value !== null);
  if (known.length < 2) return null;
  const heights = known.map(([, value]) => value);
  const low = Math.min(0, ...heights);
  const span = Math.max(...heights) - low || 1;
  const x = (place) => SPARK.pad + (place / (values.length - 1)) * (SPARK.width - 2 * SPARK.pad);
  const y = (value) => SPARK.height - SPARK.pad - ((value - low) / span) * (SPARK.height - 2 * SPARK.pad);
  const points = known.map(([place, value]) => `${x(place).toFixed(1)},${y(value).toFixed(1)}`);
  const svg = shape("svg", { class: "spark", viewBox: `0 0 ${SPARK.width} ${SPARK.height}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  const base = (SPARK.height - SPARK.pad).toFixed(1);
  svg.append(shape("polygon", { points: [`${points[0].split(",")[0]},${base}`, ...points, `${points.at(-1).split(",")[0]},${base}`].join(" ") }));
  svg.append(shape("polyline", { points: points.join(" ") }));
  return svg;
}

function shape(tag, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}
