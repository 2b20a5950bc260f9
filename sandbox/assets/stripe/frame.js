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
