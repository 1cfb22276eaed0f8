// The numbers of a group, and what else explains them.

function groupFacts({ view, versions, broker_state: state, isolation }) {
  const window = isNumber(view.window_s) ? `over ${roughly(view.window_s)}` : '';
  return [
    ['Age', duration(view.age_s), oldestText(view)],
    ['Lag', count(view.lag), isolation ? `records wait, ${isolation}` : 'records wait'],
    ['In', rate(view.ingest), window],
    ['Out', rate(view.consume), ratioText(view)],
    ['Speed', times(view.speed), 'event time per second; below 1 it falls behind'],
    ['Done in, at this pace', etaText(view.eta_now_s, view, view), whenText(view.eta_now_s, view)],
    ['Done in, forecast', forecastText(view), 'with the ingest usual at this time'],
    [neededName(view), rate(view.needed[0]?.rate), neededNote(view)],
    ['Records expire in', expiryText(view.ttl_s, view), retentionText(view)],
    [
      'Members',
      isNumber(view.members) ? withCommas(view.members) : null,
      [state, versionsText(versions)].filter((text) => text).join('; '),
    ],
  ];
}

function oldestText(view) {
  if (view.age_s === null) return '';
  return view.oldest_partition === null ? 'nothing waits' : `oldest in partition ${view.oldest_partition}`;
}

function ratioText(view) {
  if (!isNumber(view.consume) || !isNumber(view.ingest) || view.ingest === 0) return '';
  return `out/in ${(view.consume / view.ingest).toFixed(2)}`;
}

function whenText(eta, view) {
  return isNumber(eta) && eta > 0 ? `about ${clockTime(view.at + eta, view.at) ?? 'the end of time'}` : '';
}

function forecastText(view) {
  if (view.lag === 0 || (isNumber(view.age_s) && view.age_s < view.floor_s)) return etaText(null, view, view);
  if (view.eta_forecast_s === null) return null;
  const [soon, late] = view.eta_forecast_s.map((eta) => (isNumber(eta) ? roughly(eta) : 'not in sight'));
  return soon === late ? soon : `${soon} .. ${late}`;
}

const neededName = (view) => (view.needed.length === 0 ? 'To be done takes' : `To be done in ${roughly(view.needed[0].within_s)}`);

const neededNote = (view) =>
  view.needed
    .slice(1)
    .map((needed) => `in ${shortDuration(needed.within_s)}: ${rate(needed.rate)}`)
    .join('; ');

function retentionText(view) {
  const kept = [
    ...(isNumber(view.retention_s) ? [roughly(view.retention_s)] : []),
    ...(isNumber(view.retention_bytes) ? [`${bytes(view.retention_bytes)} a partition`] : []),
  ];
  return kept.length > 0 ? `kept ${kept.join(' or ')}` : 'no retention known';
}

const versionsText = (versions) =>
  Object.entries(versions ?? {})
    .map(([version, number]) => `${version} ×${number}`)
    .join(', ');

function groupNotes({ view, bottleneck, lost, skipped, throttle_ms: throttle }) {
  const notes = [];
  if (lost > 0) notes.push(`${plural(lost, 'record was', 'records were')} deleted unread since it is watched.`);
  if (skipped > 0) notes.push(`${plural(skipped, 'record was', 'records were')} committed past unread since it is watched.`);
  if (throttle > 0) notes.push(`Brokers hold answers back by ${withCommas(throttle)} ms.`);
  if (!view.expected) notes.push('Not configured, only discovered: it never calls anybody.');
  if (isNumber(view.offsets_expire_s))
    notes.push(`The group is empty: its committed offsets are forgotten in ${roughly(view.offsets_expire_s)}.`);
  if (bottleneck) notes.push(bottleneckText(bottleneck));
  if (isNumber(view.age_skew) && view.age_skew >= 3)
    notes.push(`Uneven: the oldest partition is ${view.age_skew.toFixed(1)} times as old as the median one.`);
  if (isNumber(view.ingest_skew) && view.ingest_skew >= 3)
    notes.push(`Uneven: the busiest partition gets ${view.ingest_skew.toFixed(1)} times the mean.`);
  if (view.clock_suspect) notes.push('Clock suspect: timestamps of records do not agree with when they came in, so ages may be wrong.');
  return notes;
}

function bottleneckText(told) {
  const measured = [
    ['cache hit', isNumber(told.cache_hit_ratio) ? `${Math.round(100 * told.cache_hit_ratio)} %` : null],
    ['batch', isNumber(told.batch_records) ? `${told.batch_records.toFixed(1)} records` : null],
    ['Redis', isNumber(told.redis_call_ms) ? `${told.redis_call_ms.toFixed(1)} ms` : null],
    ['round trips per record', isNumber(told.round_trips_per_record) ? told.round_trips_per_record.toFixed(1) : null],
  ];
  const text = measured
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
  const hints = told.hints ?? [];
  return `Workers: ${text || 'not measured'}${hints.length > 0 ? `. Look at ${hints.join(', ')}` : ''}.`;
}
