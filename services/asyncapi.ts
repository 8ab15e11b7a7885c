// bun run asyncapi: the command of that name, by itself.
import { runAlone } from './cli/requite.ts';

process.exitCode = await runAlone('asyncapi', process.argv.slice(2), process.env);
