import { runCommand, type Said } from '../../support/run-command.ts';

/** Runs `topics …` in a process of its own, to its end. This process goes on meanwhile. */
export function runTopics(line: string, env: Readonly<Record<string, string>>): Promise<Said> {
  return runCommand(
    'topics',
    line.split(' ').filter((word) => word !== ''),
    env,
  );
}

/** The line of a command's output that is about a topic. */
export function lineOf(text: string, topic: string): string | undefined {
  return text.split('\n').find((each) => each.startsWith(`${topic} `));
}
