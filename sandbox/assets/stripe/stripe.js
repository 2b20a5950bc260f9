// What a page calls.

class StripeObject {
  constructor(key) {
    this.key = key;
    this.running = new Map();
  }

  elements(options) { return new Elements(this.key, options); }

  retrievePaymentIntent(clientSecret) { return this.retrieve(clientSecret, KINDS.pi); }

  retrieveSetupIntent(clientSecret) { return this.retrieve(clientSecret, KINDS.seti); }

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

  confirmPayment(how) { return this.confirmWithElements('confirmPayment', KINDS.pi, how); }

  confirmSetup(how) { return this.confirmWithElements('confirmSetup', KINDS.seti, how); }

  confirmCardPayment(clientSecret, data, options) {
    return this.confirmWithCard(KINDS.pi, clientSecret, data, options);
  }

  confirmCardSetup(clientSecret, data, options) {
    return this.confirmWithCard(KINDS.seti, clientSecret, data, options);
  }

  handleNextAction({ clientSecret } = {}) {
    return this.once(clientSecret, async () => afterConfirm(this.key, clientSecret, await retrieve(this.key, clientSecret)));
  }

  handleCardAction(clientSecret) { return this.handleNextAction({ clientSecret }); }

  registerAppInfo() {}

  // ---- Steps ----

  // A second call while the first runs is the same payment, not another one.
  once(secret, work) {
    intentOf(secret);
    if (!this.running.has(secret)) {
      this.running.set(secret, work().finally(() => this.running.delete(secret)));
    }
    return this.running.get(secret);
  }

  async retrieve(clientSecret, kind) {
    intentOf(clientSecret, kind);
    const { value, error } = await retrieve(this.key, clientSecret);
    return error ? { error } : { [kind.result]: value };
  }

  confirmWithElements(call, kind, { elements, clientSecret, confirmParams = {}, redirect = 'always' } = {}) {
    const secret = clientSecret ?? elements?.options.clientSecret;
    intentOf(secret, kind);
    if (redirect !== 'if_required' && !confirmParams.return_url) {
      throw new IntegrationError(`stripe.${call}(): the \`confirmParams.return_url\` argument is required when using automatic payment methods, unless \`redirect: "if_required"\`.`);
    }
    return this.once(secret, async () => {
      const chosen = await this.choose(elements?.mounted, confirmParams);
      if (chosen.error) return chosen;
      const result = await this.confirm(secret, {
        return_url: confirmParams.return_url, setup_future_usage: confirmParams.setup_future_usage, ...chosen,
      });
      const intent = result[kind.result];
      if (redirect === 'if_required' || !intent) return result;
      const url = new URL(confirmParams.return_url, location.href);
      url.searchParams.set(kind.field, intent.id);
      url.searchParams.set(`${kind.field}_client_secret`, secret);
      url.searchParams.set('redirect_status', 'succeeded');
      location.assign(url);
      return new Promise(() => {});
    });
  }

  confirmWithCard(kind, clientSecret, data = {}, options = {}) {
    intentOf(clientSecret, kind);
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
      return stays ? { [kind.result]: confirmed.value } : afterConfirm(this.key, clientSecret, confirmed);
    });
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
    const { id, path } = intentOf(clientSecret);
    return request(this.key, 'POST', `/v1/${path}/${id}/confirm`, {
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
