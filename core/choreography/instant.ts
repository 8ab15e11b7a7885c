// Times as texts, read without a clock or a runtime's own calendar.
import { isCivilDate } from '../billing/civil-date.ts';

const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;
export const DAY_MS: number = 86_400_000;

/** ISO 8601 with a zone as milliseconds since 1970 UTC; null where the calendar has no such time. */
export function instantOf(text: string): number | null {
  const match = INSTANT.exec(text);
  if (match === null) return null;
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = '0', sign] =
    match;
  const days = dayOf(`${year}-${month}-${day}`);
  if (days === null || hour > '23' || minute > '59' || second > '59') return null;
  const zone = (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0)) * (sign === '-' ? -1 : 1);
  const minutes = Number(hour) * 60 + Number(minute) - zone;
  return days * DAY_MS + (minutes * 60 + Number(second)) * 1000 + Number(fraction.slice(0, 3).padEnd(3, '0'));
}

/** From 1 March of year 0 to 1 January 1970. */
const DAYS_TO_1970 = 719_468;

/** A day as days since 1970; null where the calendar has none. */
function dayOf(date: string): number | null {
  if (!isCivilDate(date)) return null;
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  const years = month > 2 ? year : year - 1;
  const leapDays = Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400);
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  return years * 365 + leapDays + dayOfYear - DAYS_TO_1970;
}
