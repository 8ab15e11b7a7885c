import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The ids of the orders that the mails of an outbox are about, by their Message-ID, one for each mail. */
export function ordersIn(directory: string): readonly string[] {
  if (!existsSync(directory)) return []; // its service has not come up yet
  return readdirSync(directory)
    .filter((name) => name.endsWith('.eml'))
    .map((name) => {
      const [, id] =
        /^Message-ID: <email-([^@>]+)@/im.exec(readFileSync(join(directory, name), 'utf8')) ?? [];
      if (id === undefined) throw new Error(`${name} has no Message-ID that names its order`);
      return decodeURIComponent(id);
    });
}
