// Numbers and times as `shasta lag` prints them. What is not known is null here and `-` on the page, never 0.

const NOT_KNOWN = '-';

const isNumber = (value) => typeof value === 'number' && Number.isFinite(value);

const withCommas = (value) => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');

/** Seconds as `1d 22h 19m`, `9m 12s`: seconds matter below an hour, minutes always. */
function duration(seconds) {
  if (!isNumber(seconds)) return null;
  const whole = Math.max(0, Math.floor(seconds));
  const [days, hours, minutes] = [Math.floor(whole / 86_400), Math.floor(whole / 3_600) % 24, Math.floor(whole / 60) % 60];
  if (days >= 1_000) return `${withCommas(days)}d`;
  if (days > 0) return `${days}d ${hours}h ${minutes}m`;
  if (hours > 0) return `${hours}h ${minutes}m`;
  return minutes > 0 ? `${minutes}m ${whole % 60}s` : `${whole}s`;
}

/** Seconds in the two largest units that say something: `15d 20h`, `14d`, `5m`. For what is estimated, or round by itself. */
function roughly(seconds) {
  const told = duration(seconds);
  return told === null
    ? null
    : told
        .split(' ')
        .filter((part, index) => index === 0 || !/^0/.test(part))
        .slice(0, 2)
        .join(' ');
}

/** Seconds in the one largest unit that holds them: at most four characters below ten thousand days. */
function shortDuration(seconds) {
  if (!isNumber(seconds)) return null;
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return whole === 0 ? '0' : `${whole}s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)}m`;
  return whole < 172_800 ? `${Math.floor(whole / 3_600)}h` : `${Math.floor(whole / 86_400)}d`;
}

/** Offsets are never rounded: they are for copying. */
const offset = (value) => (isNumber(value) ? (value < 0 ? 'never' : withCommas(value)) : null);

function count(value) {
  if (!isNumber(value)) return null;
  if (Math.abs(value) < 1e6) return withCommas(value);
  const [unit, name] = Math.abs(value) < 1e9 ? [1e6, 'M'] : Math.abs(value) < 1e12 ? [1e9, 'G'] : [1e12, 'T'];
  return `${(value / unit).toFixed(1)} ${name}`;
}

/** Records per second. */
function rate(value) {
  if (!isNumber(value)) return null;
  return `${Math.abs(value) < 100 ? value.toFixed(1) : count(value)}/s`;
}

/** Seconds of event time per second, or how many times as much goes out as comes in. */
const times = (value) => (isNumber(value) ? `${value.toFixed(2)}x` : null);

function bytes(value) {
  if (!isNumber(value)) return null;
  const power = Math.min(4, Math.max(0, Math.floor(Math.log2(Math.max(1, value)) / 10)));
  const scaled = value / 1_024 ** power;
  return `${scaled < 10 && power > 0 ? scaled.toFixed(1) : Math.round(scaled)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][power]}`;
}

const HOUR_AND_MINUTE = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const DAY = new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', month: 'short' });

/** Seconds since 1970 on the reader's clock face: `14:02`, and the day where it is not that of `now`. */
function clockTime(seconds, now) {
  if (!isNumber(seconds) || Math.abs(seconds) > 8e12) return null;
  const [then, today] = [new Date(seconds * 1_000), new Date(now * 1_000)];
  const hour = HOUR_AND_MINUTE.format(then);
  return then.toDateString() === today.toDateString() ? hour : `${DAY.format(then)} ${hour}`;
}

const plural = (number, one, many) => `${withCommas(number)} ${number === 1 ? one : many}`;

/** `3, 7, 9 and 12 more`. */
function listed(numbers, most) {
  const shown = numbers.slice(0, most).join(', ');
  return numbers.length > most ? `${shown} and ${numbers.length - most} more` : shown;
}
