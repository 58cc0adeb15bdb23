const FLEXIBLE_REM = 11; // what a column without a width needs to be of use

export default function (component) {
  const { parentElement, data: [data], setStateValue, setTriggerValue } = component;
  const [table, leave] = partAt(parentElement, createTable);
  table.update(data, setStateValue, setTriggerValue);
  return leave;
}

function createTable(shadow) {
  const root = shadow.querySelector(".root");
  const host = shadow.host ?? root;
  const drawn = new Map(); // row id → { row element, the JSON it was drawn from }
  const awaited = []; // selections sent to Python and not yet echoed, oldest first
  let data, send, trigger, body;
  let shape = "";
  const hiding = new CSSStyleSheet();
  shadow.adoptedStyleSheets = [...shadow.adoptedStyleSheets, hiding];
  const resized = new ResizeObserver(() => data?.rows.length && fitColumns());
  let active = null;
  let selected = new Set();

  function update(incoming, setStateValue, setTriggerValue) {
    data = incoming;
    send = setStateValue;
    trigger = setTriggerValue;
    markTheme(root);
    adoptSelection(data.selected);
    if (active === null) active = remembered();
    const newShape = JSON.stringify([data.columns, data.selectable, data.labels, data.label, data.height, data.rows.length > 0, data.empty]);
    if (newShape !== shape) {
      shape = newShape;
      drawn.clear();
      drawFrame();
    }
    if (data.rows.length) drawRows();
    showSort();
    showSelection();
  }

  // A rerun may still echo an older selection while a newer one is on its way: only the last counts.
  function adoptSelection(ids) {
    const echoed = awaited.indexOf(JSON.stringify(ids));
    if (echoed >= 0) awaited.splice(0, echoed + 1);
    else awaited.length = 0;
    if (!awaited.length) selected = new Set(ids);
  }

  function drawFrame() {
    root.classList.toggle("scrolls", Boolean(data.height));
    root.style.maxHeight = data.height ? `${data.height}px` : "";
    if (!data.rows.length) {
      root.replaceChildren(emptyState());
      return;
    }
    body = el("tbody");
    const widths = el("colgroup", {}, data.selectable ? el("col", { class: "select" }) : null);
    data.columns.forEach((column) => widths.append(el("col", { style: column.width ? `width:${column.width}rem` : "" })));
    const head = el("tr", {}, data.selectable ? el("th", { class: "select", scope: "col" }, selectBox(data.labels.select_all, toggleAll)) : null);
    data.columns.forEach((column) => head.append(headerCell(column)));
    root.replaceChildren(el("table", { "aria-label": data.label }, widths, el("thead", {}, head), body));
    fitColumns();
  }

  // Columns leave, the least important and rightmost first, until the others have the room that they ask for.
  function fitColumns() {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const room = root.clientWidth / rem - (data.selectable ? 2.25 : 0);
    const wanted = data.columns.map((column) => column.width || FLEXIBLE_REM);
    const leaving = data.columns.map((column, index) => ({ index, priority: column.priority })).filter((one) => one.priority > 1);
    leaving.sort((one, other) => other.priority - one.priority || other.index - one.index);
    const gone = [];
    let total = wanted.reduce((sum, width) => sum + width, 0);
    for (const { index } of leaving) {
      if (total <= room) break;
      total -= wanted[index];
      gone.push(`tr > :nth-child(${index + 1 + (data.selectable ? 1 : 0)}), col:nth-child(${index + 1 + (data.selectable ? 1 : 0)})`);
    }
    const crowded = room > 0 && total > room;
    root.classList.toggle("cards", crowded); // even so too narrow: a row becomes a card
    hiding.replaceSync(gone.length ? `${gone.join(",")} { display: none; }` : "");
  }

  function headerCell(column) {
    const cell = el("th", { scope: "col", class: `at-${column.align}`, "data-column": column.id });
    if (!column.sortable) cell.append(el("span", { title: column.label }, column.label));
    else cell.append(el("button", { type: "button", onclick: () => sortBy(column) }, el("span", {}, column.label)));
    return cell;
  }

  function emptyState() {
    const box = el("div", { class: "empty" }, el("span", { class: "mark" }, icon(data.empty.icon)), el("p", { class: "title" }, data.empty.title));
    if (data.empty.hint) box.append(el("p", { class: "hint" }, data.empty.hint));
    if (data.empty.action) box.append(el("button", { type: "button", class: "act", onclick: () => trigger("action", true) }, data.empty.action));
    return box;
  }

  function drawRows() {
    const hadFocus = shadow.activeElement?.closest?.("tr")?.dataset.id;
    const rows = data.rows.map((row) => {
      const source = JSON.stringify(row);
      const known = drawn.get(row.id);
      if (known?.source === source) return known.element;
      const element = drawRow(row);
      drawn.set(row.id, { element, source });
      return element;
    });
    const present = new Set(data.rows.map((row) => row.id));
    [...drawn.keys()].filter((id) => !present.has(id)).forEach((id) => drawn.delete(id));
    if (rows.some((row, index) => body.children[index] !== row) || body.children.length !== rows.length) body.replaceChildren(...rows);
    if (!present.has(active)) active = null;
    showActive();
    if (hadFocus && shadow.activeElement === null && present.has(hadFocus)) drawn.get(hadFocus).element.focus({ preventScroll: true });
  }

  function drawRow(row) {
    const element = el("tr", { "data-id": row.id, class: `${row.m ? "muted" : ""} ${row.u ? "opens" : ""}`.trim(), tabindex: "-1" });
    if (data.selectable) element.append(el("td", { class: "select" }, selectBox(data.labels.select_row, () => toggle(row.id))));
    row.c.forEach((cell, index) => {
      const column = data.columns[index];
      element.append(el("td", { class: `at-${column.align} is-${column.kind}`, "data-label": column.label }, cellContent(cell, row)));
    });
    element.addEventListener("click", (event) => clickRow(event, row));
    element.addEventListener("auxclick", (event) => event.button === 1 && !interactive(event) && openElsewhere(row));
    element.addEventListener("focusin", () => setActive(row.id));
    return element;
  }

  function cellContent(cell, row) {
    if (typeof cell === "string") return el("span", { class: "line", dir: "auto", title: cell.length > 24 ? cell : "" }, cell);
    const main = CELLS[cell.t](cell, row);
    if (!cell.s) return main;
    return el("span", { class: "two" }, main, el("span", { class: "line sub", dir: "auto", title: cell.s }, cell.s));
  }

  const CELLS = {
    text: (cell) => el("span", { class: cell.b ? "line strong" : "line", dir: "auto", title: cell.h ?? cell.v }, cell.v),
    number: (cell) => el("span", { class: `line ${cell.c ? `ink tone-${cell.c}` : ""}`, title: cell.h }, cell.v),
    badge: (cell) => el("span", { class: `badge tone-${cell.c}`, title: cell.h ?? cell.v }, cell.i ? icon(cell.i) : null, el("span", { dir: "auto" }, cell.v)),
    flags: (cell) => {
      const signs = cell.f.map(([name, label, tone]) => el("span", { class: `flag tone-${tone}`, role: "img", title: label, "aria-label": label }, icon(name)));
      return el("span", { class: "flags" }, ...signs);
    },
    time: (cell) => el("span", { class: `line ${cell.c ? `ink tone-${cell.c}` : ""}`, title: cell.h }, cell.i ? icon(cell.i) : null, cell.v),
    mono: (cell) => el("span", { class: "line mono", title: cell.v }, cell.v, cell.c ? copyButton(cell.v, data.labels) : null),
    person: (cell) => {
      const face = el("span", { class: cell.me ? "face me" : "face", "aria-hidden": "true" }, cell.i);
      return el("span", { class: "line person", title: cell.h ?? cell.v }, face, el("span", { class: "name", dir: "auto" }, cell.v));
    },
    link: (cell, row) => {
      const address = cell.u ?? row.u;
      const text = el("span", { class: "line", dir: "auto" }, cell.v);
      const anchor = address ? el("a", { href: address, class: cell.u ? "" : "own", title: cell.h ?? cell.v }, text) : text;
      anchor.addEventListener("click", (event) => followLink(event, cell, row));
      return el("span", { class: cell.m ? "line mono" : "line" }, anchor, cell.c ? copyButton(cell.v, data.labels) : null);
    },
  };

  function selectBox(label, onchange) {
    const box = el("input", { type: "checkbox", "aria-label": label });
    box.addEventListener("change", onchange);
    box.addEventListener("click", (event) => event.stopPropagation());
    return box;
  }

  // --- opening -----------------------------------------------------------------------------------------------
  function interactive(event) {
    return event.composedPath().some((node) => ["A", "BUTTON", "INPUT", "LABEL"].includes(node.tagName));
  }

  function clickRow(event, row) {
    if (interactive(event) || event.defaultPrevented) return;
    const marked = (shadow.getSelection?.() ?? document.getSelection())?.toString();
    if (marked) return; // somebody selects text to copy it
    setActive(row.id);
    if (event.ctrlKey || event.metaKey || event.shiftKey) openElsewhere(row);
    else open(row);
  }

  function followLink(event, cell, row) {
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return; // the browser's own
    event.preventDefault();
    event.stopPropagation();
    if (cell.u && cell.u !== row.u) trigger("follow", cell.u);
    else open(row);
  }

  function open(row) {
    if (!row) return;
    remember(row.id);
    drawn.get(row.id)?.element.classList.add("opening");
    trigger("open", row.id);
    setTimeout(() => drawn.get(row.id)?.element.classList.remove("opening"), 4000);
  }

  function openElsewhere(row) {
    if (row.u) window.open(row.u, "_blank", "noopener");
  }

  // Coming back to a list, the row that was opened is still marked.
  function remember(id) {
    try { sessionStorage.setItem(`lumira.row.${data.key}`, id); } catch { /* storage may be forbidden: nothing is lost */ }
  }
  function remembered() {
    try { return sessionStorage.getItem(`lumira.row.${data.key}`); } catch { return null; }
  }

  // --- sorting and selecting -----------------------------------------------------------------------------------
  function sortBy(column) {
    const [current, direction] = data.sort ?? [];
    const other = direction === "asc" ? "desc" : "asc";
    trigger("sort", [column.id, current === column.id ? other : column.first]);
  }

  function showSort() {
    root.querySelectorAll("th[data-column]").forEach((cell) => {
      const [current, direction] = data.sort ?? [];
      const here = current === cell.dataset.column;
      cell.setAttribute("aria-sort", here ? (direction === "asc" ? "ascending" : "descending") : "none");
      const button = cell.querySelector("button");
      button?.querySelector(".icon")?.remove();
      if (here) button?.append(icon(direction === "asc" ? "arrow-up" : "arrow-down"));
    });
  }

  function toggle(id) {
    if (!selected.delete(id)) selected.add(id);
    sendSelection();
  }

  function toggleAll() {
    selected = selected.size === data.rows.length ? new Set() : new Set(data.rows.map((row) => row.id));
    sendSelection();
  }

  function sendSelection() {
    const ids = data.rows.map((row) => row.id).filter((id) => selected.has(id));
    awaited.push(JSON.stringify(ids));
    send("selected", ids);
    showSelection();
  }

  function showSelection() {
    if (!data.selectable || !data.rows.length) return;
    drawn.forEach(({ element }, id) => {
      element.querySelector("input").checked = selected.has(id);
      element.setAttribute("aria-selected", String(selected.has(id)));
    });
    const all = root.querySelector("thead input");
    all.checked = selected.size === data.rows.length;
    all.indeterminate = selected.size > 0 && !all.checked;
  }

  // --- keyboard: the list is one tab stop, inside it the keys of a mail client ---------------------------------
  function setActive(id) {
    active = id;
    showActive();
  }

  function showActive() {
    const stop = active ?? data.rows[0]?.id;
    drawn.forEach(({ element }, id) => {
      element.classList.toggle("active", id === active);
      element.tabIndex = id === stop ? 0 : -1;
      element.querySelectorAll("a, button, input").forEach((inner) => (inner.tabIndex = id === stop ? 0 : -1));
    });
  }

  function step(by) {
    const at = data.rows.findIndex((row) => row.id === active);
    const next = data.rows[at < 0 ? (by > 0 ? 0 : data.rows.length - 1) : Math.min(Math.max(at + by, 0), data.rows.length - 1)];
    setActive(next.id);
    const element = drawn.get(next.id).element;
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: "nearest" });
  }

  const KEYS = {
    j: () => step(1),
    k: () => step(-1),
    o: () => open(data.rows.find((row) => row.id === active)),
    x: () => data.selectable && active !== null && toggle(active),
  };
  const KEYS_INSIDE = { arrowdown: KEYS.j, arrowup: KEYS.k, enter: KEYS.o, " ": KEYS.x, home: () => step(-Infinity), end: () => step(Infinity) };

  function onKey(event) {
    if (!data.rows.length || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isTyping(event) || isBehindDialog(host) || !host.isConnected || !host.getClientRects().length) return;
    const path = event.composedPath();
    const inside = path.includes(root);
    const onControl = path.some((node) => ["A", "BUTTON", "INPUT"].includes(node.tagName));
    const key = event.key.toLowerCase();
    const elsewhere = !inside && (onControl || document.activeElement !== document.body);
    let act = data.keyboard || inside ? KEYS[key] : undefined;
    if (inside && !onControl) act ??= KEYS_INSIDE[key];
    else if (key === "enter" && data.keyboard && !elsewhere && !inside && active !== null) act = KEYS.o;
    if (!act) return;
    event.preventDefault();
    act();
  }

  document.addEventListener("keydown", onKey);
  resized.observe(root);
  return {
    update,
    destroy: () => {
      document.removeEventListener("keydown", onKey);
      resized.disconnect();
    },
  };
}
