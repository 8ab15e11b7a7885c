/** Text without the paths of files, which are for the log and not for whoever asks; addresses of hosts stay. */
export function withoutPaths(text: string): string {
  return text.replace(/(?<=^|[\s"'“(=])(?:\/[^\s"'”(),;:]+){2,}\/?/g, '…');
}
