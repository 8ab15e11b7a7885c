/** Who points at a box of the drawing sees its arrows alone; the table below says the same in words. */
export function lightUpWays() {
  for (const flow of document.querySelectorAll('[data-flow]')) {
    flow.addEventListener('pointerover', ({ target }) => light(flow, target.closest('[data-node]')));
    flow.addEventListener('pointerleave', () => light(flow, null));
  }
}

function light(flow, node) {
  flow.classList.toggle('has-lit', node !== null);
  const name = node?.dataset.node;
  for (const way of flow.querySelectorAll('[data-way]'))
    way.classList.toggle('is-lit', name !== undefined && way.dataset.way.split(' ').includes(name));
}
