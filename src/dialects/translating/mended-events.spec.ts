import fc from 'fast-check';
import { type ReplyEvent } from '../../conversation/reply.js';
import { MendedEvents } from './mended-events.js';

function passed(...events: ReplyEvent[]): ReplyEvent[] {
  const mended = new MendedEvents();
  return events.flatMap((event) => mended.pass(event) ?? []);
}
const text = (delta: string, kind: 'text' | 'reasoning' = 'text'): ReplyEvent => ({ kind, delta });
const call = (index: number, id?: string, args = ''): ReplyEvent => ({
  kind: 'tool-calls',
  pieces: [{ index, ...(id !== undefined && { id }), arguments: args }],
});

describe('a character that is cut into halves', () => {
  it('is sent whole, each text by itself', () => {
    expect(
      passed(text('a\ud83d'), text('b\ud83e', 'reasoning'), text('\ude00c'), text('\udd16', 'reasoning')),
    ).toEqual([text('a'), text('b', 'reasoning'), text('😀c'), text('🤖', 'reasoning')]);
    expect(passed(call(0, 'a', '"\ud83d'), call(1, 'b', '"\ud83e'), call(0, undefined, '\ude00"'))).toEqual([
      call(0, 'a', '"'),
      call(1, 'b', '"'),
      call(0, undefined, '😀"'),
    ]);
  });

  it('leaves no half behind, wherever a text is cut', () => {
    const cuts = fc.array(fc.nat(20), { maxLength: 5 });
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), cuts, (whole, places) => {
        const at = [0, ...places.toSorted((one, other) => one - other), whole.length];
        const pieces = at.slice(1).map((end, index) => whole.slice(at[index], end));
        const deltas = passed(...pieces.map((piece) => text(piece))).map((event) =>
          event.kind === 'text' ? event.delta : '',
        );
        expect(deltas.join('')).toBe(whole);
        expect(deltas.some((delta) => /\p{Surrogate}/u.test(delta))).toBe(false);
      }),
    );
  });
});

describe('calls with one id', () => {
  it('get ids of their own, which end as the service wrote them', () => {
    const ids = passed(
      call(0, 'x__sig__a'),
      call(1, 'x__sig__a'),
      call(2, 'call_3_y'),
      call(3, 'y'),
      call(3),
    ).map((event) => (event.kind === 'tool-calls' ? event.pieces[0]!.id : ''));
    expect(ids).toEqual(['x__sig__a', 'call_1_x__sig__a', 'call_3_y', 'y', undefined]);
    expect(passed(call(0, 'a'), call(1, 'a'), call(2, 'a'))).toMatchObject([
      { pieces: [{ id: 'a' }] },
      { pieces: [{ id: 'call_1_a' }] },
      { pieces: [{ id: 'call_2_a' }] },
    ]);
  });
});
