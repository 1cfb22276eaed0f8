// What can be wrong, in the order in which the worst is chosen; the words are for somebody who was asleep a minute ago.

const MEANINGS = {
  UNKNOWN: 'it cannot be read',
  STOPPED: 'nobody consumes, and work waits',
  NO_OFFSETS: 'there are no committed offsets',
  STALLED: 'a member has it, but it does not move',
  UNASSIGNED: 'no member has it',
  REBALANCING: 'the group does not come to rest',
  FALLING_BEHIND: 'less goes out than comes in',
  SLOW_DRAIN: 'it catches up too slowly',
  RECOVERING: 'it catches up, nobody needs to act',
  REWIND: 'committed offsets went back',
  SKIPPED: 'records were passed over unread',
  LOSS_IMMINENT: 'records will be deleted unread',
  DATA_LOST: 'records were deleted unread',
  OFFSETS_BEYOND_END: 'committed offsets lie above the end of the log',
  HUNG_TRANSACTION: 'an open transaction holds readers back',
  OFFSETS_EXPIRING: 'the committed offsets will be forgotten',
};
const KINDS = Object.keys(MEANINGS);
const STANDS_STILL = new Set(['STOPPED', 'NO_OFFSETS', 'STALLED', 'UNASSIGNED', 'REBALANCING']);
const NEVER_COVERED = 'Maintenance does not cover lost, skipped or expiring records and offsets: those still call.';

const SEVERITIES = ['page', 'warn', 'none'];
const SEVERITY_WORDS = { page: '▲ PAGE', warn: '! WARN', none: '✓ OK' };

/** A sign beside the age, for those who do not see the colour. */
function stateSign(kind) {
  if (kind === null) return '';
  if (kind === 'UNKNOWN') return '?';
  if (kind === 'RECOVERING') return '↗';
  if (STANDS_STILL.has(kind)) return '■';
  return kind === 'FALLING_BEHIND' || kind === 'SLOW_DRAIN' ? '▼' : '✕';
}

/** How late a partition is: unknown, fresh, waiting (older than what is on its way) or late (older than promised). */
function lateness(age, view) {
  if (!isNumber(age)) return 'unknown';
  if (age >= view.freshness_s) return 'late';
  return age >= view.floor_s && age > 0 ? 'waiting' : 'fresh';
}

const isBad = (partition, view) => partition.state !== null || !['fresh', 'waiting'].includes(lateness(partition.age_s, view));

const rank = (list, value) => (list.indexOf(value) < 0 ? list.length : list.indexOf(value));

/** The worst group first. */
function worstFirst(a, b) {
  const kindRank = (view) => (view.state === null ? KINDS.length + 1 : rank(KINDS, view.state));
  return (
    rank(SEVERITIES, a.view.severity) - rank(SEVERITIES, b.view.severity) ||
    kindRank(a.view) - kindRank(b.view) ||
    (b.view.age_s ?? -1) - (a.view.age_s ?? -1) ||
    groupKey(a.view).localeCompare(groupKey(b.view))
  );
}

const groupKey = (view) => JSON.stringify([view.cluster, view.group, view.topic]);
const groupTitle = (view) => [view.group, view.topic, view.cluster].filter((name) => name).join(' / ');

/** When nothing waits any more. What is only on its way is not late, and so never done with. */
function etaText(eta, { lag, age_s: age }, view) {
  if (lag === 0 || eta === 0) return 'nothing waits';
  if (isNumber(age) && age < view.floor_s) return 'up to date';
  if (isNumber(eta)) return roughly(eta);
  return isNumber(lag) ? 'never at this pace' : null;
}
