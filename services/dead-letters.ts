// bun run dead-letters: the command of that name, by itself.
import { runAlone } from './cli/requite.ts';

process.exitCode = await runAlone('dead-letters', process.argv.slice(2), process.env);
