// Sends the forms to the control API and keeps the lists fresh without closing what is open.
(() => {
  'use strict';
  const EVERY_MS = 2500;
  const auto = document.getElementById('auto');
  const notice = document.getElementById('notice');

  function say(text) {
    notice.textContent = text;
    notice.hidden = !text;
  }

  async function control(method, path, body) {
    const response = await fetch(path, { method, body: body && JSON.stringify(body) });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.error?.message ?? response.statusText);
    return answer;
  }

  // Replaces only what has changed, and keeps what is open, scrolled to and focused.
  async function refresh() {
    const response = await fetch('/', { headers: { accept: 'text/html' } });
    const fresh = new DOMParser().parseFromString(await response.text(), 'text/html');
    for (const part of document.querySelectorAll('[data-live]')) {
      const next = fresh.getElementById(part.id);
      const open = [...part.querySelectorAll('details[open]')].map((details) => details.dataset.key);
      for (const details of next.querySelectorAll('details')) details.open = open.includes(details.dataset.key);
      if (next.innerHTML === part.innerHTML) continue;
      if (part.contains(document.activeElement) && document.activeElement !== document.body) continue;
      const scrolled = part.querySelector('.entries')?.scrollTop ?? 0;
      part.replaceChildren(...next.childNodes);
      const list = part.querySelector('.entries');
      if (list) list.scrollTop = scrolled;
    }
  }

  async function act(work, done) {
    try {
      await work();
      say(done);
      if (document.activeElement?.closest('[data-live]')) document.activeElement.blur();
      await refresh();
    } catch (error) {
      say(`That did not work: ${error.message}`);
    }
  }

  function fieldsFor(form) {
    const fault = form.elements.fault.value;
    for (const label of form.querySelectorAll('[data-for]')) {
      label.hidden = !label.dataset.for.split(' ').includes(fault);
    }
  }

  function bodyOf(form) {
    const body = {};
    for (const field of form.elements) {
      if (!field.name || !field.value || field.closest('[hidden]')) continue;
      if (field.name === 'metadata') {
        const at = field.value.indexOf('=');
        body.metadata = { [field.value.slice(0, at)]: field.value.slice(at + 1) };
      } else {
        body[field.name] = field.type === 'number' ? Number(field.value) : field.value;
      }
    }
    return body;
  }

  for (const form of document.querySelectorAll('form[data-post]')) {
    fieldsFor(form);
    form.elements.fault.addEventListener('change', () => fieldsFor(form));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      act(() => control('POST', form.dataset.post, bodyOf(form)), 'The gateway will misbehave.');
    });
  }

  document.addEventListener('click', (event) => {
    const { resend, clear, advance, to, act: path, body } = event.target.closest('button')?.dataset ?? {};
    if (resend !== undefined) act(() => control('POST', `/control/events/${resend}/resend`), 'Sent again.');
    if (advance !== undefined) act(() => control('POST', '/control/clock', { advance_s: Number(advance) }), 'The clock went on.');
    if (to !== undefined) act(() => control('POST', '/control/clock', { to: Number(to) }), 'The clock went on.');
    if (path !== undefined) act(() => control('POST', path, JSON.parse(body)), 'Done.');
    if (clear !== undefined) act(() => control('DELETE', clear ? `/control/faults/${clear}` : '/control/faults'), 'Cleared.');
  });

  setInterval(() => {
    if (auto.checked && !document.hidden) refresh().catch(() => say('The sandbox does not answer.'));
  }, EVERY_MS);
})();
