import { type ReplyEvent, type ToolCallPiece } from '../../conversation/reply.js';

/**
 * Repairs defects of some services that clients could not handle: several calls with one id, whose
 * results could not be told apart, and split surrogate pairs, which are invalid text in most
 * languages. A half without its other half is omitted.
 */
export class MendedEvents {
  #ids: Set<string> | undefined;
  /**
   * High surrogates that wait for the next piece, by the kind of their text or the index of their
   * call.
   */
  #halves: Map<string | number, string> | undefined;

  /** @returns undefined for an event of which nothing is left */
  pass(event: ReplyEvent): ReplyEvent | undefined {
    switch (event.kind) {
      case 'text':
      case 'reasoning':
      case 'refusal': {
        const delta = this.#whole(event.kind, event.delta);
        if (delta === event.delta) return event;
        return delta === '' ? undefined : { ...event, delta };
      }
      case 'tool-calls':
        return { ...event, pieces: event.pieces.map((piece) => this.#piece(piece)) };
      default:
        return event;
    }
  }

  #piece(piece: ToolCallPiece): ToolCallPiece {
    const { id, index } = piece;
    const text = this.#whole(index, piece.arguments);
    const mended = text === piece.arguments ? piece : { ...piece, arguments: text };
    return id === undefined ? mended : { ...mended, id: this.#unique(id, index) };
  }

  /** Makes an id unique by a prefix, because the end of an id may contain a signature. */
  #unique(id: string, index: number): string {
    this.#ids ??= new Set();
    let unique = id;
    for (let count = index; this.#ids.has(unique); count++) unique = `call_${count}_${id}`;
    this.#ids.add(unique);
    return unique;
  }

  #whole(key: string | number, text: string): string {
    const half = this.#halves?.get(key);
    if (half === undefined && !endsInHalf(text)) return text;
    const whole = half === undefined ? text : half + text;
    if (!endsInHalf(whole)) {
      this.#halves!.delete(key);
      return whole;
    }
    (this.#halves ??= new Map()).set(key, whole.slice(-1));
    return whole.slice(0, -1);
  }
}

function endsInHalf(text: string): boolean {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xd800 && last <= 0xdbff;
}
