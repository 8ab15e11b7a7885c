// Changes one piece of the page into another and leaves alone what is the same, so that focus and selection stay where they
// are and bars move instead of jumping.

/** Makes `shown` look like `wanted`, in place. */
export function morph(shown, wanted) {
  copyAttributes(shown, wanted);
  const children = [...wanted.childNodes];
  for (const [at, child] of children.entries()) {
    const there = shown.childNodes[at];
    const known = sameById(shown, child);
    if (known !== null && known !== there) shown.insertBefore(known, there ?? null);
    placeAt(shown, at, child);
  }
  while (shown.childNodes.length > children.length) shown.lastChild.remove();
}

function placeAt(parent, at, wanted) {
  const there = parent.childNodes[at];
  if (there === undefined) parent.append(document.importNode(wanted, true));
  else if (!isLike(there, wanted)) parent.insertBefore(document.importNode(wanted, true), there);
  else if (there.nodeType === Node.ELEMENT_NODE) morph(there, wanted);
  else if (there.nodeValue !== wanted.nodeValue) there.nodeValue = wanted.nodeValue;
}

/** An element with the same id further on in the list: it has moved. */
function sameById(parent, { id }) {
  if (typeof id !== 'string' || id === '') return null;
  for (const child of parent.children) if (child.id === id) return child;
  return null;
}

function isLike(one, other) {
  return (
    one.nodeType === other.nodeType && one.nodeName === other.nodeName && (one.id ?? '') === (other.id ?? '')
  );
}

function copyAttributes(to, from) {
  // whoever has opened something is still reading it
  for (const { name } of [...to.attributes])
    if (!from.hasAttribute(name) && name !== 'open') to.removeAttribute(name);
  for (const { name, value } of from.attributes)
    if (to.getAttribute(name) !== value) to.setAttribute(name, value);
}
