// The map of products.

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

function startLegend(canvas) {
  const legend = document.querySelector(".legend");
  const buttons = [...legend.querySelectorAll("[data-trace]")];
  const show = (changed, visible) => {
    for (const button of changed) button.setAttribute("aria-pressed", String(visible));
    window.Plotly.restyle(canvas, { visible }, changed.map((button) => Number(button.dataset.trace)));
  };
  legend.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    if (button.dataset.show) show(buttons, button.dataset.show === "all");
    else show([button], button.getAttribute("aria-pressed") !== "true");
  });
  legend.hidden = false;
  if (!webgl) tellFallback(canvas);
}

function tellFallback(canvas) {
  const points = canvas.data.reduce((sum, trace) => sum + trace.x.length, 0);
  const all = figures.map.data.reduce((sum, trace) => sum + trace.x.length, 0);
  if (points === all) return;
  const note = document.querySelector("[data-note=fallback]");
  note.textContent = `Your browser has no WebGL, so only ${points.toLocaleString("en")} of them are drawn.`;
  note.hidden = false;
}
