import type { Surroundings } from './command.ts';

/** Puts a document into the file or, without one, on standard output: on a terminal made harmless, else as it is. */
export async function deliver(
  bytes: Uint8Array,
  file: string | undefined,
  { onTerminal, out, err, write }: Surroundings,
): Promise<void> {
  if (file !== undefined) {
    await Bun.write(file, bytes);
    err(`${file}: ${bytes.length} bytes\n`);
  } else if (onTerminal.out) out(new TextDecoder().decode(bytes));
  else await write(bytes);
}
