// The drawing of age and rates: two panels over one axis of time.

const MARGIN = { left: 62, right: 14, top: 8, bottom: 20 };
const AGE_HEIGHT = 130;
const RATE_HEIGHT = 100;
/** Points further apart than this are not joined: in between nothing was read. */
const GAP_S = 150;
/** How much of the time to come is shown, as a part of the time that is, where something waits and where nothing does. */
const FUTURE = { waiting: 0.25, fresh: 0.02 };

const presentPoint = (view) => ({ ...view, t: view.at });

class Picture {
  /** `range` in seconds up to now, `width` in pixels. */
  constructor(view, points, range, width) {
    const waits = (view.age_s ?? 0) >= view.floor_s;
    this.view = view;
    this.width = width;
    this.times = { from: view.at - range, now: view.at, to: view.at + range * (waits ? FUTURE.waiting : FUTURE.fresh) };
    this.shown = points.filter((point) => point.t >= this.times.from && point.t <= view.at);
    const all = [...this.shown, presentPoint(view)];
    const ages = all.map((point) => point.age_s ?? 0);
    const rates = all.flatMap((point) => [point.ingest ?? 0, point.consume ?? 0]);
    this.ages = { top: MARGIN.top, height: AGE_HEIGHT, most: 1.08 * Math.max(view.freshness_s, ...ages) };
    this.rates = { top: MARGIN.top + AGE_HEIGHT + 34, height: RATE_HEIGHT, most: 1.08 * Math.max(0.1, ...rates) };
    this.cross = draw('line', { class: 'cross', y1: MARGIN.top, y2: this.height() - MARGIN.bottom });
  }

  height() {
    return this.rates.top + RATE_HEIGHT + MARGIN.bottom;
  }

  svg() {
    const height = this.height();
    const svg = draw('svg', { width: this.width, height, viewBox: `0 0 ${this.width} ${height}`, 'aria-hidden': 'true' });
    svg.append(
      ...this.axis(this.ages, ageTicks(this.ages.most), roughly),
      ...this.axis(this.rates, rateTicks(this.rates.most), rate),
      ...timeTicks(this.times, this.width).flatMap((time) => this.timeTick(time, height)),
      ...this.limit(),
      ...this.forecast(),
      draw('path', { class: 'age', d: this.line(this.ages, (point) => point.age_s) }),
      draw('path', { class: 'in', d: this.line(this.rates, (point) => point.ingest) }),
      draw('path', { class: 'out', d: this.line(this.rates, (point) => point.consume) }),
      draw('line', { class: 'now', x1: this.x(this.times.now), x2: this.x(this.times.now), y1: MARGIN.top, y2: height - MARGIN.bottom }),
      ...this.lineKey(),
      this.cross,
    );
    return svg;
  }

  /** Puts the cross at a moment, or away: null. */
  point(time) {
    mark(this.cross, 'visibility', time === null ? 'hidden' : null);
    if (time !== null) for (const side of ['x1', 'x2']) mark(this.cross, side, this.x(time));
  }

  /** The moment below a place. */
  timeAt(x) {
    const { from, to } = this.times;
    return from + ((x - MARGIN.left) / (this.width - MARGIN.left - MARGIN.right)) * (to - from);
  }

  x(time) {
    const { from, to } = this.times;
    return MARGIN.left + ((time - from) / (to - from)) * (this.width - MARGIN.left - MARGIN.right);
  }

  y(panel, value) {
    return panel.top + panel.height * (1 - value / panel.most);
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
    return [
      sample('in', from),
      label('in', { x: from + 27, y }),
      sample('out', from + 52),
      label('out: records per second', { x: from + 79, y }),
    ];
  }

  limit() {
    const y = this.y(this.ages, this.view.freshness_s);
    const line = draw('line', { class: 'limit', x1: MARGIN.left, x2: this.width - MARGIN.right, y1: y, y2: y });
    return [
      line,
      label(`promised: ${roughly(this.view.freshness_s)}`, {
        class: 'limit',
        x: this.width - MARGIN.right,
        y: y < MARGIN.top + 16 ? y + 14 : y - 5,
        'text-anchor': 'end',
      }),
    ];
  }

  /** From now at the present speed, and the range that is forecast. */
  forecast() {
    const { view } = this;
    if (!isNumber(view.age_s) || view.age_s < view.floor_s) return [];
    const [soon, late] = view.eta_forecast_s ?? [null, null];
    const wedge = isNumber(soon) ? [draw('path', { class: 'wedge', d: `${this.ray(this.slope(soon))} L${this.back(late)} Z` })] : [];
    const rise = isNumber(view.speed) ? Math.max(0, 1 - view.speed) : null;
    const slope = isNumber(view.eta_now_s) ? this.slope(view.eta_now_s) : rise;
    return slope === null ? wedge : [...wedge, draw('path', { class: 'forecast', d: this.ray(slope) })];
  }

  ray(slope) {
    const { now, to } = this.times;
    const age = this.view.age_s;
    const until = slope < 0 ? Math.min(to, now - age / slope) : slope > 0 ? Math.min(to, now + (this.ages.most - age) / slope) : to;
    return `M${this.x(now)} ${this.y(this.ages, age)} L${this.x(until)} ${this.y(this.ages, age + slope * (until - now))}`;
  }

  /** Seconds of age per second, for all to be done at `eta`; level where that is not in sight. */
  slope(eta) {
    return isNumber(eta) ? -this.view.age_s / Math.max(1, eta) : 0;
  }

  /** The far end of the later line, as the wedge's other side. */
  back(eta) {
    const { to, now } = this.times;
    const age = this.view.age_s;
    const slope = this.slope(eta);
    const until = slope < 0 ? Math.min(to, now - age / slope) : to;
    return `${this.x(until)} ${this.y(this.ages, age + slope * (until - now))}`;
  }

  line(panel, value) {
    let path = '';
    let last = null;
    // The last point may be a minute old: the line goes on to what is known now.
    for (const point of [...this.shown, presentPoint(this.view)]) {
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
}
