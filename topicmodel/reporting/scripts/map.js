// The map of products: coloured by main category, or by the subcategories of one of them.

const DRAWN_WITHOUT_WEBGL = 3000;
const HOVER_WIDTH = 48;

const mapState = {
  focus: -1, // slot of the main category whose subcategories are told apart
  hidden: new Set(), // keys of the groups that are switched off
  chosen: null, // rows that stand out, or null
};

function hasWebGL() {
  try {
    const context = document.createElement("canvas").getContext("webgl");
    context?.getExtension("WEBGL_lose_context")?.loseContext();
    return Boolean(context);
  } catch {
    return false;
  }
}

const webgl = "map" in figures && hasWebGL();

// What a product is told apart by, and the name of that; "" for the products around a focus.
function groupOf({ names, slot, child }) {
  if (mapState.focus < 0) return { key: slot, name: names[0] };
  if (slot !== mapState.focus) return { key: -2, name: "" };
  return child < 0 ? { key: -1, name: "In none of them" } : { key: child, name: names[1] };
}

// Groups in the order of the tree, what is in none of them last; what surrounds a focus lies below all.
function mapGroups() {
  const { x, places, tree } = products();
  const groups = new Map();
  const keys = tree.map(([names, , slot, child, total]) => {
    const { key, name } = groupOf({ names, slot, child });
    const group = groups.get(key) ?? { key, name, total: 0, rows: [] };
    group.total += total;
    groups.set(key, group);
    return key;
  });
  const limit = webgl ? x.length : DRAWN_WITHOUT_WEBGL;
  for (let row = 0, drawnSoFar = 0; row < x.length && drawnSoFar < limit; row += 1) {
    if (x[row] === null) continue;
    groups.get(keys[places[row]]).rows.push(row);
    drawnSoFar += 1;
  }
  const rank = ({ key }) => (key === -2 ? -1 : key < 0 ? Infinity : key);
  return [...groups.values()].filter(({ rows }) => rows.length).sort((one, other) => rank(one) - rank(other));
}

const LINES = new RegExp(`.{1,${HOVER_WIDTH}}`, "gu");

const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

// Plotly breaks no lines by itself.
function wrapped(text) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines[lines.length - 1];
    if (last && last.length + word.length >= HOVER_WIDTH) lines.push(word);
    else lines[lines.length - 1] = last ? `${last} ${word}` : word;
  }
  return lines.flatMap((line) => line.match(LINES) ?? []).map(escaped).join("<br>");
}

// Made once: there may be fifty thousand.
const hoverText = (() => {
  const texts = [];
  return (row) => {
    texts[row] ??= `${wrapped(products().titles[row] || "(no title)")}<br><i>${wrapped(placeOf(row).path)}</i>`;
    return texts[row];
  };
})();

function mapTrace({ key, name, rows }) {
  const { x, y } = products();
  const { size, symbols } = figures.map;
  const around = key === -2;
  const trace = {
    type: webgl ? "scattergl" : "scatter",
    mode: "markers",
    name: escaped(name),
    x: rows.map((row) => x[row]),
    y: rows.map((row) => y[row]),
    customdata: rows,
    meta: { key },
    hoverinfo: around ? "skip" : "text",
    visible: !mapState.hidden.has(key),
    marker: {
      symbol: around ? "circle" : symbolOf(key, symbols)[0],
      color: around ? colour("--line") : hue(key),
      size: around ? size - 1 : size,
      opacity: around ? .5 : .75,
    },
    unselected: { marker: { opacity: .08 } },
  };
  if (!around) trace.hovertext = rows.map(hoverText);
  if (mapState.chosen) trace.selectedpoints = rows.flatMap((row, place) => (mapState.chosen.has(row) ? [place] : []));
  return trace;
}

const symbolOf = (key, symbols) => symbols[Math.floor(Math.max(0, key) / hueCount) % symbols.length];

const mapTraces = () => mapGroups().map(mapTrace);

