// Looks at the watcher again and again, and says loudly when it can not.

const byId = (id) => document.getElementById(id);
/** What is older than so many intervals is not called current. */
const STALE_INTERVALS = 2;
const TICK_MS = 1_000;
const page = { interval: 10, title: document.title, document: null, problem: null, isBroken: false, timer: 0, isLooking: false };

async function look() {
  if (page.isLooking) return;
  page.isLooking = true;
  clearTimeout(page.timer);
  try {
    const told = await ask('api/v1/lag');
    page.problem = problemWith(told);
    // What could be shown only in part is not current, however new it is.
    page.isBroken = page.problem !== null;
  } catch (error) {
    page.problem = error.message;
  }
  page.isLooking = false;
  tick();
  page.timer = setTimeout(look, Math.max(500, page.interval * 500));
}

/** Shows an answer, and says why it could not. */
function problemWith(told) {
  if (told?.schema !== SCHEMA) return 'the watcher speaks another version than this page: load the page again';
  try {
    take(told);
    return null;
  } catch (error) {
    return `this page can not show what the watcher says: ${error.message}`;
  }
}

function take(told) {
  if (page.document !== null && told.watcher.version !== page.document.watcher.version) show(byId('newer'), true);
  page.interval = told.interval_s;
  page.document = told;
  setClock(told.at);
  tellCards([...told.groups].sort(worstFirst));
  tellSummary(told.groups);
  tellClusters(told.clusters);
  tellTroubles(told);
  tellIdleMaintenance(told);
  tellWatcher(told.watcher);
}

/** Counts on what is told as `so long ago`; stands still where it is not known to go on. */
function tick() {
  const isStale = page.document === null ? page.problem !== null : page.isBroken || sinceAnswer() > STALE_INTERVALS * page.interval;
  mark(document.body, 'data-stale', isStale ? '' : null);
  tellFreshness(isStale);
  if (page.document === null) return;
  // When something was read is known for ever; what was found there is not known to last.
  for (const node of document.querySelectorAll(isStale ? '.read [data-since], #clusters [data-since]' : '[data-since]'))
    tell(node, duration(serverNow() - Number(node.dataset.since)));
}

function tellFreshness(isStale) {
  const since = page.document === null ? 'never read' : `${duration(sinceAnswer())} old`;
  tell(
    byId('fresh'),
    page.document === null && page.problem === null ? 'loading' : `${since}${page.problem === null ? '' : ', trying again'}`,
  );
  show(byId('stale'), isStale);
  document.title = isStale ? 'NOT CURRENT: Kafka lag - shasta watch' : page.title;
  if (!isStale) return tell(byId('stale-why'), '');
  const why = page.problem ?? 'the watcher answers, but has not looked since';
  tell(byId('stale-why'), `NOT CURRENT: ${why}. ${page.document === null ? 'Nothing is known yet.' : 'The numbers below are old.'}`);
}

function startTheme() {
  const chosen = byId('theme');
  try {
    chosen.value = localStorage.getItem('shasta.theme') ?? 'auto';
  } catch {
    // A browser that keeps nothing shows the theme of the system.
  }
  const apply = () => mark(document.documentElement, 'data-theme', chosen.value === 'auto' ? null : chosen.value);
  chosen.addEventListener('change', () => {
    apply();
    try {
      localStorage.setItem('shasta.theme', chosen.value);
    } catch {
      // Then it is chosen for this view alone.
    }
  });
  apply();
}

startTheme();
document.addEventListener('visibilitychange', () => document.hidden || look());
window.addEventListener('online', look);
tell(byId('zone'), Intl.DateTimeFormat().resolvedOptions().timeZone);
setInterval(tick, TICK_MS);
look();
