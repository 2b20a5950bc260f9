// Stands in for Stripe.js against the sandbox: the same calls, the same answers.
//
// Card data stays in a frame of the sandbox's origin; this script only ever sees the id of the
// payment method made from it. Styles are set through `element.style`, because the page around it
// may forbid inline styles. The files beside this one are joined into one script.

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

// How the two kinds of intent are called, by the prefix of their ids.
const KINDS = {
  pi: { path: 'payment_intents', field: 'payment_intent', result: 'paymentIntent', failure: 'last_payment_error', noun: 'PaymentIntent' },
  seti: { path: 'setup_intents', field: 'setup_intent', result: 'setupIntent', failure: 'last_setup_error', noun: 'SetupIntent' },
};

// What a client secret opens. With `wanted`, a secret of the other kind is refused.
function intentOf(clientSecret, wanted) {
  const match = /^((pi|seti)_[A-Za-z0-9]+)_secret_[A-Za-z0-9]+$/.exec(clientSecret ?? '');
  if (!match || (wanted && KINDS[match[2]] !== wanted)) {
    throw new IntegrationError(
      `Invalid value for clientSecret: value should be a client secret of the form \${id}_secret_\${secret}${wanted ? ` of a ${wanted.noun}` : ''}. You specified: ${clientSecret}.`,
    );
  }
  return { id: match[1], ...KINDS[match[2]] };
}

function retrieve(key, clientSecret) {
  const { id, path } = intentOf(clientSecret);
  return request(key, 'GET', `/v1/${path}/${id}`, { client_secret: clientSecret });
}

// An intent that is open again says why; everything else is a result.
function resultOf(intent) {
  const { field, result, failure: reason } = intentOf(intent.client_secret);
  const failure = intent.status === 'requires_payment_method' && intent[reason];
  if (!failure) return { [result]: intent };
  const message = failure.code === `${field}_authentication_failure` ? AUTHENTICATION_FAILED : failure.message;
  return { error: { ...failure, message, [field]: intent } };
}