function startMap(canvas) {
  canvas.on("plotly_selected", (event) => {
    // Plotly says nothing of points where a selection is taken back.
    if (event?.points) choose(event.points.map(({ customdata }) => customdata));
  });
  canvas.on("plotly_deselect", () => choose(null));
  canvas.on("plotly_click", ({ points }) => choose(points.map(({ customdata }) => customdata)));
  startFocus();
  showLegend();
  if (!webgl) tellFallback();
}

const mapCanvas = () => document.querySelector("[data-figure=map]");

const redrawMap = () => repaint(mapCanvas());

function showGroups(keys, visible) {
  for (const key of keys) {
    if (visible) mapState.hidden.delete(key);
    else mapState.hidden.add(key);
  }
  const traces = mapCanvas().data.flatMap(({ meta }, place) => (keys.includes(meta.key) ? [place] : []));
  window.Plotly.restyle(mapCanvas(), { visible }, traces);
  for (const button of document.querySelectorAll(".legend [data-group]")) {
    button.setAttribute("aria-pressed", String(!mapState.hidden.has(Number(button.dataset.group))));
  }
}

// Lets some products stand out and lists them; null for all again.
function choose(rows, words = "chosen on the map") {
  const box = document.getElementById("chosen");
  mapState.chosen = rows?.length ? new Set(rows) : null;
  if (drawn.has("map")) redrawMap();
  box.hidden = !mapState.chosen;
  if (!mapState.chosen) return;
  box.querySelector(".count").textContent = `${productCount(mapState.chosen.size)} ${words}`;
  listProducts(box.querySelector(".listing"), [...mapState.chosen]);
}

function startFocus() {
  const select = document.getElementById("focus");
  const names = new Map();
  for (const [path, , slot, child] of products().tree) if (child >= 0) names.set(slot, path[0]);
  for (const slot of [...names.keys()].sort((one, other) => one - other)) {
    select.append(element("option", names.get(slot), { value: slot }));
  }
  select.addEventListener("change", () => {
    mapState.focus = Number(select.value);
    mapState.hidden.clear();
    redrawMap();
    showLegend();
  });
  select.closest(".focus").hidden = !names.size;
  document.querySelector("#chosen .clear").addEventListener("click", () => {
    choose(null);
    select.focus();
  });
}

function markerOf(key) {
  const [, path] = symbolOf(key, figures.map.symbols);
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
  for (const [name, value] of [["class", "marker"], ["viewBox", "-7 -7 14 14"], ["aria-hidden", "true"]]) svg.setAttribute(name, value);
  shape.setAttribute("d", path);
  shape.setAttribute("fill", `var(${key < 0 ? "--hue-none" : `--hue-${key % hueCount}`})`);
  svg.append(shape);
  return svg;
}

function legendButton({ key, name, total }) {
  const button = element("button", "", { type: "button", "aria-pressed": String(!mapState.hidden.has(key)), "data-group": key });
  button.append(markerOf(key), element("bdi", name), " ", element("span", total.toLocaleString("en"), { class: "amount" }));
  button.addEventListener("click", () => showGroups([key], mapState.hidden.has(key)));
  return button;
}

function showLegend() {
  const legend = document.querySelector(".legend");
  const groups = mapGroups().filter(({ key }) => key !== -2);
  const all = (words, visible) => {
    const button = element("button", words, { type: "button", class: "plain" });
    button.addEventListener("click", () => showGroups(groups.map(({ key }) => key), visible));
    return button;
  };
  legend.replaceChildren(...groups.map(legendButton), all("Show all", true), all("Hide all", false));
  legend.hidden = false;
}

function tellFallback() {
  if (products().x.filter((value) => value !== null).length <= DRAWN_WITHOUT_WEBGL) return;
  const note = document.querySelector("[data-note=fallback]");
  note.textContent = `Your browser has no WebGL, so only ${DRAWN_WITHOUT_WEBGL.toLocaleString("en")} of them are drawn.`;
  note.hidden = false;
}
