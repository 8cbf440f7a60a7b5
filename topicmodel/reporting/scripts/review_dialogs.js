// The dialogs of a review. Each asks what is wanted, and closes once that has become an edit.

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

// Isolates keep a name from turning its neighbours where no element can stand. Other names go
// without: a list finds what one types by the first letter, and an isolate would be that.
const isolated = (name) => (RIGHT_TO_LEFT.test(name) ? `\u2068${name}\u2069` : name);

const fullName = (board, { name, parent }) => (parent ? `${isolated(board.categories.get(parent).name)} > ${isolated(name)}` : name);

function showProblem(box, problem) {
  const field = box.querySelector("[data-field]");
  box.querySelector(".problem").textContent = problem;
  if (!problem) {
    field.removeAttribute("aria-invalid");
    return;
  }
  field.setAttribute("aria-invalid", "true");
  field.focus();
}

function startDialog(dialog, submit) {
  dialog.querySelector("[data-do=close]").addEventListener("click", () => dialog.close());
  dialog.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
}

const fitsFilter = (text, filter) => foldedName(text.replace(/[\u2068\u2069]/g, "")).includes(foldedName(filter));

function optionOf(value, text) {
  return element("option", text, { value });
}

// Main categories as groups, each with itself and what is below it, as far as the filter lets them.
function placeGroups(board, filter) {
  return childrenOf(board, null).flatMap((parent) => {
    const places = [parent, ...childrenOf(board, parent.id)].filter((place) => fitsFilter(fullName(board, place), filter));
    if (!places.length) return [];
    const group = element("optgroup", "", { label: parent.name });
    group.append(...places.map((place) => optionOf(place.id, fullName(board, place))));
    return [group];
  });
}

function fillPlaces(board, filter) {
  const select = document.getElementById("review-place");
  const chosen = select.value;
  select.replaceChildren(...placeGroups(board, filter));
  const options = [...select.options];
  select.selectedIndex = options.length === 1 ? 0 : options.findIndex(({ value }) => value === chosen);
}

// Where a listed product is by now: where the review has put it, or the panel that lists it.
const homeOf = (board, item) =>
  board.pins.get(item.dataset.product) ?? item.closest("[data-child], [data-panel]")?.dataset.topic;

function openProductDialog(item) {
  const dialog = document.getElementById("review-product");
  const { board } = replayReview(review.entries);
  dialog.querySelector("[data-name]").textContent = titleOf(item);
  const filter = document.getElementById("review-place-filter");
  filter.value = "";
  filter.oninput = () => fillPlaces(board, filter.value);
  fillPlaces(board, "");
  document.getElementById("review-place").selectedIndex = -1;
  showProblem(dialog, "");
  dialog.submitReview = () => submitProduct(dialog, board, item);
  dialog.showModal();
}

function submitProduct(dialog, board, item) {
  const topic = document.getElementById("review-place").value;
  const home = board.categories.get(homeOf(board, item));
  const there = home && (home.id === topic || home.parent === topic);
  const edit = { action: "pin", topic, products: [item.dataset.product] };
  const problem = there ? "It is there already. Choose another category." : recordEdit(edit, titleOf(item));
  showProblem(dialog, problem);
  if (!problem) dialog.close();
}

function otherItem(board, other) {
  const [item, label, box] = [document.createElement("li"), document.createElement("label"), document.createElement("input")];
  box.type = "checkbox";
  box.value = other.id;
  label.append(box, " ", element("bdi", fullName(board, other)));
  item.append(label);
  return item;
}

function fillOthers(dialog, board, category) {
  const others = [...board.categories.values()].filter(({ id, level }) => level === category.level && id !== category.id);
  const items = others.map((other) => otherItem(board, other));
  dialog.querySelector(".review-others ul").replaceChildren(...items);
  const filter = document.getElementById("review-others-filter");
  filter.value = "";
  // What is chosen stays in sight, or it would be merged unseen.
  filter.oninput = () => items.forEach((item) => { item.hidden = !item.querySelector(":checked") && !fitsFilter(item.textContent, filter.value); });
  return others.length > 0;
}

function fillParents(board, category) {
  const parents = childrenOf(board, null).filter(({ id }) => id !== category.parent);
  const options = parents.map(({ id, name }) => optionOf(id, name));
  document.getElementById("review-parent").replaceChildren(optionOf("", "Choose a main category"), ...options);
  return category.level === 2 && parents.length > 0;
}

function meaningOfHide(board, { id, level, parent }) {
  if (level === 2) return `Its products stay in ${isolated(board.categories.get(parent).name)}, in no subcategory.`;
  const below = childrenOf(board, id).length ? "Its subcategories go with it, and its" : "Its";
  return `${below} products become unsorted: they are in no category.`;
}

const choiceOf = (dialog, action) => dialog.querySelector(`[data-action=${action}]`);

function showDetails(dialog) {
  for (const choice of dialog.querySelectorAll(".choice")) {
    choice.querySelector(".detail").hidden = !choice.querySelector("[name=review-action]").checked;
    showProblem(choice, "");
  }
}

function fillCategoryDialog(dialog, board, category) {
  dialog.querySelector("[data-name]").textContent = category.name;
  document.getElementById("review-name").value = category.name;
  choiceOf(dialog, "merge").hidden = !fillOthers(dialog, board, category);
  choiceOf(dialog, "move").hidden = !fillParents(board, category);
  document.getElementById("review-hide-meaning").textContent = meaningOfHide(board, category);
  choiceOf(dialog, "rename").querySelector("input").checked = true;
  showDetails(dialog);
}

function openCategoryDialog(id) {
  const dialog = document.getElementById("review-category");
  const { board } = replayReview(review.entries);
  const category = board.categories.get(id);
  const gone = dialog.querySelector("[data-gone]");
  gone.hidden = Boolean(category);
  dialog.querySelector(".choices").hidden = !category;
  dialog.querySelector("[type=submit]").hidden = !category;
  if (category) {
    fillCategoryDialog(dialog, board, category);
  } else {
    dialog.querySelector("[data-name]").textContent = review.tree.topics.find((topic) => topic.id === id).name;
    gone.textContent = board.gone.get(id);
  }
  dialog.submitReview = () => submitCategory(dialog, id);
  dialog.showModal();
}

const READ_CHOICE = {
  rename: () => ({ name: tidied(document.getElementById("review-name").value) }),
  merge: (choice) => ({ others: [...choice.querySelectorAll(".review-others :checked")].map(({ value }) => value) }),
  move: () => ({ parent: document.getElementById("review-parent").value }),
  split: () => ({}),
  hide: () => ({}),
};

function submitCategory(dialog, topic) {
  const action = dialog.querySelector("[name=review-action]:checked").value;
  const choice = choiceOf(dialog, action);
  const problem = recordEdit({ action, topic, ...READ_CHOICE[action](choice) }, "");
  showProblem(choice, problem);
  if (!problem) dialog.close();
}

function startDialogs() {
  const category = document.getElementById("review-category");
  const discard = document.getElementById("review-discard");
  for (const dialog of [category, document.getElementById("review-product")]) startDialog(dialog, () => dialog.submitReview());
  category.addEventListener("change", ({ target }) => { if (target.name === "review-action") showDetails(category); });
  startDialog(discard, () => {
    discard.close();
    discardEdits();
  });
}
