// The pages of the system: who runs, how far each is, what was refused, and what can be done about it.
import type { Action, Page } from '../../page.ts';
import { breakersPage } from './breakers.ts';
import { deadLetterPage, replayLetter } from './dead-letter.ts';
import { deadLettersPage, replayLetters } from './dead-letters.ts';
import { groupPage, groupsPage } from './groups.ts';
import { instancesPage } from './instances.ts';
import { logsPage } from './logs.ts';
import { parkedCommands, parkedPage } from './parked.ts';
import { changeSetting, settingPage } from './setting.ts';
import { settingsPage } from './settings.ts';
import { topologyPage } from './topology.ts';

export const systemPages: readonly Page[] = [
  topologyPage,
  instancesPage,
  groupsPage,
  groupPage,
  breakersPage,
  settingsPage,
  settingPage,
  logsPage,
  deadLettersPage,
  deadLetterPage,
  parkedPage,
];

export const systemActions: readonly Action[] = [
  changeSetting,
  replayLetters,
  replayLetter,
  ...parkedCommands,
];
