// Search.

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
