import { type ReplyEvent } from '../../../conversation/reply.js';
import { type ReplyWriter } from '../../ports/dialect.js';
import { messageUsage } from '../usage.js';
import { BlockStream } from './block-stream.js';
import { citationBlock } from './citations.js';
import { messageHead } from './message.js';
import { MESSAGE_STOP, namedEvent } from './named-event.js';
import { stopFields } from './stop-reason.js';

type Finish = Extract<ReplyEvent, { readonly kind: 'finish' }>;

/**
 * Writes a reply as the events of a message: `message_start`, blocks one after another, `message_delta`, `message_stop`.
 * Wire format: https://platform.claude.com/docs/en/build-with-claude/streaming
 */
export class MessagesWriter implements ReplyWriter {
  readonly #blocks = new BlockStream();
  #hasStarted = false;
  #hasEnded = false;
  #hasRefused = false;
  #finish: Finish | undefined;
  #counts: Readonly<Record<string, unknown>> | undefined;

  /** @throws UpstreamError for a call that ends without a name */
  write(event: ReplyEvent): string {
    if (this.#hasEnded) return '';
    if (event.kind === 'start') return this.#start(event.model, event.id);
    return this.#start('', undefined) + this.#write(event);
  }

  #start(model: string, id: string | undefined): string {
    if (this.#hasStarted) return '';
    this.#hasStarted = true;
    return namedEvent({ type: 'message_start', message: messageHead(model, id) });
  }

  #write(event: Exclude<ReplyEvent, { readonly kind: 'start' }>): string {
    switch (event.kind) {
      case 'text':
        return this.#blocks.add('text', event.delta);
      case 'reasoning':
        return this.#blocks.add('thinking', event.delta);
      case 'refusal':
        this.#hasRefused = true;
        return this.#blocks.add('text', event.delta);
      case 'seal':
        return this.#blocks.seal(event.seal);
      case 'tool-calls': {
        let events = '';
        for (const piece of event.pieces) events += this.#blocks.call(piece);
        return events;
      }
      case 'citation':
        return this.#blocks.cite(citationBlock(event.citation));
      case 'finish':
        this.#finish = event;
        return this.#blocks.close();
      case 'usage':
        this.#counts = event.counts;
        return '';
      case 'end':
        return this.#end();
    }
  }

  #end(): string {
    const blocks = this.#blocks.close();
    this.#hasEnded = true;
    const ending = {
      finish: this.#finish,
      hasCalls: this.#blocks.hasCalls,
      hasRefused: this.#hasRefused,
    };
    const delta = { ...stopFields(ending), container: null };
    return (
      blocks + namedEvent({ type: 'message_delta', delta, usage: messageUsage(this.#counts) }) + MESSAGE_STOP
    );
  }
}
