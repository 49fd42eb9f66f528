import { byId, el } from '../dom.js';
import { seconds, t, why } from '../words.js';

const box = () => byId('transcript');

/** Adds a message. @param role `user`, `assistant` or `note` @param who the name of an assistant */
export function say(role, words, who) {
  box().querySelector('.empty')?.remove();
  const text = el('p', { class: 'text', text: words });
  const name = { user: t('you'), note: '', assistant: who }[role];
  const node = el('div', { class: `said-by ${role}` }, el('p', { class: 'who soft', text: name }), text);
  box().append(node);
  keepInView();
  return { node, text };
}

/** The latest message. */
export function latest() {
  const node = [...box().children].at(-1);
  return { node, text: node.querySelector('.text') };
}

/** Shows a plain explanation first, then the code and the service's message. */
export function explain({ node }, code, message) {
  const known = code && why('failing', code);
  node.append(
    ...(known ? [el('p', { class: 'reason', text: known[0] })] : []),
    el('p', { class: 'soft said', text: message }),
    ...(code ? [el('code', { class: 'code', text: code })] : []),
  );
  keepInView();
}

/** Adds the result of one of several deployments. */
export function listTested({ node }, { name, status, response_time: time, error }) {
  const isGood = status === 'available';
  node.append(
    el('p', {
      class: isGood ? 'soft' : 'reason',
      text: t(isGood ? 'testedOk' : 'testedBad', name, seconds(time)),
    }),
  );
  if (!isGood) explain({ node }, error?.code, error?.message ?? '');
  keepInView();
}

/** Replaces the text of a message by other nodes. */
export function showNodes({ text }, nodes) {
  text.replaceWith(...nodes);
  keepInView();
}

export function empty() {
  for (const { src } of box().querySelectorAll('audio')) URL.revokeObjectURL(src);
  box().replaceChildren(el('p', { class: 'empty soft', text: t('emptyTalk') }));
}

export function keepInView() {
  box().scrollTop = box().scrollHeight;
}
