// The edits of a review: what each does to the categories, why one is impossible, and its words.
// The rules are those of the program that applies them, so that it refuses nothing that is made here.

const LONGEST_NAME = 80;
const NEVER_IN_NAMES = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;
const EDIT_NEEDS = {
  rename: ["topic", "name"],
  merge: ["topic", "others"],
  move: ["topic", "parent"],
  split: ["topic"],
  pin: ["topic", "products"],
  hide: ["topic"],
};

const review = {
  tree: null, // the run and its categories before the edits
  entries: [], // { edit, title }: a line of the file, and of a product its title
  downloaded: false, // whether a file has all of them
};

// Why an edit cannot be made, in words for the person who wants it.
class Obstacle extends Error {}

const tidied = (text) => text.trim().split(/\s+/).join(" ");

// As Python's casefold has it: small letters alone would tell ß from ss.
const foldedName = (text) => tidied(text.normalize("NFKC").toLowerCase().toUpperCase().toLowerCase());

const quotedName = (name) => `“${name}”`;

function newBoard() {
  return {
    categories: new Map(review.tree.topics.map((topic) => [topic.id, { ...topic }])),
    gone: new Map(), // category -> why
    pins: new Map(), // product -> category
    splits: new Set(review.tree.waiting),
  };
}

function findCategory(board, id) {
  if (!id) throw new Obstacle("Choose a category.");
  if (board.gone.has(id)) throw new Obstacle(board.gone.get(id));
  const category = board.categories.get(id);
  if (!category) throw new Obstacle("That category is not in this report.");
  return category;
}

const childrenOf = (board, parent) => [...board.categories.values()].filter((category) => category.parent === parent);

const namesakeOf = (board, name, parent, but) =>
  childrenOf(board, parent).find(({ id, name: other }) => id !== but && foldedName(other) === foldedName(name));

function takeOut(board, category, why, number) {
  board.categories.delete(category.id);
  board.gone.set(category.id, `${quotedName(category.name)} ${why} by edit ${number}. Remove that edit first.`);
}

function checkName(name) {
  if (!name) throw new Obstacle("Give a name.");
  const length = [...name].length;
  if (length > LONGEST_NAME) throw new Obstacle(`This has ${length} characters. Give a name of up to ${LONGEST_NAME}.`);
  if (NEVER_IN_NAMES.test(name)) throw new Obstacle("This holds a control character, which no name may have. Leave it out.");
}

// What is below a category that is merged comes along, under another name where there is a namesake.
function adoptChildren(board, target, other) {
  for (const child of childrenOf(board, other.id)) {
    const given = child.name;
    for (let number = 1; namesakeOf(board, child.name, target.id, child.id); number += 1) {
      child.name = `${given} (${other.name}${number > 1 ? ` ${number}` : ""})`;
    }
    child.parent = target.id;
  }
}

const CARRY_OUT = {
  rename(board, { topic, name }) {
    const category = findCategory(board, topic);
    checkName(name);
    if (name === category.name) throw new Obstacle("This is its name already. Give another one.");
    const other = namesakeOf(board, name, category.parent, topic);
    if (other) throw new Obstacle(`${quotedName(other.name)} beside it has that name. Choose another one, or merge the two.`);
    category.name = name;
  },
  merge(board, { topic, others }, number) {
    const target = findCategory(board, topic);
    if (!others.length) throw new Obstacle("Choose at least one category.");
    if (others.includes(topic)) throw new Obstacle("A category cannot be merged with itself. Choose others.");
    const found = others.map((other) => findCategory(board, other));
    if (found.some(({ level }) => level !== target.level)) throw new Obstacle("Choose categories of the same level.");
    for (const other of found) {
      if (target.level === 1) adoptChildren(board, target, other);
      takeOut(board, other, `was merged into ${quotedName(target.name)}`, number);
    }
  },
  move(board, { topic, parent }) {
    const [child, target] = [findCategory(board, topic), findCategory(board, parent)];
    if (child.level === 1) throw new Obstacle("A main category cannot be moved. Merge it instead.");
    if (target.level !== 1) throw new Obstacle("Choose a main category.");
    if (child.parent === parent) throw new Obstacle("It is there already. Choose another one.");
    const other = namesakeOf(board, child.name, parent, topic);
    if (other) throw new Obstacle(`${quotedName(target.name)} has one of that name already. Rename one of the two first, or merge them.`);
    child.parent = parent;
  },
  hide(board, { topic }, number) {
    const category = findCategory(board, topic);
    for (const child of childrenOf(board, topic)) takeOut(board, child, `is hidden with ${quotedName(category.name)}`, number);
    takeOut(board, category, "is hidden", number);
  },
  split(board, { topic }) {
    findCategory(board, topic);
    if (board.splits.has(topic)) throw new Obstacle("The next refit is asked to divide it already.");
    board.splits.add(topic);
  },
  pin(board, { topic, products: pinned }) {
    findCategory(board, topic);
    if (pinned.every((product) => board.pins.get(product) === topic)) throw new Obstacle("It is there already. Choose another category.");
    for (const product of pinned) board.pins.set(product, topic);
  },
};

