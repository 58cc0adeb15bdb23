// Hits one under the other, one of them chosen; what was tried when there are none.
function createList(parent) {
  const box = el("ul", { class: "hits", role: "listbox", id: "hits" });
  const notes = el("div", { class: "notes", role: "status" });
  parent.append(box, notes);
  let hits = [], at = 0, open = () => {}, labels = {};

  function show(answer, words, onOpen) {
    labels = words;
    open = onOpen;
    hits = answer?.hits ?? [];
    at = 0;
    box.setAttribute("aria-label", answer?.count ?? words.title);
    box.replaceChildren(...hits.map(row));
    notes.replaceChildren(...(answer && !hits.length ? nothing(answer) : []));
    mark();
  }

  function say(text) {
    hits = [];
    box.replaceChildren();
    notes.replaceChildren(el("p", { class: "muted" }, text));
  }

  function row(hit, index) {
    const why = hit.why.map(([kind, value]) => el("span", { class: "reason" }, el("b", {}, kind), value ? el("span", { dir: "auto" }, value) : null));
    const name = el("a", { class: "name", href: hit.href, tabindex: "-1", dir: "auto" }, hit.name);
    name.addEventListener("click", (event) => follow(event, hit.place));
    const badges = hit.badges.map(([text, tone, sign]) => el("span", { class: `badge tone-${tone}` }, sign ? icon(sign) : null, el("span", {}, text)));
    const aside = hit.client ? el("a", { class: "aside", href: hit.client[0], tabindex: "-1", title: labels.client_page }, icon("user"), el("span", { dir: "auto" }, hit.client[2])) : null;
    aside?.addEventListener("click", (event) => follow(event, ["client", hit.client[1]]));
    const item = el("li", { role: "option", id: `hit-${index}` },
      el("div", { class: "who" }, name, hit.ref ? el("code", {}, hit.ref) : null, ...badges),
      el("div", { class: "facts" }, aside, ...hit.facts.map((fact) => el("span", { dir: "auto" }, fact))),
      el("div", { class: "why" }, ...why));
    item.addEventListener("mousemove", () => { at = index; mark(); });
    item.addEventListener("click", (event) => event.target.closest("a") || follow(event, hit.place));
    return item;
  }

  // With Ctrl or the middle button a link is a link.
  function follow(event, place) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) {
      event.stopPropagation();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    open(place);
  }

  function nothing(answer) {
    const tried = answer.tried.map(([kind, value]) => el("li", {}, el("b", {}, kind), el("span", { dir: "auto" }, value)));
    return [el("p", { class: "none" }, answer.none), tried.length ? el("p", { class: "muted" }, answer.tried_label) : null, el("ul", { class: "tried" }, ...tried)].filter(Boolean);
  }

  function mark() {
    [...box.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === at)));
    box.children[at]?.scrollIntoView({ block: "nearest" });
  }

  return {
    show,
    say,
    move(step) {
      if (hits.length) at = (at + step + hits.length) % hits.length;
      mark();
    },
    chosen: () => (hits.length ? `hit-${at}` : ""),
    open: () => hits.length && open(hits[at].place),
    address: () => hits[at]?.href,
  };
}
