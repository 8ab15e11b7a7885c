// Days of the proleptic Gregorian calendar without a clock or a time zone: a date is its `YYYY-MM-DD` text, and
// arithmetic goes through a count of days. The year is reckoned to begin in March, so that a leap day falls on
// its end (Howard Hinnant's days_from_civil and civil_from_days).

const CIVIL_DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
/** The code of `0`. */
const ZERO = 0x30;
const DAYS_IN_ERA = 146_097;
const YEARS_IN_ERA = 400;
/** 0001-01-01 and 9999-12-31, as days since the March before year 1. */
const FIRST_DAY = 306;
const LAST_DAY = 3_652_364;

/**
 * The date `days` after `date` (before it, where negative).
 * @param date `YYYY-MM-DD`, years 0001 to 9999
 * @param days a whole number, at most 100,000 either way
 * @returns `YYYY-MM-DD`, or undefined where `date` is no date or the result is not within those years
 */
export function addDays(date: string, days: number): string | undefined {
  const count = daysFromMarchOfYearZero(date);
  if (count === undefined || !Number.isInteger(days) || Math.abs(days) > 100_000) return undefined;
  const reached = count + days;
  return reached < FIRST_DAY || reached > LAST_DAY ? undefined : dateFromDays(reached);
}

/** Whether the text is a day that exists, as `YYYY-MM-DD`: `2024-02-29` is, `2023-02-29` is not. */
export function isCivilDate(text: string): boolean {
  return daysFromMarchOfYearZero(text) !== undefined;
}

function daysFromMarchOfYearZero(date: string): number | undefined {
  if (!CIVIL_DATE.test(date)) return undefined;
  const year = 100 * twoDigits(date, 0) + twoDigits(date, 2);
  const month = twoDigits(date, 5);
  const day = twoDigits(date, 8);
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  const marchYear = month > 2 ? year : year - 1;
  const era = Math.floor(marchYear / YEARS_IN_ERA);
  const yearOfEra = marchYear - era * YEARS_IN_ERA;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_IN_ERA + dayOfEra;
}

function dateFromDays(count: number): string {
  const era = Math.floor(count / DAYS_IN_ERA);
  const dayOfEra = count - era * DAYS_IN_ERA;
  const leapDays =
    Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / (DAYS_IN_ERA - 1));
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const year = yearOfEra + era * YEARS_IN_ERA + (month <= 2 ? 1 : 0);
  return `${pad(Math.floor(year / 100))}${pad(year % 100)}-${pad(month)}-${pad(day)}`;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function twoDigits(date: string, at: number): number {
  return 10 * (date.charCodeAt(at) - ZERO) + date.charCodeAt(at + 1) - ZERO;
}

function pad(twoDigits: number): string {
  return twoDigits < 10 ? `0${twoDigits}` : String(twoDigits);
}
