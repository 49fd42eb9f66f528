import { answerError, send } from './api.js';
import { byId, el, setText } from './dom.js';
import { readEvents } from './events.js';
import { showSent } from './sent.js';
import { currentLanguage, seconds, t, why } from './words.js';

const CHAT = 'v1/chat/completions';

/** Chats with a model, shows what was sent and how long it took, and runs the model's test. */
export class Playground {
  #messages = [];
  #running;
  #timing = [];
  /** Whether the request shown was sent. */
  #sent = false;

  /** @param onUse called after each call, so that the dashboard updates */
  constructor(onUse) {
    this.onUse = onUse;
    this.model = byId('chat-model');
    this.message = byId('message');
    byId('ask').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#chat();
    });
    this.message.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        void this.#chat();
      }
    });
    byId('stop').addEventListener('click', () => this.#running?.abort());
    byId('test').addEventListener('click', () => void this.test(this.model.value));
    byId('clear').addEventListener('click', () => this.#clear());
    for (const id of ['message', 'chat-model', 'streaming', 'max-tokens']) {
      byId(id).addEventListener('input', () => {
        this.#sent = false;
        this.#showRequest();
      });
    }
  }

  /** Updates the language and the models. */
  update() {
    this.#showRequest();
    this.#showTiming(this.#timing);
    const empty = byId('transcript').querySelector('.empty');
    if (empty !== null) setText(empty, t('emptyTalk'));
    else if (byId('transcript').children.length === 0) this.#clear();
  }

  /** Cancels the running call and clears the conversation, because the key was cleared. */
  close() {
    this.#running?.abort();
    this.#clear();
  }

  async test(model) {
    this.model.value = model;
    this.#showRequest();
    await this.#run(async (signal) => {
      const bubble = this.#say('note', t('testing'));
      const path = `v1/models/${encodeURIComponent(model)}/test`;
      this.#sent = true;
      showSent(path, {});
      const answer = await this.#post(path, {}, signal);
      const result = await answer.json();
      this.#showTiming([['total', seconds(result.response_time)], ...this.#headersOf(answer)]);
      if (result.status === 'available') {
        bubble.text.textContent = t('testOk', seconds(result.response_time), result.response);
      } else {
        bubble.node.classList.add('bad');
        bubble.text.textContent = t('testBad', seconds(result.response_time));
        this.#explain(bubble, result.error.code, result.error.message);
      }
    });
  }

  async #chat() {
    const content = this.message.value.trim();
    if (content === '' || this.#running !== undefined) return;
    this.#messages.push({ role: 'user', content });
    this.#say('user', content);
    this.message.value = '';
    const request = this.#request();
    this.#sent = true;
    showSent(CHAT, request);
    await this.#run(async (signal) => {
      const bubble = this.#say('assistant', t('waiting'));
      bubble.node.classList.add('waiting');
      const answered = await this.#receive(request, bubble, signal);
      if (answered !== undefined) this.#messages.push({ role: 'assistant', content: answered });
      else this.#messages.pop();
    });
  }

  /** @returns the response text; undefined after a failure, so that it is not sent to the model again */
  async #receive(request, bubble, signal) {
    const startedAt = performance.now();
    const answer = await this.#post(CHAT, request, signal);
    const facts = this.#headersOf(answer);
    const since = () => (performance.now() - startedAt) / 1000;
    let [text, usage, firstAt, error] = ['', undefined, undefined, undefined];
    const take = (piece) => {
      if (!piece) return;
      if (firstAt === undefined) {
        firstAt = since();
        bubble.node.classList.remove('waiting');
        bubble.text.textContent = '';
      }
      text += piece;
      bubble.text.append(piece);
      keepInView(byId('transcript'));
    };
    const show = () => {
      const rate =
        usage && firstAt !== undefined && since() > firstAt
          ? usage.completion_tokens / (since() - firstAt)
          : undefined;
      this.#showTiming([
        ...(request.stream && firstAt !== undefined ? [['firstTokenPlot', seconds(firstAt)]] : []),
        ['total', seconds(since())],
        ...(usage ? [['tokens', `${usage.prompt_tokens} / ${usage.completion_tokens}`]] : []),
        ...(request.stream && rate !== undefined && Number.isFinite(rate)
          ? [['speed', rate.toFixed(1)]]
          : []),
        ...facts,
      ]);
    };
    try {
      if (request.stream) {
        for await (const event of readEvents(answer.body)) {
          error ??= event.error;
          usage = event.usage ?? usage;
          take(event.choices?.[0]?.delta?.content);
        }
      } else {
        const body = await answer.json();
        usage = body.usage;
        take(body.choices?.[0]?.message?.content);
      }
    } finally {
      show();
    }
    bubble.node.classList.remove('waiting');
    if (error) {
      bubble.node.classList.add('bad');
      if (text === '') bubble.text.textContent = '';
      this.#explain(bubble, error.code, error.message);
      return undefined;
    }
    if (text === '') bubble.text.textContent = t('emptyAnswer');
    return text;
  }

  async #post(path, body, signal) {
    const answer = await send(path, { method: 'POST', body, signal });
    if (answer.ok) return answer;
    this.#showTiming(this.#headersOf(answer));
    throw await answerError(answer);
  }

  /** Runs one call at a time and shows any failure in the conversation. */
  async #run(work) {
    if (this.#running !== undefined) return;
    const running = (this.#running = new AbortController());
    this.#setBusy(true);
    try {
      await work(running.signal);
    } catch (error) {
      const last = [...byId('transcript').children].at(-1);
      const bubble = { node: last, text: last.querySelector('.text') };
      const isEmpty = bubble.node.matches('.waiting, .note');
      bubble.node.classList.remove('waiting');
      if (running.signal.aborted) {
        if (isEmpty) bubble.text.textContent = '';
        bubble.node.append(el('p', { class: 'soft', text: t('stopped') }));
      } else {
        bubble.node.classList.add('bad');
        if (isEmpty) bubble.text.textContent = '';
        this.#explain(bubble, error.code, error.status === undefined ? t('unreachableNow') : error.message);
      }
      if (this.#messages.at(-1)?.role === 'user') this.#messages.pop();
    } finally {
      this.#running = undefined;
      this.#setBusy(false);
      this.onUse();
    }
  }

  #setBusy(isBusy) {
    byId('stop').disabled = !isBusy;
    byId('send').disabled = isBusy;
    byId('test').disabled = isBusy;
  }

  /** Shows a plain explanation first, then the code and the service's message. */
  #explain({ node }, code, message) {
    const known = code && why('failing', code);
    node.append(
      ...(known ? [el('p', { class: 'reason', text: known[0] })] : []),
      el('p', { class: 'soft said', text: message }),
      ...(code ? [el('code', { class: 'code', text: code })] : []),
    );
    keepInView(byId('transcript'));
  }

  #say(role, words) {
    byId('transcript').querySelector('.empty')?.remove();
    const text = el('p', { class: 'text', text: words });
    const who = { user: t('you'), note: '', assistant: this.model.value }[role];
    const node = el('div', { class: `said-by ${role}` }, el('p', { class: 'who soft', text: who }), text);
    byId('transcript').append(node);
    keepInView(byId('transcript'));
    return { node, text };
  }

  #clear() {
    this.#messages = [];
    this.#timing = [];
    this.#sent = false;
    byId('transcript').replaceChildren(el('p', { class: 'empty soft', text: t('emptyTalk') }));
    this.#showTiming([]);
    this.#showRequest();
  }

  #headersOf(answer) {
    const header = (name, shown) => {
      const value = answer.headers.get(name);
      return value === null ? [] : [[shown, value]];
    };
    const overhead = answer.headers.get('x-gateway-overhead-ms');
    return [
      ['status', String(answer.status)],
      ...header('x-gateway-route', 'route'),
      ...(overhead === null ? [] : [['overhead', `${overhead} ms`]]),
      ...header('x-request-id', 'requestId'),
    ];
  }

  #showTiming(rows) {
    this.#timing = rows;
    byId('timing').replaceChildren(
      ...rows.map(([name, value]) =>
        el('div', { 'data-fact': name }, el('dt', { text: t(name) }), el('dd', { text: value })),
      ),
    );
  }

  #request(draft) {
    const maxTokens = Number(byId('max-tokens').value);
    return {
      model: this.model.value,
      messages:
        draft === undefined ? [...this.#messages] : [...this.#messages, { role: 'user', content: draft }],
      ...(byId('streaming').checked && { stream: true, stream_options: { include_usage: true } }),
      ...(Number.isInteger(maxTokens) && maxTokens > 0 && { max_tokens: maxTokens }),
    };
  }

  /** Shows the request that would be sent now, or the last one until an input changes. */
  #showRequest() {
    if (this.#running !== undefined || this.#sent) return;
    const draft = this.message.value.trim() || (currentLanguage() === 'zh' ? '你好' : 'Hello');
    showSent(CHAT, this.#request(draft));
  }
}

function keepInView(box) {
  box.scrollTop = box.scrollHeight;
}
