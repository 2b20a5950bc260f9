// The hosted checkout: takes the card, pays, lets the customer answer the bank, and leads back.
(() => {
  'use strict';
  const main = document.querySelector('main');
  const form = document.querySelector('form');
  const email = document.getElementById('email');
  const failure = document.getElementById('failure');
  const status = document.querySelector('.status');
  const button = form.querySelector('button');
  const stripe = Stripe(main.dataset.key);
  const elements = stripe.elements();
  const card = document.getElementById('card');
  let busy = false;
  if (card) elements.create('payment').mount(card);

  const chosen = () => form.querySelector('[name=method]:checked').value;

  for (const radio of form.querySelectorAll('[name=method]')) {
    radio.addEventListener('change', () => {
      for (const part of form.querySelectorAll('[data-method]')) part.hidden = part.dataset.method !== chosen();
    });
  }

  function fail(message) {
    failure.textContent = message;
    failure.hidden = !message;
  }

  function emailIsMissing() {
    const missing = Boolean(email) && !email.checkValidity();
    if (!email) return false;
    document.getElementById('email-error').textContent = missing ? 'Type an email address, such as ada@example.com.' : '';
    if (missing) email.setAttribute('aria-invalid', 'true');
    else email.removeAttribute('aria-invalid');
    if (missing) email.focus();
    return missing;
  }

  // The id of the method to pay with, or nothing when the fields say what is missing.
  async function method() {
    if (chosen() === 'bank') return form.elements.bank_account.value;
    const { paymentMethod, error } = await stripe.createPaymentMethod({
      elements, params: { billing_details: { email: email?.value } },
    });
    if (error && error.type !== 'validation_error') throw new Error(error.message);
    return paymentMethod?.id;
  }

  async function ask(path, body) {
    const response = await fetch(path, { method: body ? 'POST' : 'GET', body });
    const answer = await response.json();
    if (answer.error) throw new Error(answer.error.message);
    return answer;
  }

  async function pay() {
    const id = await method();
    if (!id) return;
    const body = new URLSearchParams({ payment_method: id });
    if (email) body.set('email', email.value);
    let answer = await ask(form.action, body);
    if (answer.client_secret) {
      const { error } = await stripe.handleNextAction({ clientSecret: answer.client_secret });
      if (error) throw new Error(error.message);
      answer = await ask(`${form.action}/outcome`);
    }
    if (answer.return_url) {
      location.assign(answer.return_url);
      return new Promise(() => {});
    }
    form.hidden = true;
    document.getElementById('done').hidden = false;
    const title = document.getElementById('title');
    title.textContent = 'Thank you';
    document.title = 'Thank you';
    title.focus();
  }

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (busy || emailIsMissing()) return;
    busy = true;
    button.disabled = true;
    status.textContent = 'One moment…';
    fail('');
    try {
      await pay();
    } catch (error) {
      fail(error.message);
    } finally {
      busy = false;
      button.disabled = false;
      status.textContent = '';
    }
  });
  // Who comes back with the browser's back button may find that all is over.
  window.addEventListener('pageshow', (event) => { if (event.persisted) location.reload(); });
})();
