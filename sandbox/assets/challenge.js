// In a frame, the answer is sent from here and the page around it is told that it was given.
// On a page of its own, the form works by itself.
(() => {
  'use strict';
  const main = document.querySelector('main');
  const PARENT = main.dataset.origin;
  if (!PARENT || parent === window) return;
  const CHANNEL = location.hash.slice(1);
  const form = document.querySelector('form');
  const status = document.querySelector('.status');
  const tell = (message) => parent.postMessage({ ...message, channel: CHANNEL }, PARENT);

  form?.addEventListener('submit', async (event) => {
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form, event.submitter));
    const buttons = form.querySelectorAll('button');
    buttons.forEach((button) => { button.disabled = true; });
    status.textContent = 'One moment…';
    try {
      await fetch(form.action, { method: 'POST', body });
      tell({ kind: 'answered' });
    } catch {
      status.textContent = 'That did not work. Try again.';
      buttons.forEach((button) => { button.disabled = false; });
    }
  });
  // There is nothing to answer any more: the page around it finds out how it went.
  if (!form) tell({ kind: 'answered' });

  // Focus stays inside: after the last button comes the first.
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Tab') return;
    const stops = [...document.querySelectorAll('button:not([disabled]), a')];
    const last = stops.length - 1;
    const at = stops.indexOf(document.activeElement);
    if (stops.length && (event.shiftKey ? at <= 0 : at === last)) {
      event.preventDefault();
      stops[event.shiftKey ? last : 0].focus();
    }
  });

  window.addEventListener('message', (event) => {
    if (event.source !== parent || event.origin !== PARENT || event.data?.channel !== CHANNEL) return;
    // Who is quicker than this message and on a button already stays there.
    const nowhere = document.activeElement === document.body;
    if (event.data.kind === 'focus' && nowhere) document.querySelector('h1')?.focus();
  });

  const report = () => tell({ kind: 'height', height: Math.ceil(main.getBoundingClientRect().height) });
  new ResizeObserver(report).observe(main);
})();
