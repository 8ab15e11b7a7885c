import { bunRun } from '../../services/platform/shell.ts';

/** What stands before a script's name in advice that is given by the Bun that runs the tests, which npx may have fetched. */
export const BUN_RUN: string = bunRun({ execPath: process.execPath, version: Bun.version });
