import { answerError, send } from '../api.js';
import { apisFor } from './apis.js';
import { byId, el, setText } from '../dom.js';
import { readEvents } from './events.js';
import { showSent } from './sent.js';
import { empty, explain, keepInView, latest, listTested, say, showNodes } from './transcript.js';
import { currentLanguage, seconds, t } from '../words.js';

/** How often the timing of a running call is updated. */
const SHOWN_MS = 500;

/** Sends requests to a model, shows the request and its timing, and runs the model's test. */
export class Playground {
  #messages = [];
  #running;
  #timing = [];
  /** The kind of work of each model. */
  #work = new Map();
  #apis = [];
  /** Whether the request that is shown has been sent. */
  #sent = false;

  /** @param onUse called after each call, so that the dashboard updates */
  constructor(onUse) {
    this.onUse = onUse;
    this.model = byId('chat-model');
    this.message = byId('message');
    this.choice = byId('api');
    this.recording = byId('recording');
    byId('ask').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#ask();
    });
    this.message.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        void this.#ask();
      }
    });
    byId('stop').addEventListener('click', () => this.#running?.abort());
    byId('test').addEventListener('click', () => void this.test(this.model.value));
    byId('clear').addEventListener('click', () => this.#clear());
    for (const id of ['message', 'chat-model', 'api', 'recording', 'streaming', 'max-tokens']) {
      byId(id).addEventListener('input', () => {
        this.#sent = false;
        this.#showChoice();
        this.#showRequest();
      });
    }
  }

  /** @param work the kind of work of each model, by its name */
  learn(work) {
    this.#work = work;
  }

  get #api() {
    return this.#apis.find(({ path }) => path === this.choice.value) ?? this.#apis[0];
  }

  /** Offers the APIs of the chosen model, and their fields. */
  #showChoice() {
    this.#apis = apisFor(this.#work.get(this.model.value) ?? []);
    const wanted = JSON.stringify([currentLanguage(), this.#apis.map(({ path }) => path)]);
    if (this.choice.dataset.shows !== wanted) {
      const { value } = this.choice;
      this.choice.dataset.shows = wanted;
      this.choice.replaceChildren(
        ...this.#apis.map(({ name, path }) => el('option', { value: path, text: t('apis')[name] })),
      );
      if (this.#apis.some(({ path }) => path === value)) this.choice.value = value;
    }
    const { streams = false, takesFile = false, hint = 'messageHint' } = this.#api;
    byId('options').hidden = !streams;
    this.message.hidden = takesFile;
    this.message.placeholder = t(hint);
    this.recording.hidden = !takesFile;
  }

  /** Updates the language and the models. */
  update() {
    this.#showChoice();
    this.#showRequest();
    this.#showTiming(this.#timing);
    const empty = byId('transcript').querySelector('.empty');
    if (empty !== null) setText(empty, t('emptyTalk'));
    else if (byId('transcript').children.length === 0) this.#clear();
  }

  /** Cancels the running call and clears the conversation, because the key was removed. */
  close() {
    this.#running?.abort();
    this.#clear();
  }

  async test(model) {
    this.model.value = model;
    this.#showChoice();
    this.#showRequest();
    await this.#run(async (signal) => {
      const bubble = say('note', t('testing'));
      const path = `v1/models/${encodeURIComponent(model)}/test`;
      this.#sent = true;
      showSent({ path }, {});
      const answer = await this.#post({ path }, {}, signal);
      const result = await answer.json();
      this.#showTiming([['total', seconds(result.response_time)], ...this.#headersOf(answer)]);
      if (result.status === 'available') {
        bubble.text.textContent = t('testOk', seconds(result.response_time), result.response);
      } else {
        bubble.node.classList.add('bad');
        bubble.text.textContent = t('testBad', seconds(result.response_time));
        explain(bubble, result.error.code, result.error.message);
      }
      for (const each of result.deployments ?? []) listTested(bubble, each);
    });
  }

  async #ask() {
    const api = this.#api;
    const text = this.message.value.trim();
    const [file] = this.recording.files;
    if (this.#running !== undefined || (api.takesFile ? file === undefined : text === '')) return;
    if (api.isTalk) this.#messages.push({ role: 'user', content: text });
    say('user', api.takesFile ? file.name : text);
    const request = this.#request(text);
    this.message.value = '';
    this.#sent = true;
    showSent(api, request);
    this.#showTiming([]);
    await this.#run(async (signal) => {
      const bubble = say('assistant', t(api.streams ? 'waiting' : 'waitingWhole'), this.model.value);
      bubble.node.classList.add('waiting');
      const answered = await this.#receive(api, { request, text }, bubble, signal);
      if (!api.isTalk) return;
      if (answered !== undefined) this.#messages.push({ role: 'assistant', content: answered });
      else this.#messages.pop();
    });
  }

  /** @returns the response text; undefined after a failure, so that it is not sent to the model again */
  async #receive(api, asked, bubble, signal) {
    const { request } = asked;
    const startedAt = performance.now();
    const answer = await this.#post(api, request, signal);
    const facts = this.#headersOf(answer);
    const since = () => (performance.now() - startedAt) / 1000;
    byId('timing').setAttribute('aria-busy', 'true');
    let [text, usage, firstAt, error] = ['', undefined, undefined, undefined];
    const begin = () => {
      if (firstAt !== undefined) return;
      firstAt = since();
      bubble.node.classList.remove('waiting');
      bubble.text.textContent = '';
      show();
    };
    const take = (piece) => {
      if (!piece) return;
      begin();
      text += piece;
      bubble.text.append(piece);
      keepInView();
    };
    const present = (nodes) => {
      begin();
      showNodes(bubble, nodes);
    };
    const count = (counts) => {
      // Some counts may arrive before the others.
      if (counts) usage = counts.map((value, index) => value ?? usage?.[index]);
    };
    const show = () => {
      const [input, output] = usage ?? [];
      const rate = output > 0 && firstAt !== undefined ? output / (since() - firstAt) : undefined;
      this.#showTiming([
        ...(request.stream && firstAt !== undefined ? [['firstTokenPlot', seconds(firstAt)]] : []),
        ['total', seconds(since())],
        ...(usage ? [['tokens', `${input} / ${output}`]] : []),
        ...(request.stream && Number.isFinite(rate) ? [['speed', rate.toFixed(1)]] : []),
        ...facts,
      ]);
    };
    show();
    const clock = setInterval(show, SHOWN_MS);
    try {
      if (request.stream) {
        for await (const event of readEvents(answer.body)) {
          error ??= api.failure(event);
          count(api.usage(event));
          take(api.piece(event));
        }
      } else if (api.isBytes) {
        present(api.show(await answer.blob(), asked));
      } else {
        const body = await answer.json();
        count(api.usage(body));
        if (api.show === undefined) take(api.text(body));
        else present(api.show(body, asked));
      }
    } finally {
      clearInterval(clock);
      byId('timing').removeAttribute('aria-busy');
      show();
    }
    bubble.node.classList.remove('waiting');
    if (error) {
      bubble.node.classList.add('bad');
      if (text === '') bubble.text.textContent = '';
      explain(bubble, error.code, error.message);
      return undefined;
    }
    if (text === '' && firstAt === undefined) bubble.text.textContent = t('emptyAnswer');
    return text;
  }

  async #post({ path, headers }, body, signal) {
    const answer = await send(path, { method: 'POST', headers, body, signal });
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
      const bubble = latest();
      const isEmpty = bubble.node.matches('.waiting, .note');
      bubble.node.classList.remove('waiting');
      if (running.signal.aborted) {
        if (isEmpty) bubble.text.textContent = '';
        bubble.node.append(el('p', { class: 'soft', text: t('stopped') }));
      } else {
        bubble.node.classList.add('bad');
        if (isEmpty) bubble.text.textContent = '';
        explain(bubble, error.code, error.status === undefined ? t('unreachableNow') : error.message);
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

  #clear() {
    this.#messages = [];
    this.#timing = [];
    this.#sent = false;
    empty();
    this.#showTiming([]);
    this.#showChoice();
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

  /** @param draft a message that has not been sent */
  #request(text, draft) {
    const maxTokens = Number(byId('max-tokens').value);
    return this.#api.request({
      model: this.model.value,
      text,
      file: this.recording.files[0],
      messages: draft === undefined ? [...this.#messages] : [...this.#messages, draft],
      isStream: byId('streaming').checked,
      maxTokens: Number.isInteger(maxTokens) && maxTokens > 0 ? maxTokens : undefined,
    });
  }

  /** Shows the request that would be sent now, or the last one until an input changes. */
  #showRequest() {
    if (this.#running !== undefined || this.#sent || this.#api === undefined) return;
    const content = this.message.value.trim() || (currentLanguage() === 'zh' ? '你好' : 'Hello');
    showSent(this.#api, this.#request(content, { role: 'user', content }));
  }
}
