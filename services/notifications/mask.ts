/** An address of which nobody can be written to: the first letter, and the domain. */
export function maskedAddress(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 1 ? '***' : `${[...address][0]}***${address.slice(at)}`;
}

const SUBJECT_SHOWN_LENGTH = 10;

/** The beginning of a subject: enough to tell one kind of mail from another. */
export function maskedSubject(subject: string): string {
  const letters = [...subject];
  return letters.length <= SUBJECT_SHOWN_LENGTH
    ? '…'
    : `${letters.slice(0, SUBJECT_SHOWN_LENGTH).join('').trimEnd()} …`;
}
