// What the watcher is asked and told. Paths are relative, so that the page also works behind a proxy's prefix.

const SCHEMA = 'shasta.watch/1';
const ANSWER_LIMIT_MS = 8_000;
const TOKEN = 'shasta.token';
const NAME = 'shasta.name';

/** Goes on with the page's own clock from what the watcher said last, whatever the browser's clock says. */
const clock = { at: null, wall: 0, steady: 0 };

function setClock(at) {
  if (at === clock.at) return;
  Object.assign(clock, { at, wall: Date.now(), steady: performance.now() });
}

/** The steady clock may stand still while a laptop sleeps, and the other one may be set: the longer one counts. */
const sinceAnswer = () => Math.max(0, Date.now() - clock.wall, performance.now() - clock.steady) / 1_000;

const serverNow = () => clock.at + sinceAnswer();

/** The JSON of an answer. Throws an Error whose message is for people. */
async function ask(path, options = {}) {
  let answer;
  let body;
  try {
    answer = await fetch(path, { cache: 'no-store', credentials: 'same-origin', ...options, signal: AbortSignal.timeout(ANSWER_LIMIT_MS) });
    body = await answer.text();
  } catch {
    throw new Error('the watcher does not answer');
  }
  const told = parsed(body);
  if (answer.ok && told !== undefined) return told;
  if (answer.ok) throw new Error('the watcher answers something that is no JSON');
  throw Object.assign(new Error(refusal(answer.status, told)), { status: answer.status });
}

function parsed(body) {
  if (body.trim() === '') return null;
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function refusal(status, told) {
  const words = typeof told?.error === 'string' ? told.error : null;
  if (status === 401) return words ? `the token was refused: ${words}` : 'the token was refused';
  return words ?? `the watcher answers with HTTP status ${status}`;
}

/** Changes something at the watcher, with the token of this session. A token that was refused is forgotten. */
async function order(method, path, body, token) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  try {
    await ask(path, { method, headers, body: JSON.stringify(body) });
  } catch (error) {
    if (error.status === 401) sessionStorage.removeItem(TOKEN);
    if (error.status === undefined) error.message += ': perhaps nothing was changed; look, and try again';
    throw error;
  }
  sessionStorage.setItem(TOKEN, token);
}

const query = (view) => {
  const parts = { cluster: view.cluster, group: view.group, ...(view.topic === null ? {} : { topic: view.topic }) };
  return new URLSearchParams(parts).toString();
};
