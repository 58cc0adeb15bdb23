// The Desk's icons: 16 × 16, drawn with one stroke of 1.5, no font and no request.
// A value is an SVG path; one that is filled instead starts with "#", and
// what follows a "|" in it is drawn faintly.
const ICONS = {
  alert: "M8 2.4 14.2 13.2H1.8ZM8 6.4v3.2M8 11.3v.2",
  "arrow-down": "M8 3v10M4.2 9.2 8 13l3.8-3.8",
  "arrow-right": "M3 8h10M9.2 4.2 13 8l-3.8 3.8",
  "arrow-up": "M8 13V3M4.2 6.8 8 3l3.8 3.8",
  ban: "M8 2.2a5.8 5.8 0 1 1 0 11.6A5.8 5.8 0 0 1 8 2.2ZM4 4l8 8",
  calendar: "M2.6 3.8h10.8v9.6H2.6ZM2.6 6.9h10.8M5.4 2.2v3M10.6 2.2v3",
  chat: "M2.4 3.4h11.2v7.4H7.4L4.6 13.4v-2.6H2.4Z",
  check: "M3 8.6 6.4 12 13 4.6",
  "chevron-left": "M9.8 3.4 5.2 8l4.6 4.6",
  "chevron-right": "M6.2 3.4 10.8 8l-4.6 4.6",
  clock: "M8 2.2a5.8 5.8 0 1 1 0 11.6A5.8 5.8 0 0 1 8 2.2ZM8 4.9V8l2.2 1.5",
  coins: "M6 2.6a3.9 3.9 0 1 1 0 7.8 3.9 3.9 0 0 1 0-7.8ZM10.9 5.8a3.9 3.9 0 1 1-5.2 5.6M6 5v3M4.9 6.5h2.2",
  copy: "M5.6 5.6h7.8v7.8H5.6ZM10.4 5.4V2.6H2.6v7.8h2.8",
  dot: "#M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6Z",
  download: "M8 2.4v7.4M4.8 6.8 8 10l3.2-3.2M2.8 13.2h10.4",
  edit: "M2.8 13.2l.6-2.9L10.6 3l2.4 2.4-7.3 7.2ZM9 4.7l2.3 2.3",
  external: "M6.6 3.2H3v9.8h9.8V9.4M9.2 2.8h4v4M13 3 7.6 8.4",
  eye: "M1.6 8S4 3.7 8 3.7 14.4 8 14.4 8 12 12.3 8 12.3 1.6 8 1.6 8ZM8 6.1a1.9 1.9 0 1 1 0 3.8 1.9 1.9 0 0 1 0-3.8Z",
  file: "M3.8 2.2h5.4l3 3v8.6H3.8ZM9 2.4v3h3",
  fit: "M2.8 5.6V2.8h2.8M10.4 2.8h2.8v2.8M13.2 10.4v2.8h-2.8M5.6 13.2H2.8v-2.8",
  flag: "M4 14V2.6h8.6l-2 2.9 2 2.9H4",
  gift: "M2.6 6h10.8v2.4H2.6ZM3.6 8.4v5h8.8v-5M8 6v7.4M8 6C4.6 6 4.8 2.6 6.4 2.6 7.6 2.6 8 4.4 8 6c0-1.6.4-3.4 1.6-3.4C11.2 2.6 11.4 6 8 6",
  hourglass: "M4.2 2.4h7.6M4.2 13.6h7.6M5 2.4c0 3.2 2.3 4 3 5.6.7-1.6 3-2.4 3-5.6M5 13.6c0-3.2 2.3-4 3-5.6.7 1.6 3 2.4 3 5.6",
  "image-off": "M2.4 2.4l11.2 11.2M5.6 3.2h8v8M13 13H2.6V3.8M2.6 11l3-3 4.4 4.6",
  image: "M2.4 3.2h11.2v9.6H2.4ZM2.6 11.4l3.2-3.2 2.4 2.2 2-1.8 3.2 2.8M10.4 5.6v.2",
  info: "M8 2.2a5.8 5.8 0 1 1 0 11.6A5.8 5.8 0 0 1 8 2.2ZM8 7.4v3.6M8 5v.2",
  list: "M5.6 4h8M5.6 8h8M5.6 12h8M2.6 4h.2M2.6 8h.2M2.6 12h.2",
  lock: "M3.4 7.2h9.2v6.2H3.4ZM5.4 7V5a2.6 2.6 0 0 1 5.2 0v2",
  mail: "M2.2 3.6h11.6v8.8H2.2ZM2.6 4.4 8 8.8l5.4-4.4",
  minus: "M3.4 8h9.2",
  phone: "M4.4 2.4 6.6 2.6 7.4 5.8 5.8 7c.8 1.6 1.8 2.6 3.3 3.3l1.2-1.7 3.2.8.1 2.2c-.4 1.2-1.6 2-3 1.7C6.4 12.2 3.4 9 2.7 5.4 2.5 4 3.2 2.8 4.4 2.4Z",
  play: "M4.8 3.2 12.8 8l-8 4.8Z",
  plus: "M8 3.4v9.2M3.4 8h9.2",
  rotate: "M13.2 8A5.2 5.2 0 1 1 11.6 4.2M13 1.8v3h-3",
  search: "M7 2.6a4.4 4.4 0 1 1 0 8.8 4.4 4.4 0 0 1 0-8.8ZM10.2 10.2l3.6 3.6",
  send: "M2.2 7.8 13.8 2.4 10.6 13.6 7.6 9ZM7.6 9l6-6.4",
  shield: "M8 2l5 1.9v3.7c0 3-2 5.1-5 6.4-3-1.3-5-3.4-5-6.4V3.9Z",
  star: "M8 2.2 9.8 6l4.2.5-3.1 2.8.9 4.2L8 11.4l-3.8 2.1.9-4.2L2 6.5 6.2 6Z",
  undo: "M5.6 3.2 2.6 6.2l3 3M2.8 6.2h6.4a3.7 3.7 0 0 1 0 7.4H5.8",
  user: "M8 2.6a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6ZM2.8 13.6c.6-2.4 2.6-3.6 5.2-3.6s4.6 1.2 5.2 3.6",
  x: "M4 4l8 8M12 4l-8 8",
  // Levels: one to four bars of four, so that a level is read without its colour.
  level1: "#M2.2 9.6h2.2V13H2.2Z|M5.3 7.5h2.2V13H5.3ZM8.4 5.3h2.2V13H8.4ZM11.5 3h2.2v10h-2.2Z",
  level2: "#M2.2 9.6h2.2V13H2.2ZM5.3 7.5h2.2V13H5.3Z|M8.4 5.3h2.2V13H8.4ZM11.5 3h2.2v10h-2.2Z",
  level3: "#M2.2 9.6h2.2V13H2.2ZM5.3 7.5h2.2V13H5.3ZM8.4 5.3h2.2V13H8.4Z|M11.5 3h2.2v10h-2.2Z",
  level4: "#M2.2 9.6h2.2V13H2.2ZM5.3 7.5h2.2V13H5.3ZM8.4 5.3h2.2V13H8.4ZM11.5 3h2.2v10h-2.2Z",
};

function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const drawn = ICONS[name] ?? ICONS.dot;
  const solid = drawn.startsWith("#");
  drawn.replace("#", "").split("|").forEach((outline, index) => {
    const path = document.createElementNS(space, "path");
    path.setAttribute("d", outline);
    if (solid) path.setAttribute("class", index ? "faint" : "solid");
    svg.append(path);
  });
  return svg;
}
