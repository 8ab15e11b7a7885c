// bun run logs: the command of that name, by itself.
import { runAlone } from './cli/requite.ts';

process.exitCode = await runAlone('logs', process.argv.slice(2), process.env);
