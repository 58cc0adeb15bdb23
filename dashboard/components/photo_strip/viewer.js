const CLOSEST = 8; // how many times larger than the whole photo one may look

// A dialog of the browser's own: it lies above everything, keeps the focus inside and closes on Escape.
function createViewer(host) {
  const dialog = el("dialog", { class: "viewer" });
  const stage = el("div", { class: "stage" });
  const image = el("img", { alt: "", draggable: "false" });
  const said = el("div", { class: "said", role: "status" });
  const title = el("span", { class: "title", dir: "auto" });
  const place = el("span", { class: "place" });
  const broken = new Set();
  let photos = [];
  let labels = {};
  let at = 0;
  let view = { scale: 1, x: 0, y: 0, turn: 0 };
  let buttons = {};

  stage.append(image, said);
  dialog.addEventListener("close", () => {
    host.removeAttribute("data-lumira-modal");
    image.removeAttribute("src");
  });
  // Keys that are pressed here are not for the list or the screen behind.
  dialog.addEventListener("keydown", (event) => {
    onKey(event);
    if (event.key !== "Tab") event.stopPropagation();
  });

  function setLabels(given) {
    if (JSON.stringify(given) === JSON.stringify(labels)) return;
    labels = given;
    const tool = (name, sign, act) => el("button", { type: "button", class: `tool ${name}`, title: labels[name], "aria-label": labels[name], onclick: act }, icon(sign));
    buttons = {
      previous: tool("previous", "chevron-left", () => go(-1)),
      next: tool("next", "chevron-right", () => go(1)),
      open: el("a", { class: "tool open", target: "_blank", rel: "noopener noreferrer", title: labels.open, "aria-label": labels.open }, icon("external")),
    };
    const bar = el(
      "header", {}, title, place,
      tool("zoom_out", "minus", () => zoom(1 / 1.4)), tool("zoom_in", "plus", () => zoom(1.4)), tool("fit", "fit", fit), tool("rotate", "rotate", turn),
      buttons.open, tool("close", "x", () => dialog.close()),
    );
    dialog.replaceChildren(bar, stage, buttons.previous, buttons.next);
  }

  function setPhotos(given) {
    photos = given;
    if (dialog.open) at = Math.min(at, photos.length - 1);
  }

  function viewable(index) {
    return photos[index].full_url && !photos[index].missing_reason && !broken.has(photos[index].id);
  }

  function open(index) {
    at = index;
    host.setAttribute("data-lumira-modal", "");
    dialog.showModal();
    show();
  }

  function go(by) {
    for (let next = at + by; next >= 0 && next < photos.length; next += by) {
      if (!viewable(next)) continue;
      at = next;
      show();
      return;
    }
  }

  function show() {
    const photo = photos[at];
    title.textContent = photo.label;
    const shown = tellPlace();
    buttons.open.href = photo.link ?? photo.full_url;
    view.turn = 0;
    fit();
    dialog.dataset.state = "loading";
    said.replaceChildren(labels.loading);
    image.alt = photo.label;
    image.src = photo.full_url;
    preload(shown);
  }

  // Of those that can be looked at, and of the one that is, whatever it turns out to be.
  function tellPlace() {
    const shown = photos.map((_photo, index) => index).filter((index) => index === at || viewable(index));
    place.textContent = fill(labels.place, { number: shown.indexOf(at) + 1, total: shown.length });
    buttons.previous.disabled = at === shown[0];
    buttons.next.disabled = at === shown.at(-1);
    return shown;
  }

  function markBroken(id) {
    broken.add(id);
    if (dialog.open) tellPlace();
  }

  image.addEventListener("load", () => {
    dialog.dataset.state = "shown";
    said.replaceChildren();
  });
  image.addEventListener("error", () => {
    if (!dialog.open) return;
    dialog.dataset.state = "broken";
    said.replaceChildren(icon("image-off"), el("span", {}, labels.broken));
  });

  function preload(shown) {
    [shown[shown.indexOf(at) + 1], shown[shown.indexOf(at) - 1]].filter((index) => index !== undefined).forEach((index) => {
      new Image().src = photos[index].full_url;
    });
  }

  // --- looking closely -------------------------------------------------------------------------------------------
  function arrange() {
    // Turned by a quarter, the photo has to fit the stage with its sides exchanged.
    const sideways = view.turn % 180 !== 0;
    const { clientWidth: width, clientHeight: height } = stage;
    image.style.maxWidth = `${sideways ? height : width}px`;
    image.style.maxHeight = `${sideways ? width : height}px`;
    image.style.transform = `translate(${view.x}px, ${view.y}px) rotate(${view.turn}deg) scale(${view.scale})`;
    stage.classList.toggle("close-up", view.scale > 1);
  }

  function fit() {
    view = { scale: 1, x: 0, y: 0, turn: view.turn };
    arrange();
  }

  function turn() {
    view.turn += 90;
    fit();
  }

  // The point under the pointer stays where it is; without a pointer, the middle does.
  function zoom(by, event) {
    const scale = Math.min(Math.max(view.scale * by, 1), CLOSEST);
    const box = stage.getBoundingClientRect();
    const px = event ? event.clientX - box.left - box.width / 2 : 0;
    const py = event ? event.clientY - box.top - box.height / 2 : 0;
    const ratio = scale / view.scale;
    view = scale === 1 ? { ...view, scale, x: 0, y: 0 } : { ...view, scale, x: px - (px - view.x) * ratio, y: py - (py - view.y) * ratio };
    arrange();
  }

  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1.18 : 1 / 1.18, event);
  }, { passive: false });
  stage.addEventListener("dblclick", (event) => (view.scale > 1 ? fit() : zoom(2.5, event)));
  let held = null;
  stage.addEventListener("pointerdown", (event) => {
    held = { x: event.clientX - view.x, y: event.clientY - view.y, moved: false, outside: event.target === stage };
    stage.setPointerCapture(event.pointerId);
  });
  stage.addEventListener("pointermove", (event) => {
    if (!held) return;
    held.moved ||= Math.hypot(event.clientX - view.x - held.x, event.clientY - view.y - held.y) > 4;
    if (!held.moved || view.scale === 1) return;
    view = { ...view, x: event.clientX - held.x, y: event.clientY - held.y };
    arrange();
  });
  stage.addEventListener("pointerup", () => {
    if (held?.outside && !held.moved) dialog.close(); // a click beside the photo
    held = null;
  });

  const KEYS = {
    ArrowLeft: () => go(-1), ArrowRight: () => go(1), "+": () => zoom(1.4), "=": () => zoom(1.4), "-": () => zoom(1 / 1.4), 0: fit, r: turn, R: turn,
  };
  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
    event.preventDefault();
    KEYS[event.key]();
  }

  const resized = new ResizeObserver(() => dialog.open && arrange());
  resized.observe(stage);
  return {
    dialog, open, setLabels, setPhotos, markBroken,
    destroy: () => { resized.disconnect(); dialog.close(); },
  };
}
