/** The buttons beside commands copy them. */
export function copyOnClick() {
  if (!('clipboard' in navigator)) return;
  document.documentElement.dataset.copies = '';
  document.addEventListener('click', async ({ target }) => {
    const button = target instanceof Element ? target.closest('[data-copy]') : null;
    if (button === null) return;
    await navigator.clipboard.writeText(button.previousElementSibling.textContent);
    button.textContent = 'Copied';
    setTimeout(() => {
      button.textContent = 'Copy';
    }, 2_000);
  });
}

/** Changes the colours without a new page. */
export function switchThemeInPlace() {
  const form = document.querySelector('[data-theme-switch]');
  form?.addEventListener('submit', async (event) => {
    const { submitter } = event;
    if (submitter === null) return;
    event.preventDefault();
    document.documentElement.dataset.theme = submitter.value;
    const body = new URLSearchParams(new FormData(form, submitter));
    await fetch(form.action, { method: 'POST', body, redirect: 'manual', keepalive: true });
    // only now does the next page come in these colours, too
    for (const button of form.querySelectorAll('button')) {
      button.setAttribute('aria-pressed', String(button === submitter));
    }
  });
}
