/** A bill's frame is as high as the bill, so that it reads as a part of the page. Without this it scrolls in its frame. */
export function fitSheets() {
  for (const frame of document.querySelectorAll('iframe.sheet')) {
    const fit = () => fitToContent(frame);
    frame.addEventListener('load', fit);
    // its lines break elsewhere where it becomes wider or narrower
    new ResizeObserver(fit).observe(frame);
  }
}

function fitToContent(frame) {
  const page = frame.contentDocument?.documentElement;
  const sheet = page?.querySelector('main');
  if (!sheet) return; // it is not there yet
  // the frame is the sheet, on no desk; and on a narrow screen a bill is as high as its window, which here is the frame
  Object.assign(sheet.style, { minHeight: '0', marginBlock: '0', boxShadow: 'none' });
  const border = frame.offsetHeight - frame.clientHeight;
  frame.style.height = `${Math.ceil(page.getBoundingClientRect().height) + border}px`;
}
