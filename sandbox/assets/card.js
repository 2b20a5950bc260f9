// The card fields: what is typed, what is wrong with it, and the payment method made from it.
// Talks only to the page that is named in the address, which the server has checked.
(() => {
  'use strict';
  const PARENT = new URLSearchParams(location.search).get('origin');
  const CHANNEL = location.hash.slice(1);
  const form = document.querySelector('form');
  const { number, expiry, cvc } = form.elements;
  const fields = { number, expiry, cvc };
  const brandLabel = document.querySelector('.brand');
  const BRANDS = [
    ['visa', 'Visa', /^4/],
    ['amex', 'Amex', /^3[47]/],
    ['mastercard', 'Mastercard', /^(5[1-5]|2[2-7])/],
    ['discover', 'Discover', /^(6011|64|65)/],
    ['diners', 'Diners', /^3[0689]/],
    ['jcb', 'JCB', /^35/],
    ['unionpay', 'UnionPay', /^62/],
  ];
  let key = null;
  let shownHeight = 0;

  const tell = (message) => parent.postMessage({ ...message, channel: CHANNEL }, PARENT);
  const digits = (input) => input.value.replace(/\D/g, '');
  const brandOf = (value) => BRANDS.find(([, , pattern]) => pattern.test(value)) ?? ['unknown', '', null];

  // ---- What is typed --------------------------------------------------------------------------

  function grouped(value) {
    const cut = value.slice(0, 19);
    return /^3[47]/.test(cut)
      ? cut.slice(0, 15).replace(/^(\d{4})(\d{1,6})?(\d{1,5})?.*$/, (_, a, b, c) => [a, b, c].filter(Boolean).join(' '))
      : cut.replace(/(\d{4})(?=\d)/g, '$1 ');
  }

  function asExpiry(value) {
    let cut = value.replace(/^(\d{2})20(\d{2})$/, '$1$2').slice(0, 4);
    if (/^[2-9]/.test(cut)) cut = `0${cut}`.slice(0, 4);
    return cut.length > 2 ? `${cut.slice(0, 2)} / ${cut.slice(2)}` : cut;
  }

  // Keeps the caret behind the digit it was behind, though spaces come and go.
  function rewrite(input, shape) {
    const before = input.value.slice(0, input.selectionStart ?? input.value.length).replace(/\D/g, '').length;
    const atEnd = input.selectionStart === input.value.length;
    const next = shape(digits(input));
    if (next === input.value) return;
    input.value = next;
    if (document.activeElement !== input) return;
    let place = next.length;
    if (!atEnd) {
      let seen = 0;
      for (place = 0; place < next.length && seen < before; place += 1) {
        if (/\d/.test(next[place])) seen += 1;
      }
    }
    input.setSelectionRange(place, place);
  }

  function plausible(value) {
    let sum = 0;
    [...value].reverse().forEach((digit, place) => {
      const double = Number(digit) * (1 + (place % 2));
      sum += double > 9 ? double - 9 : double;
    });
    return value.length >= 12 && sum % 10 === 0;
  }

  const problem = (code, message) => ({ type: 'validation_error', code, message });

  const checks = {
    number(value) {
      const length = /^3[47]/.test(value) ? 15 : /^3[0689]/.test(value) ? 14 : 16;
      if (value.length < length && !(value.length >= 12 && plausible(value))) return problem('incomplete_number', 'Your card number is incomplete.');
      return plausible(value) ? null : problem('invalid_number', 'Your card number is invalid.');
    },
    expiry(value) {
      if (value.length < 4) return problem('incomplete_expiry', 'Your card\u2019s expiration date is incomplete.');
      const month = Number(value.slice(0, 2));
      const year = 2000 + Number(value.slice(2));
      if (month < 1 || month > 12) return problem('invalid_expiry_month', 'Your card\u2019s expiration date is invalid.');
      const now = new Date();
      const past = year * 12 + month < now.getFullYear() * 12 + now.getMonth() + 1;
      return past ? problem('invalid_expiry_year_past', 'Your card\u2019s expiration year is in the past.') : null;
    },
    cvc(value) {
      const length = /^3[47]/.test(digits(number)) ? 4 : 3;
      return value.length < length ? problem('incomplete_cvc', 'Your card\u2019s security code is incomplete.') : null;
    },
  };

  function mark(name, found) {
    const input = fields[name];
    document.getElementById(`${name}-error`).textContent = found ? found.message : '';
    if (found) input.setAttribute('aria-invalid', 'true');
    else input.removeAttribute('aria-invalid');
  }

  const errorIn = (name) => checks[name](digits(fields[name]));

  // All problems are shown; the first is the answer, and its field has the focus.
  function validate() {
    const found = Object.keys(fields).map((name) => [name, errorIn(name)]);
    found.forEach(([name, error]) => mark(name, error));
    const first = found.find(([, error]) => error);
    if (first) fields[first[0]].focus();
    return first ? first[1] : null;
  }

  function changed() {
    const [brand, label] = brandOf(digits(number));
    brandLabel.textContent = label;
    const errors = Object.keys(fields).map(errorIn);
    const shown = Object.keys(fields).find((name) => fields[name].hasAttribute('aria-invalid'));
    const event = {
      brand, complete: errors.every((error) => !error),
      empty: Object.values(fields).every((input) => !input.value), collapsed: false,
      value: { type: 'card' }, error: shown ? errorIn(shown) ?? undefined : undefined,
    };
    tell({ kind: 'change', event });
  }

  number.addEventListener('input', () => rewrite(number, grouped));
  expiry.addEventListener('input', () => rewrite(expiry, asExpiry));
  cvc.addEventListener('input', () => rewrite(cvc, (value) => value.slice(0, 4)));
  for (const [name, input] of Object.entries(fields)) {
    input.addEventListener('input', () => {
      if (!errorIn(name)) mark(name, null);
      changed();
    });
    input.addEventListener('blur', () => {
      if (input.value) mark(name, errorIn(name));
      tell({ kind: 'blur' });
    });
    input.addEventListener('focus', () => tell({ kind: 'focus' }));
  }
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') tell({ kind: 'escape' });
  });

  for (const chip of document.querySelectorAll('.chips button')) {
    chip.addEventListener('click', () => {
      number.value = grouped(chip.dataset.number);
      expiry.value = `12 / ${String(new Date().getFullYear() + 3).slice(2)}`;
      cvc.value = '123';
      Object.keys(fields).forEach((name) => mark(name, null));
      changed();
    });
  }

  // ---- What the page asks ---------------------------------------------------------------------

  async function createPaymentMethod(details) {
    const [month, year] = [digits(expiry).slice(0, 2), digits(expiry).slice(2)];
    const body = new URLSearchParams({
      type: 'card', 'card[number]': digits(number), 'card[cvc]': digits(cvc),
      'card[exp_month]': String(Number(month)), 'card[exp_year]': `20${year}`,
    });
    for (const [name, value] of Object.entries(details ?? {})) {
      if (value && typeof value === 'object') {
        for (const [inner, text] of Object.entries(value)) body.append(`billing_details[${name}][${inner}]`, text ?? '');
      } else if (value && value !== 'auto' && value !== 'never') {
        body.append(`billing_details[${name}]`, value);
      }
    }
    try {
      const response = await fetch('/v1/payment_methods', { method: 'POST', headers: { authorization: `Bearer ${key}` }, body });
      const made = await response.json();
      return made.error ? { error: made.error } : { paymentMethod: made };
    } catch {
      return { error: { type: 'api_connection_error', message: 'We are experiencing issues connecting to our payments provider. Please check your internet connection and try again.' } };
    }
  }

  const VARIABLES = {
    colorPrimary: '--accent', colorBackground: '--field', colorText: '--text',
    colorTextSecondary: '--muted', colorDanger: '--danger', borderRadius: '--radius', fontFamily: '--family',
  };

  const root = document.documentElement;

  function dress({ dark, background }) {
    root.classList.toggle('dark', dark);
    root.classList.toggle('light', !dark);
    root.style.background = background;
  }

  function adopt(appearance) {
    for (const [name, value] of Object.entries(appearance?.variables ?? {})) {
      if (VARIABLES[name]) root.style.setProperty(VARIABLES[name], value);
    }
  }

  async function hear(message) {
    const answer = (content) => tell({ answers: message.number, ...content });
    if (message.kind === 'init') {
      key = message.key;
      adopt(message.appearance);
    }
    if (message.kind === 'dress') dress(message);
    if (message.kind === 'validate') answer({ error: validate() });
    if (message.kind === 'create') answer(await createPaymentMethod(message.billingDetails));
    if (message.kind === 'focus') number.focus();
    if (message.kind === 'blur') document.activeElement?.blur();
    if (message.kind === 'clear') {
      form.reset();
      Object.keys(fields).forEach((name) => mark(name, null));
      changed();
    }
    if (message.kind === 'refuse') {
      const notice = document.querySelector('.refused');
      notice.textContent = message.message;
      notice.hidden = false;
      form.hidden = true;
    }
  }

  window.addEventListener('message', (event) => {
    if (event.source !== parent || event.origin !== PARENT || event.data?.channel !== CHANNEL) return;
    hear(event.data);
  });

  new ResizeObserver(() => {
    const height = Math.ceil(document.querySelector('.fields').getBoundingClientRect().height);
    if (height === shownHeight) return;
    shownHeight = height;
    tell({ kind: 'height', height });
  }).observe(document.querySelector('.fields'));

  tell({ kind: 'loaded' });
})();