// Parts of a sentence: texts, and names as { name }, which are marked off wherever they are shown.
function told(strings, ...lists) {
  const between = (place, count) => (place === 0 ? "" : place === count - 1 ? " and " : ", ");
  const listed = (names) => names.flatMap((name, place) => [between(place, names.length), { name }]);
  return strings.flatMap((text, place) => [text, ...listed(lists[place] ?? [])]);
}

const spoken = (parts) => parts.map((part) => (part.name === undefined ? part : quotedName(part.name))).join("");

function wordsOf(board, { edit, title }) {
  const named = (id) => board.categories.get(id)?.name ?? review.tree.topics.find((topic) => topic.id === id)?.name ?? id;
  const topic = [named(edit.topic)];
  switch (edit.action) {
    case "rename": return told`Rename ${topic} to ${[edit.name]}`;
    case "merge": return told`Merge ${edit.others.map(named)} into ${topic}`;
    case "move": return told`Move ${topic} to ${[named(edit.parent)]}`;
    case "hide": return told`Hide ${topic}`;
    case "split": return told`Split ${topic} in the next refit`;
    default: return told`Put the product ${[title || edit.products.join(", ")]} in ${topic}`;
  }
}

// The categories after all edits, and of each edit its words, and why it is impossible where it is.
function replayReview(entries) {
  const board = newBoard();
  const steps = entries.map((entry, place) => {
    const words = wordsOf(board, entry);
    try {
      CARRY_OUT[entry.edit.action](board, entry.edit, place + 1);
    } catch (error) {
      if (!(error instanceof Obstacle)) throw error;
      return { ...entry, words, problem: error.message };
    }
    return { ...entry, words, problem: "" };
  });
  return { board, steps };
}

// Never the same second twice: the program takes edits that are the same in all for one.
function nextTime() {
  const last = Date.parse(review.entries.at(-1)?.edit.time) || 0;
  const now = new Date(Math.max(Date.now(), last + 1000));
  return `${now.toISOString().slice(0, 19)}+00:00`;
}

function fileOf(steps) {
  return steps.filter(({ problem }) => !problem).map(({ edit }) => `${JSON.stringify(edit)}\n`).join("");
}

const isFilled = (value) => typeof value === "string" && value !== "";

const isFilledList = (value) => Array.isArray(value) && value.length > 0 && value.every(isFilled);

const isOurTime = (value) => isFilled(value) && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$/.test(value);

// What the browser kept may be of another program, or damaged: the entry with what it needs, or null.
function readEntry({ edit, title }) {
  if (!Object.hasOwn(EDIT_NEEDS, edit.action) || !isOurTime(edit.time)) return null;
  const needed = EDIT_NEEDS[edit.action];
  const fits = (key) => (key === "others" || key === "products" ? isFilledList : isFilled)(edit[key]);
  if (!needed.every(fits)) return null;
  const kept = ["action", ...needed, "time"].map((key) => [key, edit[key]]);
  return { edit: Object.fromEntries(kept), title: isFilled(title) ? title : "" };
}

const storageKey = () => `topicmodel review: ${review.tree.run.created} ${review.tree.run.title}`;

// Whether the browser keeps the edits for the next visit; files may be denied that.
function keepEntries() {
  const { entries, downloaded } = review;
  try {
    if (entries.length) localStorage.setItem(storageKey(), JSON.stringify({ entries, downloaded }));
    else localStorage.removeItem(storageKey());
    return true;
  } catch {
    return false;
  }
}

// Takes up what was kept, save for what the run has in its own log by now.
function takeUpEntries() {
  const logged = new Set(review.tree.log.map((line) => JSON.stringify(line)));
  try {
    const kept = JSON.parse(localStorage.getItem(storageKey())) ?? { entries: [], downloaded: false };
    const applied = ({ edit: { time, action, topic } }) => logged.has(JSON.stringify([time, action, topic]));
    review.entries = kept.entries.map(readEntry).filter((entry) => entry && !applied(entry));
    review.downloaded = kept.downloaded === true;
  } catch {
    review.entries = [];
  }
}
