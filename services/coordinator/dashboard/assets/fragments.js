// What takes a moment to find is a page of its own, and is put into this one where there is JavaScript.

/** Fills each element that names a page by `data-fragment` with what that page has marked so. */
export function fetchFragments() {
  for (const place of document.querySelectorAll('[data-fragment]')) void fill(place);
}

async function fill(place) {
  const before = [...place.childNodes];
  const waiting = document.createElement('p');
  waiting.className = 'soft';
  waiting.setAttribute('role', 'status');
  waiting.textContent = 'Looking for them on the topics …';
  place.replaceChildren(waiting);
  try {
    const response = await fetch(place.dataset.fragment, { headers: { accept: 'text/html' } });
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    const found = page.querySelector('[data-fragment-content]');
    if (found === null) throw new Error(`answered ${response.status}`);
    place.replaceChildren(...document.importNode(found, true).childNodes);
  } catch {
    // the link leads to the page, which says what is the matter
    place.replaceChildren(...before);
  }
}
