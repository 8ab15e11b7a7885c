// Every command by name, in the order of the help; loaded when asked for, so that help costs nothing.
import type { ListedCommand } from './command.ts';
import { billSpec, billsSpec, controlSpecs, customersSpec, runSpec, runsSpec, watchSpec } from './specs.ts';
import type { CommandSpec } from './words.ts';

const optionsOf = ({ options }: CommandSpec): readonly string[] => options.map(({ name }) => `--${name}`);

export const commands: readonly ListedCommand[] = [
  {
    name: 'run',
    group: 'Bill runs',
    summary: 'starts a bill run, and watches it until it has ended',
    options: optionsOf(runSpec),
    load: async () => (await import('./run.ts')).run,
  },
  {
    name: 'watch',
    group: 'Bill runs',
    summary: 'shows how far a run is, until it has ended',
    options: optionsOf(watchSpec),
    load: async () => (await import('./watch.ts')).watch,
  },
  {
    name: 'runs',
    group: 'Bill runs',
    summary: 'lists the runs, or shows one',
    options: optionsOf(runsSpec),
    load: async () => (await import('./runs.ts')).runs,
  },
  {
    name: 'pause',
    group: 'Bill runs',
    summary: 'publishes nothing more of a run',
    options: optionsOf(controlSpecs.pause),
    load: async () => (await import('./control.ts')).control('pause'),
  },
  {
    name: 'resume',
    group: 'Bill runs',
    summary: 'lets a paused run go on',
    options: optionsOf(controlSpecs.resume),
    load: async () => (await import('./control.ts')).control('resume'),
  },
  {
    name: 'cancel',
    group: 'Bill runs',
    summary: 'ends a run: what has no bill yet gets none',
    options: optionsOf(controlSpecs.cancel),
    load: async () => (await import('./control.ts')).control('cancel'),
  },
  {
    name: 'retry',
    group: 'Bill runs',
    summary: 'tries what failed in a run again, or is parked',
    options: optionsOf(controlSpecs.retry),
    load: async () => (await import('./control.ts')).control('retry'),
  },
  {
    name: 'bill',
    group: 'Bills and customers',
    summary: 'prints a bill, or writes it to a file',
    options: optionsOf(billSpec),
    load: async () => (await import('./bill.ts')).bill,
  },
  {
    name: 'bills',
    group: 'Bills and customers',
    summary: 'saves all bills of a run in one archive; writes lost files again',
    words: ['restore'],
    options: optionsOf(billsSpec),
    load: async () => (await import('./bills.ts')).bills,
  },
  {
    name: 'customers',
    group: 'Bills and customers',
    summary: 'lists, shows and stores customers',
    words: ['list', 'show', 'put'],
    options: optionsOf(customersSpec),
    load: async () => (await import('./customers.ts')).customers,
  },
  {
    name: 'jobs',
    group: 'When something breaks',
    summary: 'jobs that are parked: lists, shows, retries and cancels them',
    words: ['parked', 'show', 'retry', 'cancel'],
    load: async () => (await import('./jobs.ts')).jobs,
  },
  {
    name: 'dead-letters',
    group: 'When something breaks',
    summary: 'records that were refused: lists, shows and replays them',
    words: ['list', 'show', 'replay'],
    load: async () => (await import('./dead-letters.ts')).deadLetters,
  },
  {
    name: 'audit',
    group: 'When something breaks',
    summary: 'where each workflow, question and record of the log ended',
    load: async () => (await import('./audit.ts')).audit,
  },
  {
    name: 'logs',
    group: 'When something breaks',
    summary: 'what all live processes have logged lately',
    load: async () => (await import('./logs.ts')).logs,
  },
  {
    name: 'services',
    group: 'Operation',
    summary: 'starts services in one process, to stay',
    load: async () => (await import('./services.ts')).startServices,
  },
  {
    name: 'demo',
    group: 'Operation',
    summary: 'starts services, shows what they do, and ends',
    words: ['billing', 'orders'],
    load: async () => (await import('./demo.ts')).demo,
  },
  {
    name: 'config',
    group: 'Operation',
    summary: 'settings that services take over while they run',
    words: ['get', 'set', 'unset', 'history'],
    load: async () => (await import('./config.ts')).config,
  },
  {
    name: 'topics',
    group: 'Operation',
    summary: 'topics of the log: makes, lists, reads and trims them',
    words: ['create', 'list', 'read', 'publish', 'acls', 'trim'],
    load: async () => (await import('./topics.ts')).topics,
  },
  {
    name: 'asyncapi',
    group: 'Operation',
    summary: 'describes the topics and their records, as an AsyncAPI document',
    options: ['--out'],
    load: async () => (await import('./asyncapi.ts')).asyncapi,
  },
  {
    name: 'rules',
    group: 'Operation',
    summary: 'who reacts to which event, and what a change of that would do',
    words: ['show', 'diff', 'draw'],
    load: async () => (await import('./rules.ts')).rules,
  },
];
