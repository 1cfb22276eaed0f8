// What is open in a group: why, since when, and who knows of it.

class Incidents {
  constructor() {
    this.root = make('ul', { class: 'incidents', 'aria-label': 'Open incidents' });
  }

  update(entry) {
    const create = () => {
      const incident = new Incident();
      return Object.assign(incident.root, { incident });
    };
    keep(
      this.root,
      entry.incidents,
      (incident) => incident.id,
      create,
      (node, told) => node.incident.update(told, entry.view),
    );
    show(this.root, entry.incidents.length > 0);
  }
}

class Incident {
  constructor() {
    this.badge = make('span', { class: 'badge' });
    this.kind = make('strong');
    this.where = make('span');
    this.since = make('span', { class: 'ticks' });
    this.evidence = make('p', { class: 'evidence' });
    this.known = make('p', { class: 'known' });
    this.acknowledge = make('button', { type: 'button' }, 'Acknowledge…');
    this.acknowledge.addEventListener('click', () => openAcknowledge(this.told));
    const head = make('p', { class: 'head' }, this.badge, this.kind, this.where, make('span', {}, 'for ', this.since));
    this.root = make('li', { class: 'incident' }, make('div', {}, head, this.evidence, this.known), this.acknowledge);
  }

  update(told, view) {
    this.told = told;
    tellSeverity(this.badge, told.severity);
    tell(this.kind, told.kind);
    tell(this.where, partitionsText(told));
    tellSince(this.since, told.since);
    tell(this.evidence, told.evidence);
    tell(this.known, knownText(told));
    show(this.acknowledge, told.acknowledged === null);
    mark(this.acknowledge, 'aria-label', `Acknowledge ${told.kind} of ${view.group}…`);
  }
}

function tellSeverity(badge, severity) {
  tell(badge, SEVERITY_WORDS[severity] ?? severity);
  mark(badge, 'data-severity', severity);
}

function partitionsText({ partitions, of }) {
  if (partitions.length === 0) return '';
  if (partitions.length === of) return of === 1 ? 'the only partition' : `all ${of} partitions`;
  return `${partitions.length} of ${of} partitions: ${listed(partitions, 10)}`;
}

function knownText({ opened, acknowledged, silenced }) {
  const parts = [`opened ${clockTime(opened, serverNow()) ?? NOT_KNOWN}`];
  if (acknowledged !== null) parts.push(`acknowledged by ${acknowledged.by} at ${clockTime(acknowledged.at, serverNow())}`);
  if (silenced !== null) parts.push(`silenced by ${silenced.by} until ${clockTime(silenced.until, serverNow())}: ${silenced.reason}`);
  return parts.join('; ');
}
