// Colours, as the style sheet has them.

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// Like a media query, but true of the page as it looks: its theme may have been chosen for it.
const readersScheme = matchMedia("(prefers-color-scheme: dark)");
const dark = {
  get matches() { return colour("--scheme") === "dark"; },
  addEventListener: (type, listener) => readersScheme.addEventListener(type, listener),
};

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
