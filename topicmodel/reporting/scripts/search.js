// Search over categories and products, as one types.

const CATEGORIES_FOUND = 8;

// Accents and case don't matter to people who search.
const plain = (text) => (/^[\0-\x7f]*$/.test(text) ? text : text.normalize("NFD").replace(/\p{M}/gu, "")).toLowerCase();

const textOf = (nodes) => plain([...nodes].map((node) => node.textContent).join(" "));

const holds = (text, words) => words.every((word) => text.includes(word));

function readCategories() {
  return [...document.querySelectorAll("[data-panel], [data-child]")].map((box) => {
    const parts = box.matches("[data-child]") ? [box] : [...box.children].filter((part) => !part.matches(".children"));
    return {
      anchor: box.id,
      heading: box.querySelector("h3 bdi, .name") ?? box.querySelector("h3"),
      within: box.parentElement.closest("[data-panel]")?.querySelector("h3 bdi"),
      amount: box.querySelector(".amount, .size strong")?.textContent ?? "",
      words: textOf(parts.flatMap((part) => [...part.querySelectorAll(".term, .cloud text")])),
    };
  });
}

// Those with the words in their name first.
function findCategories(categories, words) {
  // Names are read anew each time: a review may have changed them.
  const name = ({ heading }) => plain(heading.textContent);
  const named = categories.filter((category) => holds(name(category), words));
  const others = categories.filter((category) => !named.includes(category) && holds(`${name(category)} ${category.words}`, words));
  return [...named, ...others];
}

function categoryItem({ anchor, heading, within, amount }) {
  const item = document.createElement("li");
  item.append(linkTo(anchor, heading.textContent.trim()));
  if (within) item.append(" ", element("span", `in ${within.textContent}`, { class: "within" }));
  item.append(" ", element("span", amount, { class: "amount" }));
  return item;
}

function startSearch() {
  const box = document.querySelector(".search");
  if (!box) return;
  const [query, found, results] = ["#query", "#found", ".results"].map((name) => box.querySelector(name));
  const [categoryList, productBox, onMap] = [".categories-found", ".listing", ".on-map"].map((name) => box.querySelector(name));
  let categories = null;
  let titles = null;
  let rows = [];
  const search = () => {
    categories ??= readCategories();
    titles ??= products().titles.map((title, row) => plain(`${title} ${products().ids[row]}`));
    const words = plain(query.value).split(/\s+/).filter(Boolean);
    results.hidden = !words.length;
    found.textContent = "";
    if (!words.length) return;
    const matching = findCategories(categories, words);
    rows = titles.flatMap((title, row) => (holds(title, words) ? [row] : []));
    found.textContent = `${counted(matching.length, "category", "categories")} and ${productCount(rows.length)} match.`;
    categoryList.replaceChildren(...matching.slice(0, CATEGORIES_FOUND).map(categoryItem));
    listProducts(productBox, rows);
    onMap.hidden = !("map" in figures) || !rows.length;
  };
  query.addEventListener("input", search);
  onMap.addEventListener("click", () => {
    choose(rows, `found by “${query.value.trim()}”`);
    const heading = document.getElementById("map-heading");
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    heading.scrollIntoView();
  });
  box.hidden = false;
}
