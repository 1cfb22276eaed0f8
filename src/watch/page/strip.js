// All partitions at a glance: a cell each with its age, and the numbers of the chosen one below.

const CELL_PX = 36;
const GUTTER_PX = 44;

class Strip {
  constructor(onChoose) {
    this.onChoose = onChoose;
    this.cells = [];
    this.columns = 0;
    this.room = 0;
    this.chosen = null;
    this.gutter = make('div', { class: 'gutter', 'aria-hidden': 'true' });
    this.list = make('div', { class: 'cells', role: 'listbox', 'aria-label': 'Partitions: age of the oldest record that waits' });
    this.box = make('div', { class: 'strip' }, this.gutter, this.list);
    this.root = make('div', {}, this.box, legend());
    this.list.addEventListener('keydown', (event) => this.key(event));
    this.list.addEventListener('click', (event) => this.reach(event));
    this.list.addEventListener('focusin', (event) => this.reach(event));
    // Asking for the width after each change would lay the whole page out again and again.
    new ResizeObserver(([entry]) => {
      this.room = entry.contentRect.width - GUTTER_PX;
      this.fit();
    }).observe(this.box);
  }

  update(view) {
    this.size(view.partitions.length);
    this.fit();
    for (const [index, partition] of view.partitions.entries()) this.tellCell(this.cells[index], partition, view);
    if (this.chosen === null && this.cells.length > 0) this.tabStop(this.indexOf(view.oldest_partition) ?? 0);
  }

  size(number) {
    while (this.cells.length > number) this.cells.pop().remove();
    const more = [];
    while (this.cells.length + more.length < number)
      more.push(make('div', { class: 'cell', role: 'option', tabindex: '-1', 'aria-selected': 'false' }));
    this.list.append(...more);
    this.cells.push(...more);
  }

  tellCell(cell, partition, view) {
    const { partition: number, state, age_s: age } = partition;
    cell.number = number;
    tell(cell, `${stateSign(state)}${shortDuration(age) ?? NOT_KNOWN}`);
    mark(cell, 'data-late', lateness(age, view));
    mark(cell, 'data-still', STANDS_STILL.has(state) ? '' : null);
    const parts = [
      `partition ${number}`,
      state ?? 'fine',
      `age ${duration(age) ?? 'not known'}`,
      `lag ${count(partition.lag) ?? 'not known'}`,
    ];
    mark(cell, 'aria-label', parts.join(', '));
    mark(cell, 'title', parts.join(', '));
  }

  /** As many columns as fit, a multiple of eight, so that the rows' first numbers are round. */
  fit() {
    if (this.room <= 0) return;
    const fitting = Math.floor(this.room / CELL_PX);
    const columns = fitting >= 8 ? fitting - (fitting % 8) : Math.max(4, fitting);
    const rows = Math.ceil(this.cells.length / columns);
    if (columns === this.columns && rows === this.gutter.children.length) return;
    this.columns = columns;
    this.list.style.gridTemplateColumns = `repeat(${columns}, 1fr)`;
    this.gutter.replaceChildren(...Array.from({ length: rows }, (_, row) => make('span', {}, String(row * columns))));
  }

  indexOf(number) {
    const index = this.cells.findIndex((cell) => cell.number === number);
    return index < 0 ? null : index;
  }

  /** One cell is reached by Tab, the others from it by the arrow keys. */
  tabStop(index) {
    for (const [other, cell] of this.cells.entries()) mark(cell, 'tabindex', other === index ? 0 : -1);
    this.current = index;
  }

  choose(index) {
    this.tabStop(index);
    this.chosen = this.cells[index].number;
    for (const [other, cell] of this.cells.entries()) mark(cell, 'aria-selected', other === index);
    if (document.activeElement !== this.cells[index]) this.cells[index].focus();
    this.onChoose(this.chosen);
  }

  reach(event) {
    const index = this.cells.indexOf(event.target.closest('.cell'));
    if (index >= 0 && this.cells[index].number !== this.chosen) this.choose(index);
  }

  key(event) {
    const moves = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: this.columns,
      ArrowUp: -this.columns,
      PageDown: this.columns * 8,
      PageUp: -this.columns * 8,
    };
    const last = this.cells.length - 1;
    let index = this.current;
    if (event.key in moves) index += moves[event.key];
    else if (event.key === 'Home') index = 0;
    else if (event.key === 'End') index = last;
    else if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    this.choose(Math.min(last, Math.max(0, index)));
  }
}

function legend() {
  const sample = (late, sign, words, more = {}) =>
    make('li', {}, make('span', { class: 'cell', 'data-late': late, 'aria-hidden': 'true', ...more }, sign), words);
  return make(
    'ul',
    { class: 'legend', 'aria-label': 'What the cells mean' },
    sample('fresh', '3s', 'fresh'),
    sample('waiting', '40s', 'older than what is on its way'),
    sample('late', '9m', 'older than promised'),
    sample('unknown', '-', 'not known'),
    sample('late', '■9m', 'stands still', { 'data-still': '' }),
    make('li', {}, '▼ too slow'),
    make('li', {}, '↗ recovering'),
    make('li', {}, '✕ lost, skipped or wrong'),
  );
}
