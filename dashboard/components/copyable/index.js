export default function ({ parentElement, data: [data] }) {
  const root = parentElement.querySelector(".root");
  markTheme(root);
  if (root.dataset.drawn === JSON.stringify(data)) return;
  root.dataset.drawn = JSON.stringify(data);
  const label = data.label ? el("span", { class: "label" }, data.label) : null;
  const face = data.plain ? "text plain" : "text";
  const text = data.href ? el("a", { class: face, href: data.href, dir: "auto" }, data.shown) : el("span", { class: face, dir: "auto" }, data.shown);
  root.replaceChildren(...[label, text, copyButton(data.text, data.labels), ...data.ways.map(way)].filter(Boolean));
}

function way({ label, href, icon: sign }) {
  const away = href.startsWith("http") ? { target: "_blank", rel: "noopener noreferrer" } : {};
  return el("a", { class: "way", href, title: label, "aria-label": label, ...away }, icon(sign));
}
