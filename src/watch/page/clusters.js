// The clusters that are looked at, and the watcher itself.

function tellClusters(clusters) {
  const row = () => make('tr', {}, make('th', { scope: 'row' }), make('td'), make('td', {}, make('span', { class: 'ticks' })), make('td'));
  keep(
    byId('clusters'),
    clusters,
    (cluster) => cluster.name,
    row,
    (node, cluster) => {
      const [name, state, success, throttle] = node.children;
      tell(name, cluster.name);
      tell(state, cluster.error === null ? '✓ read' : `▲ ${cluster.error}`);
      mark(node, 'data-bad', cluster.error === null ? null : '');
      tellSince(success.firstChild, cluster.last_success);
      tellFact(throttle, isNumber(cluster.throttle_ms) ? `${withCommas(cluster.throttle_ms)} ms` : null);
    },
  );
}

/** What makes the page as a whole less true. */
function tellTroubles({ clusters, watcher }) {
  const unread = clusters
    .filter((cluster) => cluster.error !== null)
    .map((cluster) => `Cluster ${cluster.name} can not be read: ${cluster.error}.`);
  const troubles = watcher.trouble ? [...unread, `The watcher can not keep its state: ${watcher.trouble}.`] : unread;
  show(byId('troubles'), troubles.length > 0);
  tell(byId('troubles'), troubles.join(' '));
}

/** Maintenance of a group that is not watched covers nothing: perhaps its name is misspelt. */
function tellIdleMaintenance({ maintenance, groups }) {
  const covers = (window) =>
    groups.some(({ view }) => view.group === window.group && (window.cluster === null || view.cluster === window.cluster));
  const idle = (maintenance ?? []).filter((window) => !covers(window));
  const told = (window) =>
    `Not watched, but announced: ${[window.group, window.cluster].filter((name) => name).join(' / ')}. ${maintenanceText(window)}.`;
  keep(
    byId('idle'),
    idle.map(told),
    (text) => text,
    (text) => make('li', {}, text),
    () => {},
  );
  show(byId('idle'), idle.length > 0);
}

function tellWatcher(watcher) {
  tell(byId('watcher'), `${watcher.host}, version ${watcher.version}, up since ${clockTime(watcher.started, serverNow())}`);
}

/** How many groups call, and in the title too, for a tab in the background. */
function tellSummary(entries) {
  const numbers = SEVERITIES.map((severity) => [severity, entries.filter((entry) => entry.view.severity === severity).length]);
  const create = ([severity]) => make('li', { class: 'badge', 'data-severity': severity });
  const told = numbers.filter(([severity, number]) => number > 0 || severity === 'page');
  keep(
    byId('summary'),
    told,
    ([severity]) => severity,
    create,
    (node, [severity, number]) => {
      tell(node, `${SEVERITY_WORDS[severity]} ${number}`);
      mark(node, 'data-severity', number > 0 ? severity : 'none');
    },
  );
  const [[, pages], [, warnings]] = numbers;
  const worst = pages > 0 ? `(${pages} page) ` : warnings > 0 ? `(${warnings} warn) ` : '';
  page.title = `${worst}Kafka lag - shasta watch`;
  show(byId('none'), entries.length === 0);
}

function tellCards(entries) {
  const create = (entry) => {
    const card = new Card(entry);
    return Object.assign(card.root, { card });
  };
  const update = (node, entry) => {
    try {
      node.card.update(entry);
    } catch (error) {
      // One group that can not be shown hides no other.
      node.card.fail(error);
    }
  };
  keep(byId('groups'), entries, (entry) => groupKey(entry.view), create, update);
}
