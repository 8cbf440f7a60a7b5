// The review: edits are made in the page, gather in its side panel, and leave it as a file.

function announce(text) {
  const status = document.getElementById("review-said");
  // Emptied first, since a reader is told nothing of a text that stays the same.
  status.textContent = "";
  setTimeout(() => { status.textContent = text; }, 50);
}

const reviewPart = (selector) => document.querySelector(`#review ${selector}`);

const titleOf = (item) => item.querySelector("bdi")?.textContent ?? item.dataset.product;

// Makes an edit part of the review; "" or why that is not possible.
function recordEdit(edit, title) {
  const entry = { edit: { ...edit, time: nextTime() }, title };
  const { words, problem } = replayReview([...review.entries, entry]).steps.at(-1);
  if (problem) return problem;
  changeEntries([...review.entries, entry]);
  announce(`Edit ${review.entries.length} added: ${spoken(words)}.`);
  return "";
}

function changeEntries(entries) {
  review.entries = entries;
  review.downloaded = false;
  showNote(keepEntries() ? "" : "This browser keeps nothing for this page: download your edits before you close it.");
  paintReview();
}

function removeEdit(place) {
  changeEntries(review.entries.filter((_, other) => other !== place));
  announce(`Edit ${place + 1} removed.`);
  const buttons = reviewPart("ol").querySelectorAll("button");
  (buttons[Math.min(place, buttons.length - 1)] ?? reviewPart("summary")).focus();
}

function discardEdits() {
  changeEntries([]);
  announce("All your edits are discarded.");
  reviewPart("summary").focus();
}

function showNote(text) {
  const note = reviewPart("[data-note]");
  note.textContent = text;
  note.hidden = !text;
}

function downloadEdits() {
  const file = URL.createObjectURL(new Blob([fileOf(replayReview(review.entries).steps)], { type: "application/x-ndjson" }));
  const link = element("a", "", { href: file, download: "edits.jsonl" });
  document.body.append(link);
  link.click();
  link.remove();
  // The browser may read the file only after the click has been dealt with.
  setTimeout(() => URL.revokeObjectURL(file), 60000);
  review.downloaded = true;
  keepEntries();
  announce("Your edits are downloaded as edits.jsonl.");
}

const wordNodes = (words) => words.map((part) => (part.name === undefined ? part : element("bdi", quotedName(part.name))));

function editItem({ words, problem }, place) {
  const item = document.createElement("li");
  const text = document.createElement("p");
  text.append(...wordNodes(words));
  const button = element("button", "Remove", { type: "button", class: "review-button", "aria-label": `Remove edit ${place + 1}: ${spoken(words)}` });
  button.addEventListener("click", () => removeEdit(place));
  item.append(text, button);
  if (problem) item.append(element("p", `Not possible any more, and not in the file: ${problem}`, { class: "problem" }));
  return item;
}

function paintReview() {
  const { board, steps } = replayReview(review.entries);
  const count = steps.length;
  reviewPart("ol").replaceChildren(...steps.map(editItem));
  reviewPart("[data-count]").textContent = count ? counted(count, "edit", "edits") : "";
  reviewPart("[data-none]").hidden = count > 0;
  reviewPart(".review-made").hidden = count === 0;
  reviewPart("[data-do=download]").disabled = steps.every(({ problem }) => problem);
  document.getElementById("review-toggle").textContent = count ? `Review (${count.toLocaleString("en")})` : "Review";
  paintNames(board);
  for (const item of document.querySelectorAll("[data-movable]")) paintMove(board, item);
}

