/** So many of a thing, in words. */
export const times = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
