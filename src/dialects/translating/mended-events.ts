import { type ReplyEvent, type ToolCallPiece } from '../../conversation/reply.js';

/**
 * Makes right what some services get wrong and no client could: calls with one id, whose results cannot be told apart,
 * and characters of two code units that are cut into halves, which are no text in most languages. A half that nothing
 * follows is left out.
 */
export class MendedEvents {
  #ids: Set<string> | undefined;
  /** The first halves that wait, by the kind of their text or the index of their call. */
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

  /** An id's end may carry a signature, so it stays. */
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
