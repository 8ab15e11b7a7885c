// Keeps the parts of a page that are marked `data-live` as they are now: whenever an event says that something has changed,
// and every few seconds, the page is fetched again and those parts are changed in place.
import { morph } from './morph.js';

/** Events come in bursts: the page is fetched so often at most, in milliseconds. */
const AT_MOST_EVERY_MS = 400;
const LATE_MS = 10_000;

/** Follows, if the page asks for that. */
export function follow() {
  const main = document.querySelector('main[data-every]');
  if (main === null) return;
  const everyMs = Number(main.dataset.every);
  let fetchedAt = performance.now();
  let lastGood = new Date();
  let isFetching = false;
  let isDue = false;
  let timer = 0;

  const later = (ms) => {
    clearTimeout(timer);
    timer = setTimeout(() => void look(), ms);
  };

  async function look() {
    if (document.hidden) return; // it looks again when it is seen again
    if (isFetching) {
      isDue = true;
      return;
    }
    isFetching = true;
    isDue = false;
    try {
      const goesOn = await refresh(main);
      lastGood = new Date();
      tell(null);
      if (!goesOn) return;
    } catch {
      // unreachable, or it takes too long: said on the page, and tried again
      tell(lastGood);
    } finally {
      isFetching = false;
      fetchedAt = performance.now();
    }
    later(isDue ? AT_MOST_EVERY_MS : everyMs);
  }

  const soon = () => {
    const sinceMs = performance.now() - fetchedAt;
    if (isFetching) isDue = true;
    else later(Math.max(0, AT_MOST_EVERY_MS - sinceMs));
  };
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) soon();
  });
  listen(main.dataset.events, soon);
  later(everyMs);
}

/** Without events the page is fetched again and again all the same: a stream that fails needs no other answer. */
function listen(path, onEvent) {
  if (path === undefined || typeof EventSource !== 'function') return;
  const source = new EventSource(path);
  for (const name of ['progress', 'ended', 'job', 'run']) source.addEventListener(name, onEvent);
  source.addEventListener('message', onEvent);
  source.addEventListener('ended', () => source.close());
}

/** Whether there is more to follow. */
async function refresh(main) {
  const response = await fetch(main.dataset.page, {
    headers: { accept: 'text/html' },
    redirect: 'manual',
    signal: AbortSignal.timeout(LATE_MS),
  });
  // the session has ended: the page leads to the login, which another page's script may not look at
  if (response.type === 'opaqueredirect') {
    location.reload();
    return false;
  }
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  const parts = [...main.querySelectorAll('[data-live]')];
  const wanted = parts.map((part) => page.getElementById(part.id));
  // another page, such as one that says that nothing can be shown, or what was waited for
  if (wanted.every((part) => part === null)) {
    if (!response.ok) throw new Error(`answered ${response.status}`);
    location.reload();
    return false;
  }
  for (const [at, part] of parts.entries()) if (wanted[at] !== null) morph(part, wanted[at]);
  return page.querySelector('main[data-every]') !== null;
}

/** Says since when the page is old; nothing while it is not. */
function tell(since) {
  const place = document.querySelector('[data-staleness]');
  if (place === null) return;
  const lost = place.querySelector('.lost');
  if (since === null) {
    lost?.remove();
    return;
  }
  if (lost !== null) return;
  const said = document.createElement('p');
  said.className = 'lost';
  said.textContent = `The coordinator does not answer. What you see is from ${since.toLocaleTimeString()}; this page goes on by itself as soon as it is back.`;
  place.append(said);
}
