export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".root");
  markTheme(root);
  if (root.dataset.drawn === JSON.stringify(data)) return;
  root.dataset.drawn = JSON.stringify(data);
  const label = data.label ? el("span", { class: "label" }, data.label) : null;
  root.replaceChildren(...[label, el("span", { class: "text", dir: "auto" }, data.text), copyButton(data.text, data.labels)].filter(Boolean));
}
