/** A button beside each command that copies it. */
export function addCopyButtons(root) {
  if (!('clipboard' in navigator)) return;
  for (const command of root.querySelectorAll('[data-copy]')) {
    if (command.parentElement.classList.contains('copyable')) continue;
    const frame = document.createElement('div');
    frame.className = 'copyable';
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'Copy';
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(command.textContent);
      button.textContent = 'Copied';
      setTimeout(() => {
        button.textContent = 'Copy';
      }, 2_000);
    });
    command.replaceWith(frame);
    frame.append(command, button);
  }
}

/** Changes the colours without a new page. */
export function switchThemeInPlace() {
  const form = document.querySelector('[data-theme-switch]');
  form?.addEventListener('submit', async (event) => {
    const { submitter } = event;
    if (submitter === null) return;
    event.preventDefault();
    document.documentElement.dataset.theme = submitter.value;
    for (const button of form.querySelectorAll('button')) {
      button.setAttribute('aria-pressed', String(button === submitter));
    }
    const fields = new URLSearchParams(new FormData(form, submitter));
    await fetch(form.action, { method: 'POST', body: fields, redirect: 'manual' });
  });
}
