// A group: one line where all is well, everything that is known where it is not.

let cards = 0;

class Card {
  constructor(entry) {
    const body = `card-${(cards += 1)}`;
    this.title = make('button', { type: 'button', 'aria-controls': body });
    this.badge = make('span', { class: 'badge' });
    this.state = make('strong', { class: 'state' });
    this.since = make('span', { class: 'ticks' });
    this.sinceText = make('span');
    this.sinceParts = make('span', {}, this.sinceText, this.since, ')');
    this.brief = make('p', { class: 'brief' });
    this.read = make('span', { class: 'ticks' });
    this.readParts = make('span', { class: 'read' }, 'read ', this.read, ' ago');
    this.meaning = make('p', { class: 'meaning' });
    this.notes = make('ul', { class: 'notes' });
    this.numbers = make('dl', { class: 'numbers' });
    this.incidents = new Incidents();
    this.steps = new Steps();
    this.graph = new Graph(entry.view);
    this.detail = make('dl', { class: 'numbers detail', 'aria-label': 'Numbers of the chosen partition' });
    this.chosen = make('h4');
    this.strip = new Strip(() => this.tellDetail());
    this.table = new Table();
    const why = make('div', {}, this.incidents.root, this.steps.root, this.notes);
    this.body = make(
      'div',
      { class: 'body', id: body },
      this.numbers,
      make('div', { class: 'columns' }, why, this.graph.root),
      make('h3', {}, 'Partitions'),
      this.strip.root,
      this.chosen,
      this.detail,
      this.table.root,
    );
    const head = make('h2', {}, this.badge, this.title);
    this.root = make(
      'article',
      { class: 'card' },
      make('header', {}, head, make('p', { class: 'line' }, this.state, this.sinceParts, this.readParts), this.meaning, this.brief),
      this.body,
    );
    this.title.addEventListener('click', () => this.toggle());
    this.isOpen = entry.view.state !== null;
  }

  toggle() {
    this.isOpen = !this.isOpen;
    this.isChosen = true;
    this.update(this.entry);
  }

  update(entry) {
    const { view } = entry;
    const isNew = this.entry === undefined;
    if (!isNew) this.tellChange(this.entry.view, view);
    this.entry = entry;
    if (!this.isChosen && view.severity === 'page') this.isOpen = true;
    tellSeverity(this.badge, view.severity);
    tell(this.title, groupTitle(view));
    mark(this.title, 'aria-expanded', this.isOpen);
    mark(this.root, 'data-severity', view.severity);
    mark(this.root, 'aria-label', groupTitle(view));
    tell(this.state, view.state ?? 'all is well');
    show(this.sinceParts, isNumber(view.since));
    tell(this.sinceText, `since ${clockTime(view.since, serverNow())} (`);
    tellSince(this.since, view.since);
    show(this.readParts, isNumber(view.read_at));
    tellSince(this.read, view.read_at);
    mark(this.readParts, 'data-old', isNumber(view.read_at) && serverNow() - view.read_at <= 60 ? null : '');
    tell(this.meaning, meaningText(view));
    show(this.meaning, view.state !== null);
    tell(this.brief, briefText(view));
    show(this.body, this.isOpen);
    if (this.isOpen) this.updateBody(entry);
  }

  updateBody(entry) {
    const { view } = entry;
    tellFacts(this.numbers, groupFacts(entry));
    keep(
      this.notes,
      groupNotes(entry),
      (note) => note,
      (note) => make('li', {}, note),
      () => {},
    );
    show(this.notes, this.notes.children.length > 0);
    this.incidents.update(entry);
    this.steps.update(entry);
    this.graph.update(view);
    this.strip.update(view);
    this.table.update(view);
    this.tellDetail();
  }

  fail(error) {
    show(this.body, false);
    show(this.meaning, true);
    tell(this.state, 'NOT SHOWN');
    tell(this.meaning, `This page can not show what the watcher said of it: ${error.message}. Ask shasta lag.`);
    tell(this.brief, '');
  }

  tellDetail() {
    const { view } = this.entry;
    const number = this.strip.chosen ?? view.oldest_partition ?? 0;
    const partition = view.partitions.find((candidate) => candidate.partition === number);
    show(this.detail, partition !== undefined);
    show(this.chosen, partition !== undefined);
    if (partition === undefined) return;
    const since = partition.since === null ? '' : ` for ${duration(serverNow() - partition.since)}`;
    tell(this.chosen, `Partition ${number}: ${partition.state ?? (isNumber(partition.lag) ? 'ok' : 'not known')}${since}`);
    tellPartition(this.detail, partition, view);
  }

  tellChange(before, after) {
    if (before.state === after.state && before.severity === after.severity) return;
    announce(
      `${groupTitle(after)}: ${after.state ?? 'all is well'}, ${after.severity === 'none' ? 'nobody needs to act' : after.severity}`,
    );
  }
}

function meaningText(view) {
  const counts = Object.entries(view.counts).sort(([a], [b]) => rank(KINDS, a) - rank(KINDS, b));
  const told = counts.map(([kind, number]) => `${number} of ${view.of} ${kind}`).join(', ');
  return [MEANINGS[view.state], told].filter((text) => text).join('; ');
}

const briefText = (view) =>
  `age ${duration(view.age_s) ?? NOT_KNOWN}, lag ${count(view.lag) ?? NOT_KNOWN}, in ${rate(view.ingest) ?? NOT_KNOWN}, ` +
  `out ${rate(view.consume) ?? NOT_KNOWN}, members ${isNumber(view.members) ? view.members : NOT_KNOWN}`;
