// bun run demo: the command of that name, by itself.
import { runAlone } from './cli/requite.ts';

process.exitCode = await runAlone('demo', process.argv.slice(2), process.env);
