#!/usr/bin/env bun
// bun run requite …, or requite: every command by one name.
import { runCommandLine } from './cli/requite.ts';

process.exitCode = await runCommandLine(process.argv.slice(2), process.env);
