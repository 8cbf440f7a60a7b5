// Pairs of texts on the page whose boxes lie upon one another by more than the legal pixels.
(legal) => {
  const boxes = [];
  const skipped = "[data-figure], svg, .contents, .skip, .unseen, script, style, [aria-hidden=true]";
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (!node.data.trim() || parent.closest(skipped) || !parent.checkVisibility()) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    // A text that its cell cuts off has a box as long as the whole of it.
    let cell = parent;
    while (cell && getComputedStyle(cell).overflowX !== "hidden") cell = cell.parentElement;
    const edge = cell ? cell.getBoundingClientRect().right : Infinity;
    for (const whole of range.getClientRects()) {
      const box = new DOMRect(whole.x, whole.y, Math.max(0, Math.min(whole.right, edge) - whole.x), whole.height);
      if (box.width > 2 && box.height > 2 && box.right > 0) boxes.push({ box, node, text: node.data.trim().slice(0, 40) });
    }
  }
  boxes.sort((one, other) => one.box.top - other.box.top);
  const found = [];
  boxes.forEach((one, place) => {
    for (let next = place + 1; next < boxes.length && boxes[next].box.top < one.box.bottom; next += 1) {
      const other = boxes[next].box;
      const width = Math.min(one.box.right, other.right) - Math.max(one.box.left, other.left);
      const height = Math.min(one.box.bottom, other.bottom) - Math.max(one.box.top, other.top);
      // A text that ends in an ellipsis has a box with it and one without.
      if (boxes[next].node === one.node) continue;
      // Lines of text are set a little closer than their boxes are high.
      if (width > legal && height > legal + .25 * Math.min(one.box.height, other.height)) found.push([one.text, boxes[next].text]);
    }
  });
  return found;
}
