// Stands in for Stripe.js against the sandbox: the same calls, the same answers.
//
// Card data stays in a frame of the sandbox's origin; this script only ever sees the id of the
// payment method made from it. Styles are set through `element.style`, because the page around it
// may forbid inline styles.
(() => {
  'use strict';
  const ORIGIN = new URL(document.currentScript.src).origin;
  const VERSION = '2025-09-30.clover';
  const FINISHED = ['succeeded', 'canceled', 'processing', 'requires_capture'];
  const AUTHENTICATION_FAILED =
    'We are unable to authenticate your payment method. Please choose a different payment method and try again.';
  const DARK = matchMedia('(prefers-color-scheme: dark)');
  let lastNumber = 0;

  class IntegrationError extends Error {
    constructor(message) {
      super(message);
      this.name = 'IntegrationError';
    }
  }

  // ---- The API, as a browser may use it -------------------------------------------------------

  function encode(value, name, into = new URLSearchParams()) {
    if (value === undefined || value === null) return into;
    if (typeof value === 'object') {
      for (const [key, inner] of Object.entries(value)) encode(inner, name ? `${name}[${key}]` : key, into);
    } else {
      into.append(name, String(value));
    }
    return into;
  }

  async function request(key, method, path, params) {
    const form = encode(params);
    const url = method === 'GET' ? `${ORIGIN}${path}?${form}` : `${ORIGIN}${path}`;
    try {
      const response = await fetch(url, {
        method,
        headers: { authorization: `Bearer ${key}`, 'stripe-version': VERSION },
        body: method === 'GET' ? undefined : form,
        credentials: 'omit',
      });
      const body = await response.json();
      return body.error ? { error: body.error } : { value: body };
    } catch {
      return { error: { type: 'api_connection_error', message: 'We are experiencing issues connecting to our payments provider. Please check your internet connection and try again.' } };
    }
  }

  function intentId(clientSecret) {
    const match = /^(pi_[A-Za-z0-9]+)_secret_[A-Za-z0-9]+$/.exec(clientSecret ?? '');
    if (!match) {
      throw new IntegrationError(
        `Invalid value for clientSecret: value should be a client secret of the form \${id}_secret_\${secret}. You specified: ${clientSecret}.`,
      );
    }
    return match[1];
  }

  const retrieve = (key, clientSecret) =>
    request(key, 'GET', `/v1/payment_intents/${intentId(clientSecret)}`, { client_secret: clientSecret });

  // An intent that is open again says why; everything else is a result.
  function resultOf(intent) {
    const failure = intent.status === 'requires_payment_method' && intent.last_payment_error;
    if (!failure) return { paymentIntent: intent };
    const message =
      failure.code === 'payment_intent_authentication_failure' ? AUTHENTICATION_FAILED : failure.message;
    return { error: { ...failure, message, payment_intent: intent } };
  }

  // ---- Frames ---------------------------------------------------------------------------------

  // A frame of the sandbox's origin and the questions asked of it. Both sides check who speaks.
  class Frame {
    constructor(path, title) {
      this.channel = `f${++lastNumber}`;
      this.asked = new Map();
      this.heard = () => {};
      const url = new URL(path, ORIGIN);
      url.searchParams.set('origin', location.origin);
      url.hash = this.channel;
      this.node = document.createElement('iframe');
      this.node.src = url.href;
      this.node.title = title;
      Object.assign(this.node.style, {
        display: 'block', width: '100%', border: '0', margin: '0', padding: '0',
        background: 'transparent', colorScheme: 'inherit',
      });
      this.listen = (event) => {
        if (event.origin !== ORIGIN || event.source !== this.node.contentWindow) return;
        const message = event.data;
        if (!message || message.channel !== this.channel) return;
        const answer = this.asked.get(message.answers);
        if (answer) {
          this.asked.delete(message.answers);
          answer(message);
        } else {
          this.heard(message);
        }
      };
      window.addEventListener('message', this.listen);
    }

    tell(message) {
      this.node.contentWindow?.postMessage({ ...message, channel: this.channel }, ORIGIN);
    }

    ask(message) {
      const number = ++lastNumber;
      return new Promise((resolve) => {
        this.asked.set(number, resolve);
        this.tell({ ...message, number });
      });
    }

    remove() {
      window.removeEventListener('message', this.listen);
      this.node.remove();
    }
  }

  // ---- The challenge --------------------------------------------------------------------------

  const challenges = new Map();

  // One window per intent, however often it is asked for.
  function challenge(clientSecret) {
    const id = intentId(clientSecret);
    if (!challenges.has(id)) {
      const shown = showChallenge(id, clientSecret).finally(() => challenges.delete(id));
      challenges.set(id, shown);
    }
    return challenges.get(id);
  }

  function showChallenge(id, clientSecret) {
    return new Promise((resolve) => {
      const before = document.activeElement;
      const dialog = document.createElement('dialog');
      dialog.setAttribute('aria-label', '3-D Secure authentication');
      Object.assign(dialog.style, {
        position: 'fixed', inset: '0', width: '100vw', height: '100dvh', maxWidth: 'none',
        maxHeight: 'none', margin: '0', padding: '16px', border: '0', boxSizing: 'border-box',
        background: 'rgb(10 14 25 / 60%)', display: 'grid', placeItems: 'center', overflow: 'auto',
      });
      const path = `/challenge/${id}?client_secret=${encodeURIComponent(clientSecret)}`;
      const frame = new Frame(path, '3-D Secure challenge');
      Object.assign(frame.node.style, {
        width: 'min(400px, 100%)', height: '360px', maxHeight: '100%', borderRadius: '14px',
        boxShadow: '0 24px 64px rgb(0 0 0 / 35%)',
      });
      let over = false;
      frame.heard = (message) => {
        if (message.kind === 'height') frame.node.style.height = `${message.height}px`;
        if (message.kind !== 'answered') return;
        over = true;
        dialog.close();
        frame.remove();
        dialog.remove();
        if (before instanceof HTMLElement) before.focus({ preventScroll: true });
        resolve();
      };
      // Escape does not answer the bank's question, so it does not close the window either.
      dialog.addEventListener('cancel', (event) => event.preventDefault());
      dialog.addEventListener('close', () => {
        if (!over) dialog.showModal();
      });
      frame.node.addEventListener('load', () => {
        frame.node.focus();
        frame.tell({ kind: 'focus' });
      });
      dialog.append(frame.node);
      document.body.append(dialog);
      dialog.showModal();
    });
  }

  async function afterConfirm(key, clientSecret, confirmed) {
    if (confirmed.error) return { error: confirmed.error };
    const intent = confirmed.value;
    if (intent.status !== 'requires_action') return resultOf(intent);
    if (intent.next_action?.type === 'redirect_to_url') {
      location.assign(intent.next_action.redirect_to_url.url);
      return new Promise(() => {});
    }
    await challenge(clientSecret);
    const after = await retrieve(key, clientSecret);
    return after.error ? { error: after.error } : resultOf(after.value);
  }

  // ---- Elements -------------------------------------------------------------------------------

  // Heights of the fields before the frame has measured itself, so that nothing jumps.
  const expectedHeight = (width) => (width >= 420 ? 229 : 263);

  // What the fields stand on. A frame cannot see the page around it, so it is told the scheme and
  // the colour; text on a transparent frame could otherwise end up dark on dark.
  function surroundings(node) {
    const scheme = getComputedStyle(node).colorScheme;
    const dark = scheme.includes('dark') && (DARK.matches || !scheme.includes('light'));
    for (let at = node; at; at = at.parentElement) {
      const { backgroundColor, backgroundImage } = getComputedStyle(at);
      if (backgroundImage !== 'none') return { dark, background: 'transparent' };
      if (!/^(transparent|rgba\(.*, ?0(\.\d+)?\)|.*\/ ?0?(\.\d+)?\))$/.test(backgroundColor)) return { dark, background: backgroundColor };
    }
    return { dark, background: 'Canvas' };
  }

  class Element {
    constructor(elements, kind, options) {
      this.elements = elements;
      this.kind = kind;
      this.options = options ?? {};
      this.listeners = new Map();
      this.dress = () => this.frame?.tell({ kind: 'dress', ...surroundings(this.frame.node.parentElement) });
    }

    on(name, handler) {
      if (!this.listeners.has(name)) this.listeners.set(name, new Set());
      this.listeners.get(name).add(handler);
      return this;
    }

    once(name, handler) {
      const first = (event) => {
        this.off(name, first);
        handler(event);
      };
      return this.on(name, first);
    }

    off(name, handler) {
      if (handler) this.listeners.get(name)?.delete(handler);
      else this.listeners.delete(name);
      return this;
    }

    emit(name, event = {}) {
      for (const handler of [...(this.listeners.get(name) ?? [])]) handler({ elementType: this.kind, ...event });
    }

    mount(target) {
      const parent = typeof target === 'string' ? document.querySelector(target) : target;
      if (!(parent instanceof HTMLElement)) {
        throw new IntegrationError(`The selector you specified (${target}) applies to no DOM elements that are currently on the page.`);
      }
      if (this.frame) this.unmount();
      this.frame = new Frame('/elements/card', 'Secure payment input frame');
      // The frame keeps 3px for focus rings, and sticks out by as much, so that its fields line up.
      Object.assign(this.frame.node.style, {
        height: `${expectedHeight(parent.clientWidth)}px`, width: 'calc(100% + 6px)', margin: '0 -3px',
      });
      this.frame.heard = (message) => this.hear(message);
      parent.replaceChildren(this.frame.node);
      return this;
    }

    async hear(message) {
      if (message.kind === 'height') this.frame.node.style.height = `${message.height}px`;
      if (message.kind === 'change') this.emit('change', message.event);
      if (message.kind === 'focus' || message.kind === 'blur' || message.kind === 'escape') this.emit(message.kind);
      if (message.kind !== 'loaded') return;
      const { appearance } = this.elements.options;
      this.dress();
      DARK.addEventListener('change', this.dress);
      this.frame.tell({ kind: 'init', key: this.elements.key, appearance, elementKind: this.kind, options: this.options });
      const error = await this.elements.usable();
      if (error) {
        this.frame?.tell({ kind: 'refuse', message: error.message });
        this.emit('loaderror', { error });
      } else {
        this.emit('ready');
      }
    }

    unmount() {
      DARK.removeEventListener('change', this.dress);
      this.frame?.remove();
      this.frame = null;
      return this;
    }

    destroy() {
      this.unmount();
      this.listeners.clear();
      this.elements.made.delete(this.kind);
    }

    focus() { this.frame?.node.focus(); this.frame?.tell({ kind: 'focus' }); }
    blur() { this.frame?.tell({ kind: 'blur' }); }
    clear() { this.frame?.tell({ kind: 'clear' }); }
    collapse() {}
    update(options) { Object.assign(this.options, options); return this; }

    // Either nothing, or what is missing in the fields.
    async validate() {
      if (!this.frame) throw new IntegrationError('We could not retrieve data from the specified Element. Please make sure the Element you are attempting to use is still mounted.');
      return (await this.frame.ask({ kind: 'validate' })).error;
    }

    async createPaymentMethod(billingDetails) {
      const { paymentMethod, error } = await this.frame.ask({ kind: 'create', billingDetails });
      return error ? { error } : { paymentMethod };
    }
  }

  class Elements {
    constructor(key, options) {
      this.key = key;
      this.options = options ?? {};
      this.made = new Map();
      if (this.options.clientSecret) intentId(this.options.clientSecret);
    }

    create(kind, options) {
      if (kind !== 'payment' && kind !== 'card') {
        throw new IntegrationError(`Invalid value for create(): the sandbox knows the elements payment and card, not ${kind}.`);
      }
      if (this.made.has(kind)) {
        throw new IntegrationError(`Can only create one Element of type ${kind} through one Elements instance.`);
      }
      const element = new Element(this, kind, options);
      this.made.set(kind, element);
      return element;
    }

    getElement(kind) { return this.made.get(kind) ?? null; }

    update(options) { Object.assign(this.options, options); }

    get mounted() {
      return [...this.made.values()].find((element) => element.frame);
    }

    // Fields for an intent that cannot be paid any more would only mislead.
    async usable() {
      if (!this.options.clientSecret) return null;
      const { value, error } = await retrieve(this.key, this.options.clientSecret);
      if (error) return error;
      if (!FINISHED.includes(value.status)) return null;
      return {
        type: 'invalid_request_error',
        code: 'payment_intent_unexpected_state',
        message: 'This PaymentIntent is in a terminal state and cannot be used to initialize Elements.',
        payment_intent: value,
      };
    }

    async fetchUpdates() {
      const error = await this.usable();
      return error ? { error } : {};
    }

    async submit() {
      const element = this.mounted;
      if (!element) throw new IntegrationError('elements.submit() needs a mounted Element.');
      const error = await element.validate();
      return error ? { error } : { selectedPaymentMethod: 'card' };
    }
  }

  // ---- Stripe ---------------------------------------------------------------------------------

  class StripeObject {
    constructor(key) {
      this.key = key;
      this.running = new Map();
    }

    elements(options) { return new Elements(this.key, options); }

    async retrievePaymentIntent(clientSecret) {
      const { value, error } = await retrieve(this.key, clientSecret);
      return error ? { error } : { paymentIntent: value };
    }

    async createPaymentMethod({ elements, type, card, params, billing_details: details } = {}) {
      const billingDetails = params?.billing_details ?? details;
      const element = elements?.mounted ?? (card instanceof Element ? card : null);
      if (element) {
        const error = await element.validate();
        return error ? { error } : element.createPaymentMethod(billingDetails);
      }
      const { value, error } = await request(this.key, 'POST', '/v1/payment_methods', {
        type: type ?? 'card', card, billing_details: billingDetails,
      });
      return error ? { error } : { paymentMethod: value };
    }

    confirmPayment({ elements, clientSecret, confirmParams = {}, redirect = 'always' } = {}) {
      const secret = clientSecret ?? elements?.options.clientSecret;
      if (redirect !== 'if_required' && !confirmParams.return_url) {
        throw new IntegrationError('stripe.confirmPayment(): the `confirmParams.return_url` argument is required when using automatic payment methods, unless `redirect: "if_required"`.');
      }
      return this.once(secret, async () => {
        const chosen = await this.choose(elements?.mounted, confirmParams);
        if (chosen.error) return chosen;
        const result = await this.confirm(secret, { return_url: confirmParams.return_url, ...chosen });
        const leaves = redirect !== 'if_required' && result.paymentIntent;
        if (!leaves) return result;
        const url = new URL(confirmParams.return_url, location.href);
        url.searchParams.set('payment_intent', result.paymentIntent.id);
        url.searchParams.set('payment_intent_client_secret', secret);
        url.searchParams.set('redirect_status', 'succeeded');
        location.assign(url);
        return new Promise(() => {});
      });
    }

    confirmCardPayment(clientSecret, data = {}, options = {}) {
      return this.once(clientSecret, async () => {
        const given = data.payment_method;
        const element = given?.card instanceof Element ? given.card : null;
        const chosen = await this.choose(element, {
          payment_method: typeof given === 'string' ? given : undefined,
          payment_method_data: element ? { billing_details: given.billing_details } : undefined,
        });
        if (chosen.error) return chosen;
        const confirmed = await this.post(clientSecret, {
          ...chosen, return_url: data.return_url, setup_future_usage: data.setup_future_usage,
        });
        const stays = options.handleActions === false && !confirmed.error;
        return stays ? { paymentIntent: confirmed.value } : afterConfirm(this.key, clientSecret, confirmed);
      });
    }

    handleNextAction({ clientSecret } = {}) {
      return this.once(clientSecret, async () => afterConfirm(this.key, clientSecret, await retrieve(this.key, clientSecret)));
    }

    handleCardAction(clientSecret) { return this.handleNextAction({ clientSecret }); }

    registerAppInfo() {}

    // ---- Steps ----

    // A second call while the first runs is the same payment, not another one.
    once(secret, work) {
      intentId(secret);
      if (!this.running.has(secret)) {
        this.running.set(secret, work().finally(() => this.running.delete(secret)));
      }
      return this.running.get(secret);
    }

    async choose(element, { payment_method: id, payment_method_data: data }) {
      if (id) return { payment_method: id };
      if (!element) return {};
      const invalid = await element.validate();
      if (invalid) return { error: invalid };
      const { paymentMethod, error } = await element.createPaymentMethod(data?.billing_details);
      return error ? { error } : { payment_method: paymentMethod.id };
    }

    post(clientSecret, params) {
      return request(this.key, 'POST', `/v1/payment_intents/${intentId(clientSecret)}/confirm`, {
        ...params, client_secret: clientSecret, use_stripe_sdk: true,
      });
    }

    async confirm(clientSecret, params) {
      return afterConfirm(this.key, clientSecret, await this.post(clientSecret, params));
    }
  }

  function Stripe(key) {
    if (typeof key !== 'string' || !key.startsWith('pk_')) {
      throw new IntegrationError('Please call Stripe() with your publishable key. You used an empty string or a key of another kind.');
    }
    return new StripeObject(key);
  }
  Stripe.version = 'sandbox';
  window.Stripe = Stripe;
})();
