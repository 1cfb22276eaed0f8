// The numbers of one partition.

function tellPartition(list, partition, view) {
  tellFacts(list, [
    ['Age', duration(partition.age_s), 'of the oldest record that waits'],
    ['Lag', count(partition.lag), 'records wait'],
    ['In', rate(partition.ingest)],
    ['Out', rate(partition.consume)],
    ['Speed', times(partition.speed), 'event time per second; below 1 it falls behind'],
    ['Done in', etaText(partition.eta_s, partition, view), 'at this pace'],
    ['Expires in', expiryText(partition.ttl_s, view), 'retention deletes the first that waits'],
    ['Owner', partition.owned === false ? 'none' : (partition.owner ?? (partition.owned ? 'a member' : null))],
    ['Committed', offset(partition.committed)],
    ['End', offset(partition.end)],
    ['Log start', offset(partition.start)],
    ['Unmoved for', duration(partition.idle_s), 'with work to do'],
    [
      'Owners here',
      withCommas(partition.owners),
      partition.owners > 1 ? 'poison? several had it at this offset' : 'at this committed offset',
    ],
    ['Held back', count(partition.unstable), 'above the last stable offset'],
    ...goneFacts('Lost', partition.lost),
    ...goneFacts('Skipped', partition.skipped),
    ...(partition.clock_suspect ? [['Clock', 'suspect', 'timestamps do not agree with when records came in']] : []),
  ]);
}

function goneFacts(name, gone) {
  if (gone === null) return [];
  return [
    [
      name,
      plural(gone.records, 'record', 'records'),
      `offsets ${withCommas(gone.from)} to ${withCommas(gone.to)}, ${clockTime(gone.at, serverNow())}`,
    ],
  ];
}

/** Without a retention nothing is deleted; with one, no time means that it is not in sight. */
function expiryText(seconds, view) {
  if (isNumber(seconds)) return roughly(seconds);
  const isKnown = isNumber(view.retention_s) || isNumber(view.retention_bytes);
  return isKnown && isNumber(view.lag) ? 'not in sight' : null;
}
