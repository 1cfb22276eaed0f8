// What a reader with bad eyes or a small screen would complain of: texts over each other or cut, weak contrast, a page that is too wide.
(() => {
  const complaints = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) complaints.push(`the page is ${root.scrollWidth} px wide in ${root.clientWidth} px`);

  const isShown = (node) => node.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true });
  const isUnseen = (node) => node.closest('.unseen') !== null;
  const clip = (rect, node) => {
    let { left, top, right, bottom } = rect;
    for (let parent = node; parent !== null && parent !== root; parent = parent.parentElement) {
      if (getComputedStyle(parent).overflow === 'visible') continue;
      const box = parent.getBoundingClientRect();
      [left, top, right, bottom] = [
        Math.max(left, box.left),
        Math.max(top, box.top),
        Math.min(right, box.right),
        Math.min(bottom, box.bottom),
      ];
    }
    return { left, top, right, bottom };
  };
  const isSticky = (node) => {
    for (let parent = node; parent !== null; parent = parent.parentElement) if (getComputedStyle(parent).position === 'sticky') return true;
    return false;
  };

  const texts = [];
  // Where a question is open, only that is looked at: what is behind it is covered.
  const walker = document.createTreeWalker(document.querySelector('dialog[open]') ?? document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode;
    const parent = text.parentElement;
    if (text.data.trim() === '' || ['SCRIPT', 'STYLE', 'OPTION'].includes(parent.tagName) || !isShown(parent) || isUnseen(parent)) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const rect of range.getClientRects()) {
      const box = clip(rect, parent);
      if (box.right - box.left > 1 && box.bottom - box.top > 1)
        texts.push({ text: text.data.trim().slice(0, 40), parent, box, sticky: isSticky(parent) });
    }
  }

  // Sorted by their upper edge, a text can only touch those that begin before it ends.
  texts.sort((a, b) => a.box.top - b.box.top);
  for (const [index, a] of texts.entries()) {
    for (let other = index + 1; other < texts.length && texts[other].box.top < a.box.bottom; other += 1) {
      const b = texts[other];
      if (a.sticky !== b.sticky) continue;
      const wide = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
      const high = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
      if (wide > 1 && high > 3) complaints.push(`"${a.text}" and "${b.text}" overlap by ${wide.toFixed(0)} x ${high.toFixed(0)} px`);
    }
  }

  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const known = new Map();
  const colourOf = (colour) => known.get(colour) ?? known.set(colour, rgba(colour)).get(colour);
  const ground = (node) => {
    for (let parent = node; parent !== null; parent = parent.parentElement) {
      const colour = colourOf(getComputedStyle(parent).backgroundColor);
      if (colour[3] === 255) return colour;
      if (colour[3] !== 0) complaints.push(`a ground that shines through: ${parent.className}`);
    }
    return [255, 255, 255, 255];
  };
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const contrast = (a, b) => {
    const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (light + 0.05) / (dark + 0.05);
  };
  for (const { text, parent } of texts) {
    const style = getComputedStyle(parent);
    const ink = colourOf(parent instanceof SVGElement ? style.fill : style.color);
    const found = contrast(ink, ground(parent));
    if (found < 4.5) complaints.push(`"${text}" has a contrast of ${found.toFixed(2)}`);
  }

  for (const node of document.querySelectorAll('button, input, select, [tabindex="0"], a[href]')) {
    if (isShown(node) && !isUnseen(node) && (node.closest('label') ?? node).getBoundingClientRect().height < 16)
      complaints.push(`too low to hit: ${node.outerHTML.slice(0, 80)}`);
  }
  if (texts.length < 5) complaints.push(`only ${texts.length} texts: nothing to audit`);
  return [...new Set(complaints)].slice(0, 20);
})();
