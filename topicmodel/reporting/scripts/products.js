// The products of the page: read when they are first wanted.

const LISTED_AT_ONCE = 20;

const products = (() => {
  let found = null;
  return () => {
    found ??= JSON.parse(document.getElementById("products").textContent);
    return found;
  };
})();

function placeOf(row) {
  const { places, tree } = products();
  const [names, anchor] = tree[places[row]];
  return { anchor, path: names.join(" / ") };
}

function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

const counted = (count, one, many) => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

const productCount = (count) => counted(count, "product", "products");

function linkTo(anchor, text) {
  const link = element("a", "", { href: `#${encodeURIComponent(anchor)}` });
  link.append(element("bdi", text));
  return link;
}

function productItem(row) {
  const { titles, ids } = products();
  const { path, anchor } = placeOf(row);
  const item = document.createElement("li");
  if (ids[row]) item.dataset.product = ids[row];
  item.append(element("bdi", titles[row] || "(no title)"), " ", element("code", ids[row]), " ", linkTo(anchor, path));
  return item;
}

// Fills a list with products, some at once and the others when they are asked for.
function listProducts(box, rows) {
  const list = document.createElement("ul");
  const more = element("button", "", { type: "button", class: "plain" });
  const show = () => {
    const first = list.children.length;
    list.append(...rows.slice(first, first + LISTED_AT_ONCE).map(productItem));
    const left = rows.length - list.children.length;
    more.hidden = left === 0;
    more.textContent = `Show more of the other ${left.toLocaleString("en")}`;
    return list.children[first];
  };
  more.addEventListener("click", () => {
    const first = show();
    first.tabIndex = -1;
    first.focus();
  });
  list.className = "products-found";
  show();
  box.replaceChildren(list, more);
}
