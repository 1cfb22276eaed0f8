// Age and rates over time, with the line to the end of the backlog.

const RANGES = [[3_600, '1 h'], [21_600, '6 h'], [86_400, '24 h'], [172_800, '48 h']];
const MARGIN = { left: 62, right: 14, top: 8, bottom: 20 };
const AGE_HEIGHT = 130;
const RATE_HEIGHT = 100;
const HISTORY_EVERY_S = 60;
/** Points further apart than this are not joined: in between nothing was read. */
const GAP_S = 150;

let graphs = 0;

class Graph {
  constructor(view) {
    this.points = [];
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
    new ResizeObserver(() => this.resized()).observe(this.frame);
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

  resized() {
    if (this.frame.clientWidth > 0 && this.frame.clientWidth !== this.width) this.draw();
  }

  draw() {
    this.width = this.frame.clientWidth;
    if (this.width === 0) return;
    const { view } = this;
    const now = view.at;
    const waits = (view.age_s ?? 0) >= view.floor_s;
    this.times = { from: now - this.range, now, to: now + this.range * (waits ? 0.25 : 0.02) };
    this.shown = this.points.filter((point) => point.t >= this.times.from && point.t <= now);
    const rates = this.shown.flatMap((point) => [point.ingest ?? 0, point.consume ?? 0]);
    const ages = this.shown.map((point) => point.age_s ?? 0);
    this.ages = { top: MARGIN.top, height: AGE_HEIGHT, most: 1.08 * Math.max(view.freshness_s, view.age_s ?? 0, ...ages) };
    this.rates = { top: MARGIN.top + AGE_HEIGHT + 34, height: RATE_HEIGHT, most: 1.08 * Math.max(0.1, ...rates, view.ingest ?? 0, view.consume ?? 0) };
    this.frame.replaceChildren(this.picture());
    mark(this.frame, 'aria-valuemax', Math.max(0, this.shown.length - 1));
    tell(this.summary, this.inWords());
    this.showMoment(this.moment === null || this.moment === undefined ? null : this.nearest(this.moment));
  }

  x(time) {
    const { from, to } = this.times;
    return MARGIN.left + ((time - from) / (to - from)) * (this.width - MARGIN.left - MARGIN.right);
  }

  y(panel, value) {
    return panel.top + panel.height * (1 - value / panel.most);
  }

  picture() {
    const height = this.rates.top + RATE_HEIGHT + MARGIN.bottom;
    const svg = draw('svg', { width: this.width, height, viewBox: `0 0 ${this.width} ${height}`, 'aria-hidden': 'true' });
    svg.append(
      ...this.axis(this.ages, ageTicks(this.ages.most), roughly),
      ...this.axis(this.rates, rateTicks(this.rates.most), rate),
      ...timeTicks(this.times, this.width).flatMap((time) => this.timeTick(time, height)),
      ...this.limit(), ...this.forecast(),
      draw('path', { class: 'age', d: this.line(this.ages, (point) => point.age_s) }),
      draw('path', { class: 'in', d: this.line(this.rates, (point) => point.ingest) }),
      draw('path', { class: 'out', d: this.line(this.rates, (point) => point.consume) }),
      draw('line', { class: 'now', x1: this.x(this.times.now), x2: this.x(this.times.now), y1: MARGIN.top, y2: height - MARGIN.bottom }),
      ...this.lineKey(),
    );
    this.cross = draw('line', { class: 'cross', y1: MARGIN.top, y2: height - MARGIN.bottom });
    svg.append(this.cross);
    return svg;
  }

  axis(panel, ticks, text) {
    return ticks.flatMap((value) => {
      const y = this.y(panel, value);
      const line = draw('line', { class: 'grid', x1: MARGIN.left, x2: this.width - MARGIN.right, y1: y, y2: y });
      return [line, label(text(value), { x: MARGIN.left - 6, y: y + 4, 'text-anchor': 'end' })];
    });
  }

  timeTick(time, height) {
    const x = this.x(time);
    const line = draw('line', { class: 'grid', x1: x, x2: x, y1: MARGIN.top, y2: height - MARGIN.bottom });
    return [line, label(HOUR_AND_MINUTE.format(new Date(time * 1_000)), { x, y: height - 5, 'text-anchor': 'middle' })];
  }

  /** What the lines are, by their look. */
  lineKey() {
    const y = this.rates.top - 10;
    const sample = (name, x) => draw('line', { class: name, x1: x, x2: x + 22, y1: y - 4, y2: y - 4 });
    const from = MARGIN.left;
    return [sample('in', from), label('in', { x: from + 27, y }), sample('out', from + 52), label('out: records per second', { x: from + 79, y })];
  }

  limit() {
    const y = this.y(this.ages, this.view.freshness_s);
    const line = draw('line', { class: 'limit', x1: MARGIN.left, x2: this.width - MARGIN.right, y1: y, y2: y });
    return [line, label(`promised: ${roughly(this.view.freshness_s)}`, { class: 'limit', x: this.width - MARGIN.right, y: y < MARGIN.top + 16 ? y + 14 : y - 5, 'text-anchor': 'end' })];
  }

  /** From now at the present speed, and the range that is forecast. */
  forecast() {
    const { view } = this;
    if (!isNumber(view.age_s) || view.age_s < view.floor_s) return [];
    const [soon, late] = view.eta_forecast_s ?? [null, null];
    const wedge = isNumber(soon) ? [draw('path', { class: 'wedge', d: `${this.fall(soon)} L${this.back(late)} Z` })] : [];
    const slope = isNumber(view.eta_now_s) ? -view.age_s / view.eta_now_s : isNumber(view.speed) ? Math.max(0, 1 - view.speed) : null;
    return slope === null ? wedge : [...wedge, draw('path', { class: 'forecast', d: this.ray(slope) })];
  }

  ray(slope) {
    const { now, to } = this.times;
    const age = this.view.age_s;
    const until = slope < 0 ? Math.min(to, now - age / slope) : slope > 0 ? Math.min(to, now + (this.ages.most - age) / slope) : to;
    return `M${this.x(now)} ${this.y(this.ages, age)} L${this.x(until)} ${this.y(this.ages, age + slope * (until - now))}`;
  }

  fall(eta) {
    const slope = -this.view.age_s / Math.max(1, eta);
    return this.ray(slope);
  }

  /** The far end of the later line, as the wedge's other side: level where the end is not in sight. */
  back(eta) {
    const { to, now } = this.times;
    const age = this.view.age_s;
    const slope = isNumber(eta) ? -age / Math.max(1, eta) : 0;
    const until = slope < 0 ? Math.min(to, now - age / slope) : to;
    return `${this.x(until)} ${this.y(this.ages, age + slope * (until - now))}`;
  }

  line(panel, value) {
    let path = '';
    let last = null;
    for (const point of this.shown) {
      const number = value(point);
      if (!isNumber(number)) {
        last = null;
        continue;
      }
      const command = last !== null && point.t - last <= GAP_S ? 'L' : 'M';
      path += `${command}${this.x(point.t).toFixed(1)} ${this.y(panel, number).toFixed(1)}`;
      last = point.t;
    }
    return path;
  }

  inWords() {
    if (this.problem) return `History is not known: ${this.problem}.`;
    if (this.shown.length === 0) return 'No history yet: a point a minute.';
    const { view } = this;
    const most = Math.max(...this.shown.map((point) => point.age_s ?? 0));
    const ends = (view.age_s ?? 0) < view.floor_s ? '' : ` Dashed: at this pace ${isNumber(view.eta_now_s) ? `done in ${roughly(view.eta_now_s)}` : 'never done'}.`;
    return `Age of the oldest record (above) and records per second (below). Oldest in this time ${duration(most)}, now ${duration(view.age_s) ?? 'not known'}; promised ${roughly(view.freshness_s)}.${ends}`;
  }

  point(event) {
    const x = event.clientX - this.frame.getBoundingClientRect().left;
    const { from, to } = this.times;
    this.showMoment(this.nearest(from + ((x - MARGIN.left) / (this.width - MARGIN.left - MARGIN.right)) * (to - from)));
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
    const shown = point ?? { ...view, t: view.at };
    const when = point === null ? 'now' : clockTime(point.t, view.at);
    const values = [['age', duration(shown.age_s)], ['lag', count(shown.lag)], ['in', rate(shown.ingest)], ['out', rate(shown.consume)]];
    const text = `${when}: ${values.map(([name, value]) => `${name} ${value ?? NOT_KNOWN}`).join(', ')}`;
    tell(this.readout, text);
    mark(this.frame, 'aria-valuetext', text);
    mark(this.frame, 'aria-valuenow', point === null ? Math.max(0, this.shown.length - 1) : this.shown.indexOf(point));
    show(this.cross, point !== null);
    mark(this.cross, 'visibility', point === null ? 'hidden' : null);
    if (point !== null) for (const side of ['x1', 'x2']) mark(this.cross, side, this.x(point.t));
  }
}
