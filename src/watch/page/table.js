// The partitions as a table that can be sorted.

const COLUMNS = [
  { id: 'partition', label: 'Part', sort: (p) => p.partition, text: (p) => String(p.partition) },
  {
    id: 'state',
    label: 'State',
    sort: (p) => (p.state === null ? null : KINDS.length - rank(KINDS, p.state)),
    text: (p) => stateText(p),
    words: true,
  },
  { id: 'owner', label: 'Owner', sort: (p) => p.owner, text: (p) => (p.owned === false ? 'none' : p.owner), words: true },
  { id: 'committed', label: 'Committed', sort: (p) => p.committed, text: (p) => offset(p.committed) },
  { id: 'end', label: 'End', sort: (p) => p.end, text: (p) => offset(p.end) },
  { id: 'lag', label: 'Lag', sort: (p) => p.lag, text: (p) => count(p.lag) },
  { id: 'age', label: 'Age', sort: (p) => p.age_s, text: (p) => duration(p.age_s) },
  { id: 'in', label: 'In', sort: (p) => p.ingest, text: (p) => rate(p.ingest) },
  { id: 'out', label: 'Out', sort: (p) => p.consume, text: (p) => rate(p.consume) },
  { id: 'speed', label: 'Speed', sort: (p) => p.speed, text: (p) => times(p.speed) },
  {
    id: 'eta',
    label: 'Done in',
    sort: (p) => p.eta_s ?? (p.lag > 0 ? Infinity : null),
    text: (p, view) => etaText(p.eta_s, p, view)?.replace(' at this pace', '') ?? null,
  },
  { id: 'expires', label: 'Expires in', sort: (p) => p.ttl_s, text: (p, view) => expiryText(p.ttl_s, view) },
];

const stateText = (p) =>
  p.state === null ? (isNumber(p.lag) ? 'ok' : null) : `${stateSign(p.state)} ${p.state} ${shortDuration(serverNow() - p.since)}`;

let tables = 0;

class Table {
  constructor() {
    this.sort = { column: COLUMNS.find((column) => column.id === 'age'), descending: true };
    this.which = 'bad';
    this.choice = choice(
      'Partitions',
      `which-${(tables += 1)}`,
      [
        ['bad', 'bad'],
        ['all', 'all'],
      ],
      'bad',
      (which) => {
        this.which = which;
        this.draw();
      },
    );
    this.heads = COLUMNS.map((column) => this.head(column));
    this.body = make('tbody');
    const head = make('thead', {}, make('tr', {}, ...this.heads));
    this.none = make('p', { class: 'none' }, 'No partition is in a bad state.');
    this.grid = make('table', {}, make('caption', { class: 'unseen' }, 'Partitions'), head, this.body);
    this.box = make('div', { class: 'scrolls', tabindex: '0', role: 'region', 'aria-label': 'Table of partitions' }, this.grid);
    this.root = make('div', { class: 'table' }, this.choice, this.none, this.box);
  }

  head(column) {
    const button = make('button', { type: 'button' }, column.label);
    button.addEventListener('click', () => this.sortBy(column));
    return make('th', { scope: 'col', class: column.words ? 'words' : 'number' }, button);
  }

  /** The same column again turns the order; numbers begin with the largest, for that is the worst. */
  sortBy(column) {
    const descending = this.sort.column === column ? !this.sort.descending : column.id !== 'partition' && column.id !== 'owner';
    this.sort = { column, descending };
    this.draw();
  }

  update(view) {
    this.view = view;
    this.draw();
  }

  draw() {
    const { view } = this;
    const bad = view.partitions.filter((partition) => isBad(partition, view));
    const [badLabel, allLabel] = this.choice.querySelectorAll('span');
    tell(badLabel, `bad (${bad.length})`);
    tell(allLabel, `all (${view.partitions.length})`);
    const rows = this.sorted(this.which === 'bad' ? bad : view.partitions);
    show(this.none, rows.length === 0);
    show(this.box, rows.length > 0);
    for (const [index, column] of COLUMNS.entries()) {
      const isSorted = column === this.sort.column;
      mark(this.heads[index], 'aria-sort', isSorted ? (this.sort.descending ? 'descending' : 'ascending') : null);
    }
    keep(
      this.body,
      rows,
      (partition) => partition.partition,
      () => this.row(),
      (row, partition) => this.tellRow(row, partition),
    );
  }

  /** What is not known comes last, either way; equals by number. */
  sorted(partitions) {
    const { column, descending } = this.sort;
    const compare = (a, b) => {
      const [left, right] = [column.sort(a) ?? null, column.sort(b) ?? null];
      if (left === null || right === null) return (left === null) - (right === null) || a.partition - b.partition;
      const order = typeof left === 'string' ? left.localeCompare(right) : left === right ? 0 : left < right ? -1 : 1;
      return (descending ? -order : order) || a.partition - b.partition;
    };
    return [...partitions].sort(compare);
  }

  row() {
    const cells = COLUMNS.map((column, index) =>
      make(index === 0 ? 'th' : 'td', { class: column.words ? 'words' : 'number', ...(index === 0 ? { scope: 'row' } : {}) }),
    );
    return make('tr', {}, ...cells);
  }

  tellRow(row, partition) {
    mark(row, 'data-late', lateness(partition.age_s, this.view));
    for (const [index, column] of COLUMNS.entries()) {
      const text = column.text(partition, this.view);
      tellFact(row.children[index], text, column.words ? text : null);
    }
  }
}