// Category -> the elements that hold its name: the heading of its panel, and its link in the outline.
const nameElements = (() => {
  let found = null;
  return () => {
    if (found) return found;
    const links = new Map([...document.querySelectorAll(".outline a")].map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
    const weak = new Map([...document.querySelectorAll("[data-weak]")].map((item) => [item.dataset.topic, item.querySelector("a bdi")]));
    const boxes = [...document.querySelectorAll("[data-panel][data-topic], [data-child][data-topic]")];
    found = new Map(boxes.map((box) => {
      const holders = [box.querySelector("h3 bdi, summary bdi"), links.get(box.id)?.querySelector("bdi"), weak.get(box.dataset.topic)];
      return [box.dataset.topic, holders.filter(Boolean)];
    }));
    return found;
  };
})();

function paintNames(board) {
  const now = ({ id, name }) => board.categories.get(id)?.name ?? name;
  for (const topic of review.tree.topics) {
    for (const holder of nameElements().get(topic.id) ?? []) {
      if (holder.textContent !== now(topic)) holder.textContent = now(topic);
      holder.classList.toggle("renamed", now(topic) !== topic.name);
    }
  }
}

function paintMove(board, item) {
  item.querySelector(".edited")?.remove();
  const target = board.categories.get(board.pins.get(item.dataset.product));
  if (!target) return;
  const mark = element("span", "moved to ", { class: "edited" });
  mark.append(element("bdi", target.name));
  (item.querySelector(".what") ?? item).append(" ", mark);
}

// Lets a listed product be moved; for lists that are made later, too.
function offerMove(item) {
  if (item.dataset.movable !== undefined) return;
  item.dataset.movable = "";
  const button = element("button", "Move", { type: "button", class: "review-button review-move", "aria-label": `Move ${titleOf(item)}` });
  button.addEventListener("click", () => openProductDialog(item));
  item.append(" ", button);
}

function offerEdit(id, box) {
  const [holder] = nameElements().get(id);
  const button = element("button", "Edit", { type: "button", id: `edit-${box.id}`, class: "review-button review-edit" });
  holder.id = `name-${box.id}`;
  button.setAttribute("aria-labelledby", `${button.id} ${holder.id}`);
  button.addEventListener("click", () => openCategoryDialog(id));
  // A button within a summary would be two controls in one; beside it each has its own.
  if (box.matches("details")) box.before(button);
  else box.querySelector("h3").after(button);
}

// One click on another name for a category takes it, also where the review is not open yet.
function offerNames() {
  const known = new Set(review.tree.topics.map(({ id }) => id));
  for (const item of document.querySelectorAll("[data-weak]")) {
    if (!known.has(item.dataset.topic)) continue;
    const problem = element("p", "", { class: "problem", role: "alert" });
    for (const other of item.querySelectorAll("[data-other]")) {
      const name = other.textContent.trim();
      const button = element("button", "", { type: "button", class: "review-button", "aria-label": `Call it ${name}` });
      button.append(...other.childNodes);
      button.addEventListener("click", () => {
        problem.textContent = recordEdit({ action: "rename", topic: item.dataset.topic, name }, "");
        if (!problem.textContent) switchReview(true);
      });
      other.replaceChildren(button);
    }
    item.append(problem);
  }
  for (const hint of document.querySelectorAll("[data-picks]")) hint.hidden = false;
}

function offerMoves() {
  const items = [...document.querySelectorAll("li[data-product]:not([data-movable])")];
  if (!items.length) return;
  const { board } = replayReview(review.entries);
  for (const item of items) {
    offerMove(item);
    paintMove(board, item);
  }
}

// Buttons are made when they are first wanted: there may be thousands, for a page that is mostly read.
function offerAll() {
  const known = new Set(review.tree.topics.map(({ id }) => id));
  for (const box of document.querySelectorAll("[data-panel][data-topic], [data-child][data-topic]")) {
    if (known.has(box.dataset.topic)) offerEdit(box.dataset.topic, box);
  }
  offerMoves();
  let due = false;
  const soon = () => {
    if (due) return;
    due = true;
    requestAnimationFrame(() => {
      due = false;
      offerMoves();
    });
  };
  new MutationObserver(soon).observe(document.getElementById("main"), { childList: true, subtree: true });
}

function switchReview(on) {
  const toggle = document.getElementById("review-toggle");
  if (on && !document.querySelector(".review-edit, .review-move")) offerAll();
  toggle.setAttribute("aria-pressed", String(on));
  document.body.classList.toggle("reviewing", on);
  document.getElementById("review").hidden = !on;
  // The drawings take their width from the page, which has just changed its own.
  dispatchEvent(new Event("resize"));
}

function placeToggle() {
  const [toggle, item] = [document.getElementById("review-toggle"), document.createElement("li")];
  item.className = "review-item";
  item.append(toggle);
  document.querySelector(".contents ul").append(item);
  toggle.addEventListener("click", () => switchReview(toggle.getAttribute("aria-pressed") !== "true"));
  toggle.hidden = false;
}

function startReview() {
  const data = document.getElementById("review-tree");
  if (!data || !document.getElementById("review")) return;
  review.tree = JSON.parse(data.textContent);
  if (!review.tree.topics.length) return;
  placeToggle();
  startDialogs();
  offerNames();
  reviewPart("[data-do=download]").addEventListener("click", downloadEdits);
  reviewPart("[data-do=discard]").addEventListener("click", () => document.getElementById("review-discard").showModal());
  takeUpEntries();
  if (review.entries.length) paintReview();
  if (review.entries.length && !review.downloaded) {
    switchReview(true);
    showNote(`${counted(review.entries.length, "edit", "edits")} of an earlier visit ${review.entries.length === 1 ? "is" : "are"} still here.`);
  }
  // Another tab with this report may have changed the edits.
  addEventListener("storage", ({ key }) => {
    if (key !== storageKey()) return;
    takeUpEntries();
    paintReview();
  });
  addEventListener("beforeunload", (event) => {
    if (review.entries.length && !review.downloaded) event.preventDefault();
  });
}
