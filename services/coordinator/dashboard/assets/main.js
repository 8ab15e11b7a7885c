// What the pages do where there is JavaScript. Each works without.
import { follow } from './live.js';
import { addCopyButtons, switchThemeInPlace } from './small-things.js';
import { improveStartForm } from './start-form.js';

document.documentElement.dataset.scripted = '';
addCopyButtons(document);
switchThemeInPlace();
improveStartForm();
follow(() => addCopyButtons(document));
