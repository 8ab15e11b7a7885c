// What takes a moment to find is a page of its own, and is put into this one where there is JavaScript.
import { morph } from './morph.js';

/**
 * Fills each element that names a page by `data-fragment` with what that page has marked so, and does it again when the
 * element changes whose id stands in `data-fragment-follows`.
 */
export function fetchFragments() {
  for (const place of document.querySelectorAll('[data-fragment]')) {
    const { fragment, fragmentFollows } = place.dataset;
    const fallback = [...place.childNodes];
    say(place, 'Looking for them on the topics …');
    let last = fill(place, fragment, fallback);
    const followed = document.getElementById(fragmentFollows ?? '');
    if (followed === null) continue;
    const again = () => {
      last = last.then(() => fill(place, fragment, fallback));
    };
    new MutationObserver(again).observe(followed, { childList: true, characterData: true, subtree: true });
  }
}

async function fill(place, path, fallback) {
  try {
    const response = await fetch(path, { headers: { accept: 'text/html' } });
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    const found = page.querySelector('[data-fragment-content]');
    if (found === null) throw new Error(`answered ${response.status}`);
    const shown = place.querySelector('[data-fragment-content]');
    if (shown === null) place.replaceChildren(document.importNode(found, true));
    else morph(shown, found);
  } catch {
    // the link leads to the page, which says what is the matter; what is shown already stays
    if (place.querySelector('[data-fragment-content]') === null) place.replaceChildren(...fallback);
  }
}

function say(place, text) {
  const said = document.createElement('p');
  said.className = 'soft';
  said.setAttribute('role', 'status');
  said.textContent = text;
  place.replaceChildren(said);
}
