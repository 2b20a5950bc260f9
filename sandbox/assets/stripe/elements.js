// The fields, as the page around them handles them.

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
    if (this.options.clientSecret) intentOf(this.options.clientSecret);
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

  // Fields for an intent that is over would only mislead.
  async usable() {
    if (!this.options.clientSecret) return null;
    const { value, error } = await retrieve(this.key, this.options.clientSecret);
    if (error) return error;
    if (!FINISHED.includes(value.status)) return null;
    const { field, noun } = intentOf(this.options.clientSecret);
    return {
      type: 'invalid_request_error',
      code: `${field}_unexpected_state`,
      message: `This ${noun} is in a terminal state and cannot be used to initialize Elements.`,
      [field]: value,
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
