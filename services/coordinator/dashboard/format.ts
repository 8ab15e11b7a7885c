// Numbers and times as people read them.

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** 12345 as 12,345. */
export function count(value: number): string {
  return value.toLocaleString('en');
}

/** `1 bill`, `2 bills`. */
export function several(value: number, one: string, more: string = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : more}`;
}

/** An ISO time as `22 Nov 2026, 07:31 UTC`; what is none as it is. */
export function moment(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return `${day(date)}, ${iso.slice(11, 16)} UTC`;
}

function day(date: Date): string {
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

/** How long ago that was: `just now`, `5 min ago`, `3 h ago`, `yesterday`, then the day. */
export function ago(iso: string, nowMs: number): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const ms = nowMs - date.getTime();
  if (ms < MINUTE_MS) return 'just now';
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min ago`;
  if (ms < DAY_MS) return `${Math.floor(ms / HOUR_MS)} h ago`;
  return ms < 2 * DAY_MS ? 'yesterday' : day(date);
}

/** `2026-11` as `November 2026`, and so on for a day; what is neither as it is. */
export function month(period: string): string {
  const [, year, number] = /^(\d{4})-(\d\d)$/.exec(period) ?? [];
  const name = number === undefined ? undefined : MONTHS[Number(number) - 1];
  return name === undefined ? period : `${name} ${year}`;
}

/** Whole seconds as `40 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return `${minutes} min ${Math.round(seconds % 60)} s`;
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Bills a second: one digit after the point below ten. */
export function rate(perSecond: number): string {
  return perSecond < 10 ? perSecond.toFixed(1) : count(Math.round(perSecond));
}

/** The time of an ISO time to the millisecond, as `07:31:02.153`; what is none as it is. */
export function clock(iso: string): string {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : date.toISOString().slice(11, 23);
}

/** Milliseconds as `12 ms`, `3.2 s`, and from a minute on as `duration` has it. */
export function lasting(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s` : duration(ms / 1_000);
}

/** An amount as a bill has it, such as `12345.60`, with its currency: `12,345.60 EUR`. */
export function money(amount: string, currency: string): string {
  const [, sign = '', whole = amount, rest = ''] = /^(-?)(\d+)(.*)$/.exec(amount) ?? [];
  return `${sign}${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${rest} ${currency}`;
}

/** `12 bytes`, `3.4 KB`, `1.2 MB`. */
export function size(bytes: number): string {
  if (bytes < 1_000) return several(bytes, 'byte');
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
