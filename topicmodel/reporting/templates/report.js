"use strict";

// The page is complete without this script, save for the drawn figures and the search. Whatever
// comes from the shop reaches the page as textContent or through plotly, never as HTML.
(() => {
  const figures = JSON.parse(document.getElementById("figures").textContent);
  const canvases = [...document.querySelectorAll("[data-figure]")];
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const coarse = matchMedia("(pointer: coarse)");
  const drawn = new Set();

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const hueCount = (() => {
    let count = 0;
    while (colour(`--hue-${count}`)) count += 1;
    return count;
  })();

  const hue = (slot) => colour(slot < 0 ? "--hue-none" : `--hue-${slot % hueCount}`);

  const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

  function mixed(one, other, share) {
    const rest = channels(other);
    return `rgb(${channels(one).map((value, i) => Math.round(share * value + (1 - share) * rest[i])).join()})`;
  }

  // Black or white, whichever has the greater contrast (WCAG 2 relative luminance).
  function legibleOn(background) {
    const values = background.startsWith("#") ? channels(background) : background.match(/\d+/g).map(Number);
    const [r, g, b] = values.map((value) => ((value / 255 + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b > .179 ? "#000000" : "#ffffff";
  }

  function hasWebGL() {
    try {
      const context = document.createElement("canvas").getContext("webgl");
      context?.getExtension("WEBGL_lose_context")?.loseContext();
      return Boolean(context);
    } catch {
      return false;
    }
  }

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
    map(trace) {
      const { slot, fallback, paths } = trace.meta;
      const kept = webgl ? trace.x.length : fallback;
      return {
        ...trace,
        type: webgl ? "scattergl" : "scatter",
        x: trace.x.slice(0, kept),
        y: trace.y.slice(0, kept),
        text: trace.text.slice(0, kept).map((title, i) => {
          const lines = title.split("\n").concat(`<i>${paths[trace.customdata[i]]}</i>`);
          return lines.join("<br>");
        }),
        customdata: undefined,
        marker: { ...trace.marker, color: hue(slot) },
      };
    },
    curve(trace) {
      return { ...trace, line: { color: hue(trace.meta.slot), width: 2 }, marker: { size: 7 } };
    },
  };

  const webgl = "map" in figures && hasWebGL();

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
      data: data.map(painters[name]),
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
      modeBarButtonsToRemove: ["toImage", "select2d", "lasso2d", "autoScale2d"],
      displayModeBar: name === "map" ? undefined : false,
    };
    window.Plotly.newPlot(canvas, data, layout, config);
    if (name === "map") startLegend(canvas);
  }

  function repaint() {
    for (const canvas of canvases) {
      const name = canvas.dataset.figure;
      if (!drawn.has(name)) continue;
      const { data, layout } = painted(name);
      canvas.style.background = colour("--surface");
      data.forEach((trace, i) => { trace.visible = canvas.data[i].visible; });
      window.Plotly.react(canvas, data, layout);
    }
  }

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

  function watchFigures() {
    const observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        // Two frames later the page has been painted without the figure.
        requestAnimationFrame(() => setTimeout(() => draw(target)));
      }
    }, { rootMargin: "200px" });
    for (const canvas of canvases) observer.observe(canvas);
    addEventListener("beforeprint", () => canvases.forEach(draw));
    dark.addEventListener("change", repaint);
  }

  // Accents and case don't matter to people who search.
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

  const textOf = (nodes) => plain([...nodes].map((node) => node.textContent).join(" "));

  function entry(element, name, own) {
    const examples = [...own.filter((part) => part.matches(".examples")).flatMap((part) => [...part.children])];
    return {
      element,
      own: textOf([name, ...own.flatMap((part) => [...part.querySelectorAll(".term, .cloud text")])].filter(Boolean)),
      examples: examples.map((item) => ({ item, text: plain(item.textContent) })),
      opened: false,
    };
  }

  function readPanels() {
    return [...document.querySelectorAll("[data-panel]")].map((panel) => ({
      ...entry(panel, panel.querySelector("h3"), [...panel.children].filter((part) => !part.matches(".children"))),
      children: [...panel.querySelectorAll("[data-child]")].map((child) =>
        entry(child, child.querySelector(".name"), [...child.querySelector(".body").children])),
    }));
  }

  const holds = (text, words) => words.every((word) => text.includes(word));

  // Marks the examples that match, hides the others where any does; tells whether anything fits.
  function filterEntry(item, words) {
    const hits = item.examples.filter(({ text }) => words.length && holds(text, words));
    for (const example of item.examples) {
      const hit = hits.includes(example);
      example.item.classList.toggle("hit", hit);
      example.item.hidden = hits.length > 0 && !hit;
    }
    return { fits: holds(item.own, words), hits: hits.length };
  }

  function openWhile(child, wanted) {
    if (wanted && !child.element.open) {
      child.element.open = true;
      child.opened = true;
    } else if (!wanted && child.opened) {
      child.element.open = false;
      child.opened = false;
    }
  }

  function filterPanel(panel, words) {
    const own = filterEntry(panel, words);
    const found = panel.children.map((child) => ({ child, ...filterEntry(child, words) }));
    const matching = found.filter(({ fits, hits }) => fits || hits);
    for (const { child, fits, hits } of found) {
      child.element.hidden = !(fits || hits || own.fits);
      openWhile(child, words.length > 0 && hits > 0);
    }
    panel.element.hidden = !(own.fits || own.hits || matching.length);
    return {
      categories: Number(own.fits || own.hits > 0) + matching.length,
      products: own.hits + found.reduce((sum, { hits }) => sum + hits, 0),
    };
  }

  const counted = (count, one, many) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

  function startSearch() {
    const box = document.querySelector(".search");
    const query = document.getElementById("query");
    const found = document.getElementById("found");
    const panels = readPanels();
    if (!panels.length) return;
    box.hidden = false;
    query.addEventListener("input", () => {
      const words = plain(query.value).split(/\s+/).filter(Boolean);
      const totals = panels.map((panel) => filterPanel(panel, words));
      const sum = (key) => totals.reduce((total, each) => total + each[key], 0);
      found.textContent = words.length
        ? `${counted(sum("categories"), "category", "categories")} and ${counted(sum("products"), "example product", "example products")} match.`
        : "";
    });
  }

  function clearSearch() {
    const query = document.getElementById("query");
    query.value = "";
    query.dispatchEvent(new Event("input"));
  }

  function openTarget() {
    let target = null;
    try {
      target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    } catch {
      return;
    }
    if (target?.closest("[hidden]")) clearSearch();
    if (target?.matches("details")) target.open = true;
    target?.scrollIntoView();
  }

  // Plotly's text comes last in the page, so figures wait until all of it has been read.
  addEventListener("DOMContentLoaded", watchFigures);
  startSearch();
  addEventListener("hashchange", openTarget);
  if (location.hash) openTarget();
})();
