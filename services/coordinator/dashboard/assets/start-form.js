/** The list of customers beside the form instead of on a page of its own, and no run that is asked for twice. */
export function improveStartForm() {
  const form = document.querySelector('[data-start-form]');
  if (form === null) return;
  form.addEventListener('submit', () => {
    // after the form's data has been taken, which has the button's name in it
    setTimeout(() => {
      for (const button of form.querySelectorAll('button')) button.disabled = true;
    });
  });
  // back from the run's page: the form can be used again
  addEventListener('pageshow', () => {
    for (const button of form.querySelectorAll('button')) button.disabled = false;
  });
}
