// Every command by name, in the order of the help; loaded when asked for, so that help costs nothing.
import type { ListedCommand } from './command.ts';

export const commands: readonly ListedCommand[] = [
  {
    name: 'bills',
    group: 'Bills and customers',
    summary: 'writes lost bill files again from the log',
    words: ['restore'],
    load: async () => (await import('./bills-restore.ts')).restore,
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
    name: 'rules',
    group: 'Operation',
    summary: 'who reacts to which event, and what a change of that would do',
    words: ['show', 'diff', 'draw'],
    load: async () => (await import('./rules.ts')).rules,
  },
];
