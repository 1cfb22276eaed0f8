// Age and rates over time: what is shown, asked for, and read by pointer or keyboard.

const RANGES = [
  [3_600, '1 h'],
  [21_600, '6 h'],
  [86_400, '24 h'],
  [172_800, '48 h'],
];
const HISTORY_EVERY_S = 60;

let graphs = 0;

class Graph {
  constructor(view) {
    this.points = [];
    this.picture = null;
    this.moment = null;
    this.view = view;
    this.askedAt = -Infinity;
    this.range = this.fittingRange(view);
    this.choice = choice('Shown', `range-${(graphs += 1)}`, RANGES, this.range, (range) => {
      this.range = range;
      this.draw();
    });
    this.readout = make('p', { class: 'readout' });
    this.frame = make('div', { class: 'plot', tabindex: '0', role: 'slider', 'aria-label': 'Moment in the graph', 'aria-valuemin': '0' });
    this.summary = make('figcaption');
    this.root = make('figure', {}, make('div', { class: 'above' }, this.choice, this.readout), this.frame, this.summary);
    this.frame.addEventListener('pointermove', (event) => this.point(event));
    this.frame.addEventListener('pointerleave', () => this.showMoment(null));
    this.frame.addEventListener('keydown', (event) => this.key(event));
    this.frame.addEventListener('blur', () => this.showMoment(null));
    this.width = 0;
    new ResizeObserver(([entry]) => {
      this.width = entry.contentRect.width;
      this.draw();
    }).observe(this.frame);
  }

  /** So that the begin of what is wrong is seen. */
  fittingRange(view) {
    const opened = Math.min(view.at, ...view.incidents.map((incident) => incident.opened));
    const lasts = 1.2 * (view.at - opened) + 600;
    return (RANGES.find(([seconds]) => seconds >= lasts) ?? RANGES.at(-1))[0];
  }

  async update(view) {
    this.view = view;
    this.draw();
    if (view.at - this.askedAt < HISTORY_EVERY_S) return;
    this.askedAt = view.at;
    try {
      const told = await ask(`api/v1/history?${query(view)}`);
      this.points = told.points;
      this.problem = null;
    } catch (error) {
      this.problem = error.message;
    }
    this.draw();
  }

  draw() {
    if (this.width === 0) return;
    this.picture = new Picture(this.view, this.points, this.range, this.width);
    this.frame.replaceChildren(this.picture.svg());
    mark(this.frame, 'aria-valuemax', Math.max(0, this.picture.shown.length - 1));
    tell(this.summary, this.inWords());
    this.showMoment(this.moment === null ? null : this.nearest(this.moment));
  }

  /** The points that are drawn. */
  get shown() {
    return this.picture?.shown ?? [];
  }

  inWords() {
    if (this.problem) return `History is not known: ${this.problem}.`;
    if (this.shown.length === 0) return 'No history yet: a point a minute.';
    const { view } = this;
    const most = Math.max(...this.shown.map((point) => point.age_s ?? 0));
    const sentences = [
      'Age of the oldest record (above) and records per second (below).',
      `Oldest in this time ${duration(most)}, now ${duration(view.age_s) ?? 'not known'}; promised ${roughly(view.freshness_s)}.`,
    ];
    const end = isNumber(view.eta_now_s) ? `done in ${roughly(view.eta_now_s)}` : 'never done';
    if ((view.age_s ?? 0) >= view.floor_s) sentences.push(`Dashed: at this pace ${end}.`);
    return sentences.join(' ');
  }

  point(event) {
    if (this.picture === null) return;
    const x = event.clientX - this.frame.getBoundingClientRect().left;
    this.showMoment(this.nearest(this.picture.timeAt(x)));
  }

  nearest(time) {
    const distance = (point) => Math.abs(point.t - time);
    return this.shown.reduce((best, point) => (best === null || distance(point) < distance(best) ? point : best), null);
  }

  key(event) {
    const last = this.shown.length - 1;
    const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -Infinity, End: Infinity };
    if (last < 0 || !(event.key in moves)) return;
    event.preventDefault();
    const present = this.shown.findIndex((point) => point.t === this.moment);
    const index = (present < 0 ? last + 1 : present) + moves[event.key];
    this.showMoment(this.shown[Math.min(last, Math.max(0, index))]);
  }

  showMoment(point) {
    this.moment = point?.t ?? null;
    const { view } = this;
    const shown = point ?? presentPoint(view);
    const when = point === null ? 'now' : clockTime(point.t, view.at);
    const values = [
      ['age', duration(shown.age_s)],
      ['lag', count(shown.lag)],
      ['in', rate(shown.ingest)],
      ['out', rate(shown.consume)],
    ];
    const text = `${when}: ${values.map(([name, value]) => `${name} ${value ?? NOT_KNOWN}`).join(', ')}`;
    tell(this.readout, text);
    mark(this.frame, 'aria-valuetext', text);
    mark(this.frame, 'aria-valuenow', point === null ? Math.max(0, this.shown.length - 1) : this.shown.indexOf(point));
    this.picture?.point(this.moment);
  }
}
