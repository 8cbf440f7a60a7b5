// The page is complete without its script, save for the drawn figures, the search and the review.
// Whatever comes from the shop reaches the page as textContent or through plotly, never as HTML.

function openTarget(hash) {
  let target = null;
  try {
    target = document.getElementById(decodeURIComponent(hash.slice(1)));
  } catch {
    return;
  }
  if (target?.matches("details")) target.open = true;
  target?.scrollIntoView();
}

// Plotly's text comes last in the page, so figures wait until all of it has been read.
addEventListener("DOMContentLoaded", watchFigures);
startSearch();
startReview();
addEventListener("hashchange", () => openTarget(location.hash));
// A link that is followed again leads to where the page is already, which is no change.
document.addEventListener("click", ({ target }) => {
  const link = target.closest("a[href^='#']");
  if (link && link.hash === location.hash) openTarget(link.hash);
});
if (location.hash) openTarget(location.hash);
