// The bank's question, in a window over the page.

const challenges = new Map();

// One window per intent, however often it is asked for.
function challenge(clientSecret) {
  const { id } = intentOf(clientSecret);
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
