// The document's elements. Texts are only ever set as texts: names that come from Kafka are not trusted.

function make(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** Writes only what changed, so that a selection by the reader survives the next look. */
function tell(node, text) {
  if (node.told === text) return;
  node.told = text;
  node.textContent = text;
}

/** Sets an attribute, or takes it away: null. */
function mark(node, key, value) {
  if (value === null) node.removeAttribute(key);
  else if (node.getAttribute(key) !== String(value)) node.setAttribute(key, value);
}

/** A number with what it is called when nobody knows it. */
function tellFact(node, text, title = null) {
  tell(node, text ?? NOT_KNOWN);
  mark(node, 'title', text === null || text === undefined ? 'not known' : title);
}

/** How long ago that is, counted on by `tick` until the next look. */
function tellSince(node, since) {
  if (isNumber(since)) node.dataset.since = since;
  else delete node.dataset.since;
  tellFact(node, isNumber(since) ? duration(serverNow() - since) : null);
}

function show(node, visible) {
  if (node.hidden === visible) node.hidden = !visible;
}

/** Brings the children into this order. The one that holds the focus is never moved, for it would lose it. */
function arrange(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  const anchor = nodes.findIndex((node) => node.parentNode === parent && node.contains(document.activeElement));
  if (anchor < 0) {
    place(parent, nodes, null);
    return;
  }
  place(parent, nodes.slice(0, anchor), nodes[anchor]);
  place(parent, nodes.slice(anchor + 1), null);
}

/** Puts the nodes before `end`, moving only those that stand elsewhere. */
function place(parent, nodes, end) {
  let next = end;
  for (const node of [...nodes].reverse()) {
    if (node.parentNode !== parent || node.nextElementSibling !== next) parent.insertBefore(node, next);
    next = node;
  }
}

/** Children by key: made where they are new, told where they are not. */
function keep(parent, items, keyOf, create, update) {
  const known = (parent.kept ??= new Map());
  const nodes = items.map((item) => {
    const key = keyOf(item);
    if (!known.has(key)) known.set(key, create(item));
    const node = known.get(key);
    update(node, item);
    return node;
  });
  const present = new Set(nodes);
  for (const [key, node] of known) if (!present.has(node)) known.delete(key);
  arrange(parent, nodes);
}

/** A choice of one, as radio buttons: reached with one Tab, changed by the arrow keys. */
function choice(legend, name, options, chosen, choose) {
  const inputs = options.map(([value, label]) => {
    const input = make('input', { type: 'radio', name, value });
    input.checked = value === chosen;
    input.addEventListener('change', () => choose(value));
    return make('label', {}, input, make('span', {}, label));
  });
  return make('fieldset', { class: 'choice' }, make('legend', {}, legend), ...inputs);
}

/** A list of names and values: `told` is [name, value, note], and a value of null is not known. */
function tellFacts(list, told) {
  const create = ([name]) => make('div', {}, make('dt', {}, name), make('dd', { class: 'value' }), make('dd', { class: 'note' }));
  keep(
    list,
    told,
    ([name]) => name,
    create,
    (node, [, value, note]) => {
      tellFact(node.children[1], value);
      tell(node.children[2], note ?? '');
    },
  );
}

/** For people who do not see the page. */
function announce(text) {
  document.getElementById('announcements').append(make('p', {}, text));
  const all = document.getElementById('announcements').children;
  if (all.length > 20) all[0].remove();
}
