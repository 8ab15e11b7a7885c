const pad = (value: number, length: number): string => String(value).padStart(length, '0');

let latest = { ms: 0, text: '1970-01-01T00:00:00.000Z' };

/** Milliseconds since 1970 UTC as ISO 8601 with milliseconds. All of a batch has one time: it is written once. */
export function isoTime(ms: number): string {
  if (latest.ms !== ms) latest = { ms, text: written(ms) };
  return latest.text;
}

/**
 * Pure arithmetic on the proleptic Gregorian calendar (days to civil date as in Howard Hinnant's "chrono-compatible
 * low-level date algorithms").
 */
function written(ms: number): string {
  const day = Math.floor(ms / 86_400_000);
  const rest = Math.floor(ms) - day * 86_400_000;
  const z = day + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const dayOfMonth = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1;
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const time = [3_600_000, 60_000, 1000]
    .map((unit, at) => pad(Math.floor(rest / unit) % (at === 0 ? 24 : 60), 2))
    .join(':');
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(dayOfMonth, 2)}T${time}.${pad(rest % 1000, 3)}Z`;
}
