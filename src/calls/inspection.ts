import { channel } from 'node:diagnostics_channel';

/**
 * Lets a tool, such as the workbench, follow what one part of the process does during a call: a typed channel of
 * `node:diagnostics_channel`. Costs one comparison while there is no subscriber. Events contain secrets; a subscriber
 * masks them before it shows anything.
 */
export class Inspection<Event> {
  /** Whether there is a subscriber; if not, events need not be created. */
  isWatched = false;
  readonly #channel;

  constructor(part: string) {
    this.#channel = channel(`llm-gateway:${part}`);
  }

  /** Calls the subscribers at once, in the same turn. */
  publish(event: Event): void {
    this.#channel.publish(event);
  }

  /** @returns a function that ends the subscription */
  watch(listener: (event: Event) => void): () => void {
    const onMessage = (message: unknown): void => listener(message as Event);
    this.#channel.subscribe(onMessage);
    this.isWatched = true;
    return () => {
      this.#channel.unsubscribe(onMessage);
      this.isWatched = this.#channel.hasSubscribers;
    };
  }
}
