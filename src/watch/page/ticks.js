// Round numbers along the axes of the graph.

const SVG = 'http://www.w3.org/2000/svg';

function draw(name, attributes) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

function label(text, attributes) {
  const node = draw('text', attributes);
  node.textContent = text;
  return node;
}

const AGE_STEPS = [1, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400, 172_800, 432_000, 864_000, 8_640_000];
const TIME_STEPS = [300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400];
const PIXELS_A_TIME = 64;

/** The multiples of `step` from 0 to `most`. */
const multiples = (step, most) => Array.from({ length: Math.floor(most / step) + 1 }, (_, index) => index * step);

const ageTicks = (most) => multiples(AGE_STEPS.find((step) => most / step <= 4) ?? most, most);

/** One, two or five times a power of ten. */
function rateTicks(most) {
  const power = 10 ** Math.floor(Math.log10(most / 3));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => most / candidate <= 4);
  return multiples(step, most);
}

/** At full hours, or parts of them, of the reader's clock. */
function timeTicks({ from, to }, width) {
  const room = Math.max(1, Math.floor((width - 80) / PIXELS_A_TIME));
  const step = TIME_STEPS.find((candidate) => (to - from) / candidate <= room) ?? TIME_STEPS.at(-1);
  const zone = new Date(from * 1_000).getTimezoneOffset() * 60;
  const first = Math.ceil((from - zone) / step) * step + zone;
  return multiples(step, to - first).map((after) => first + after);
}
