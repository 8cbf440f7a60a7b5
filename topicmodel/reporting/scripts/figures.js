// Figures: drawn by plotly when they come into view.

const figures = JSON.parse(document.getElementById("figures").textContent);
const canvases = [...document.querySelectorAll("[data-figure]")];
const coarse = matchMedia("(pointer: coarse)");
const drawn = new Set();
const paper = matchMedia("print");
const PAUSE = 500; // milliseconds
const SMALLEST_LABEL = .6; // of the usual size

// Plotly is five megabytes: it lies in the page as text and is run when a figure is wanted.
function loadPlotly() {
  if (window.Plotly) return;
  const script = document.createElement("script");
  script.textContent = document.getElementById("plotly-source").textContent;
  document.head.append(script);
}

const painters = {
  flows(trace) {
    const { slots, links, stays } = trace.meta;
    // The names lie upon the bands: any fuller, and the palest hue would drown white letters.
    const [staying, moving] = dark.matches ? [.16, .34] : [.22, .55];
    const faded = (slot, share) => `rgba(${channels(hue(slot)).join()},${share})`;
    return {
      ...trace,
      node: { ...trace.node, color: slots.map(hue), line: { width: 0 } },
      link: { ...trace.link, color: links.map((slot, i) => faded(slot, stays[i] ? staying : moving)) },
      textfont: { color: colour("--ink"), size: innerWidth < 640 ? 11 : 13 },
    };
  },
  treemap(trace) {
    const { slots, depths } = trace.meta;
    const surface = colour("--surface");
    const colours = slots.map((slot, i) => (depths[i] > 1 ? mixed(hue(slot), surface, .8) : hue(slot)));
    colours[0] = surface;
    return {
      ...trace,
      maxdepth: innerWidth < 640 ? 2 : 3,
      marker: { colors: colours, line: { width: 1, color: surface }, pad: { t: 24, l: 3, r: 3, b: 3 } },
      root: { color: surface },
      textfont: { color: colours.map(legibleOn) },
      outsidetextfont: { color: colour("--ink") },
      pathbar: { textfont: { size: 13 } },
    };
  },
  curve(trace) {
    return { ...trace, line: { color: hue(trace.meta.slot), width: 2 }, marker: { size: 7 } };
  },
};

function axes(layout) {
  const line = colour("--line");
  const styled = (name) => [name, { ...layout[name], gridcolor: line, zerolinecolor: line, linecolor: line }];
  return Object.fromEntries(["xaxis", "yaxis"].filter((name) => name in layout).map(styled));
}

function shapes(layout) {
  const coloured = (shape) => ({ ...shape, line: { ...shape.line, color: colour("--soft") } });
  return layout.shapes ? { shapes: layout.shapes.map(coloured) } : {};
}

function painted(name) {
  const { data, layout } = figures[name];
  const font = { family: getComputedStyle(document.body).fontFamily, color: colour("--ink"), size: 13 };
  return {
    data: name === "map" ? mapTraces() : data.map(painters[name]),
    layout: {
      ...layout,
      ...axes(layout),
      ...shapes(layout),
      font,
      autosize: true,
      dragmode: coarse.matches ? false : "zoom",
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      hoverlabel: {
        align: "left",
        bgcolor: colour("--surface"),
        bordercolor: colour("--soft"),
        font: { family: font.family, color: font.color },
      },
    },
  };
}

function draw(canvas) {
  const name = canvas.dataset.figure;
  if (drawn.has(name) || !(name in figures)) return;
  loadPlotly();
  drawn.add(name);
  canvas.replaceChildren();
  canvas.style.background = colour("--surface");
  const { data, layout } = painted(name);
  const config = {
    responsive: true,
    displaylogo: false,
    showTips: false,
    modeBarButtonsToRemove: ["toImage", "autoScale2d"],
    displayModeBar: name === "map" ? undefined : false,
  };
  window.Plotly.newPlot(canvas, data, layout, config);
  if (name === "map") startMap(canvas);
  if (name === "treemap") canvas.on("plotly_afterplot", () => hideTinyLabels(canvas));
}

// Plotly makes labels as small as their areas; below that nobody can read them.
function hideTinyLabels(canvas) {
  for (const label of canvas.querySelectorAll(".slicetext")) {
    const scale = Number(/scale\(([\d.]+)/.exec(label.getAttribute("transform"))?.[1] ?? 1);
    label.style.visibility = scale < SMALLEST_LABEL ? "hidden" : "";
  }
}

function repaint(canvas) {
  const { data, layout } = painted(canvas.dataset.figure);
  canvas.style.background = colour("--surface");
  // A box or a range that the reader has drawn stays.
  const { xaxis, yaxis, selections } = canvas.layout;
  if (xaxis?.autorange === false) layout.xaxis = { ...layout.xaxis, range: xaxis.range, autorange: false };
  if (yaxis?.autorange === false) layout.yaxis = { ...layout.yaxis, range: yaxis.range, autorange: false };
  layout.dragmode = canvas.layout.dragmode;
  if (paper.matches) Object.assign(layout, { autosize: false, width: canvas.clientWidth, height: canvas.clientHeight });
  layout.selections = canvas.dataset.figure !== "map" || mapState.chosen ? selections : [];
  window.Plotly.react(canvas, data, layout);
}

// Plotly holds the page up for a second when it starts, so it waits until the reader pauses.
let lastMove = 0;

function drawAtLeisure(canvas) {
  const left = lastMove + PAUSE - performance.now();
  if (left > 0) setTimeout(() => drawAtLeisure(canvas), left);
  else draw(canvas);
}

function watchFigures() {
  const moved = () => { lastMove = performance.now(); };
  moved();
  for (const move of ["keydown", "input", "pointerdown", "wheel", "touchmove"]) addEventListener(move, moved, { capture: true, passive: true });
  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      observer.unobserve(target);
      drawAtLeisure(target);
    }
  }, { rootMargin: "200px" });
  for (const canvas of canvases) observer.observe(canvas);
  const repaintAll = () => canvases.filter(({ dataset }) => drawn.has(dataset.figure)).forEach(repaint);
  addEventListener("beforeprint", () => canvases.forEach(draw));
  dark.addEventListener("change", repaintAll);
  // Paper is light, and has a width of its own.
  paper.addEventListener("change", repaintAll);
}
