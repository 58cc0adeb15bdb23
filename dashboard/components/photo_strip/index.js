export default function (component) {
  const { parentElement, data: [data] } = component;
  const [strip, leave] = partAt(parentElement, createStrip);
  strip.update(data);
  return leave;
}

function createStrip(shadow) {
  const root = shadow.querySelector(".root");
  const list = el("ul", { class: "strip" });
  const viewer = createViewer(shadow.host ?? root);
  root.append(list, viewer.dialog);
  let drawn = "";
  let latest = new Map(); // photo id → the address of its thumbnail as signed last

  function update(data) {
    markTheme(root);
    viewer.setLabels(data.labels);
    // Links are signed anew in every run; a photo that is already on screen is not fetched again for that.
    const source = JSON.stringify([data.photos.map(({ thumb_url: _thumb, full_url: _full, ...rest }) => rest), data.labels, data.size]);
    viewer.setPhotos(data.photos);
    latest = new Map(data.photos.map((photo) => [photo.id, photo.thumb_url]));
    if (source === drawn) return;
    drawn = source;
    root.style.setProperty("--size", `${data.size}px`);
    list.setAttribute("aria-label", data.labels.strip);
    list.replaceChildren(...data.photos.map((photo, index) => el("li", {}, tile(photo, index, data.labels))));
  }

  function tile(photo, index, labels) {
    if (photo.missing_reason) return missing(photo, photo.missing_reason, labels);
    if (!photo.full_url) {
      const opens = el("a", { class: "tile paper", href: photo.link, target: "_blank", rel: "noopener noreferrer", title: labels.open }, icon("file"), el("span", {}, photo.label));
      return opens;
    }
    const name = fill(labels.show, { label: photo.label });
    const image = el("img", { src: photo.thumb_url, alt: photo.label, loading: "lazy", decoding: "async", draggable: "false" });
    const button = el("button", { type: "button", class: "tile photo", title: name, "aria-label": name, onclick: () => viewer.open(index) }, image);
    const box = el("figure", {}, button, el("figcaption", { title: photo.label, dir: "auto" }, photo.label));
    let tried = photo.thumb_url;
    image.addEventListener("error", () => {
      const fresh = latest.get(photo.id);
      if (fresh && fresh !== tried) {
        image.src = tried = fresh; // the first address may have run out before the photo was scrolled to
        return;
      }
      viewer.markBroken(photo.id);
      box.replaceWith(missing(photo, labels.broken, labels));
    });
    return box;
  }

  function missing(photo, reason, labels) {
    const open = photo.link ? el("a", { href: photo.link, target: "_blank", rel: "noopener noreferrer" }, labels.open) : null;
    return el("figure", {}, el("div", { class: "tile missing", title: reason }, icon("image-off"), el("span", {}, reason), open), el("figcaption", { title: photo.label, dir: "auto" }, photo.label));
  }

  return { update, destroy: viewer.destroy };
}
