// What the pages do where there is JavaScript. Each works without.
import { fetchFragments } from './fragments.js';
import { follow } from './live.js';
import { fitSheets } from './sheet.js';
import { copyOnClick, switchThemeInPlace } from './small-things.js';
import { improveStartForm } from './start-form.js';
import { lightUpWays } from './topology.js';

document.documentElement.dataset.scripted = '';
copyOnClick();
switchThemeInPlace();
improveStartForm();
lightUpWays();
fitSheets();
fetchFragments();
follow();
