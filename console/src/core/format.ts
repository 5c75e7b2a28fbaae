// How numbers, sizes and times are written: grouped digits, ISO dates, short durations. Pure, so that it is tested without a browser.

/** What stands where there is no value. */
export const none = '–';

/** 1234567 → "1,234,567". */
export function count(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return none;
  const text = String(Math.round(Math.abs(value)));
  const grouped = text.replace(/\B(?=(\d{3})+$)/g, ',');
  return value <= -0.5 ? '−' + grouped : grouped;
}

/** Short form for axes and tiles: 1234567 → "1.23 M". Under 10,000 nothing is lost. */
export function short(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return none;
  if (Math.abs(value) < 10_000) return Number.isInteger(value) ? count(value) : rate(value);
  const units: [number, string][] = [[1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k']];
  for (const [size, unit] of units) {
    if (Math.abs(value) >= size) return significant(value / size) + ' ' + unit;
  }
  return count(value);
}

/** Of something per second: two decimals below ten, one below a hundred. */
export function rate(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return none;
  if (value === 0) return '0';
  if (value < 0.01) return '<0.01';
  if (value < 10) return value.toFixed(2).replace(/\.?0+$/, '');
  if (value < 100) return value.toFixed(1).replace(/\.0$/, '');
  return count(value);
}

/** Powers of 1024, as df and PowerMTA count. */
export function octets(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return none;
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
  let size = value;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return (unit === 0 ? count(size) : significant(size)) + ' ' + units[unit];
}

/** A share of one: 0.0123 → "1.2 %". */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return none;
  const value = share * 100;
  if (value > 0 && value < 0.1) return '<0.1 %';
  // 99.96 must not read as all of it.
  if (value > 99.9 && value < 100) return '>99.9 %';
  return (value === 0 ? '0' : value < 10 ? value.toFixed(1) : String(Math.round(value))) + ' %';
}

/** Seconds → "250 ms", "4.2 s", "3 min 20 s", "5 h 10 min", "2 d 4 h". */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return none;
  if (seconds < 0) seconds = 0;
  if (seconds < 1) return Math.round(seconds * 1000) + ' ms';
  if (seconds < 10) return seconds.toFixed(1).replace(/\.0$/, '') + ' s';
  if (seconds < 60) return Math.floor(seconds) + ' s';
  const parts: [number, string][] = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];
  const first = parts.findIndex(([size]) => seconds >= size);
  const [size, unit] = parts[first]!;
  const whole = Math.floor(seconds / size);
  const next = parts[first + 1];
  if (!next) return whole + ' ' + unit;
  const rest = Math.floor((seconds - whole * size) / next[0]);
  return whole + ' ' + unit + (rest > 0 ? ' ' + rest + ' ' + next[1] : '');
}

/** One unit only: "3 min". For ages that change while one looks. */
export function coarse(seconds: number): string {
  if (seconds < 1) return '0 s';
  return duration(seconds < 60 ? Math.floor(seconds) : seconds).split(' ').slice(0, 2).join(' ');
}

/** "12 s ago", "in 4 min". A second either way is "now". */
export function relative(time: string | number | null | undefined, now: number): string {
  const at = millis(time);
  if (at === null) return none;
  const seconds = (at - now) / 1000;
  if (Math.abs(seconds) < 1.5) return 'now';
  return seconds < 0 ? coarse(-seconds) + ' ago' : 'in ' + coarse(seconds);
}

/** Local date and time in ISO form: 2026-11-28 05:12:33. */
export function dateTime(time: string | number | null | undefined): string {
  const at = millis(time);
  if (at === null) return none;
  const d = new Date(at);
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())} ${clock(d)}`;
}

/** Only the clock when it is today, the date with it when it is not. */
export function shortTime(time: string | number | null | undefined, now: number): string {
  const at = millis(time);
  if (at === null) return none;
  const d = new Date(at);
  const today = new Date(now);
  const same = d.getFullYear() === today.getFullYear() && d.getMonth() === today.getMonth() && d.getDate() === today.getDate();
  return same ? clock(d) : dateTime(at);
}

/** The offset of this browser's time, for the line that says which time is shown: "UTC+02:00". */
export function zone(now: number): string {
  const minutes = -new Date(now).getTimezoneOffset();
  if (minutes === 0) return 'UTC';
  const size = Math.abs(minutes);
  return `UTC${minutes < 0 ? '−' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** Milliseconds since 1970; null for no time and for what is no time. */
export function millis(time: string | number | null | undefined): number | null {
  if (time === null || time === undefined || time === '') return null;
  const at = typeof time === 'number' ? time : Date.parse(time);
  return Number.isFinite(at) ? at : null;
}

/** "1 queue", "2 queues". */
export function plural(n: number, one: string, many = one + 's'): string {
  return count(n) + ' ' + (n === 1 ? one : many);
}

function significant(value: number): string {
  const size = Math.abs(value);
  return size >= 100 ? String(Math.round(value)) : size >= 10 ? value.toFixed(1).replace(/\.0$/, '') : value.toFixed(2).replace(/\.?0+$/, '');
}

function clock(d: Date): string {
  return `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
}

function two(n: number): string {
  return n < 10 ? '0' + n : String(n);
}
