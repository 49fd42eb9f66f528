import fc from 'fast-check';

/*
 * Replies in OpenAI's format, and the streams in which services with all kinds of habits say them.
 */

export interface Meant {
  readonly content: string | null;
  readonly reasoning: string;
  readonly calls: readonly { readonly id: string; readonly name: string; readonly args: string }[];
  readonly finish: string;
}

const words = fc.array(fc.constantFrom('a', 'a', ' the', '你好', '🙂', '"', '\n', '{}', '{"a":1}'), {
  maxLength: 6,
});
const value = fc.oneof(
  fc.integer(),
  words.map((list) => list.join('')),
  fc.constant(null),
  fc.constant({ deep: [1, '}'] }),
);
export const meant: fc.Arbitrary<Meant> = fc
  .record({
    content: words,
    reasoning: words,
    calls: fc.array(fc.record({ name: fc.constantFrom('get', 'get_weather', 'now'), value }), {
      maxLength: 3,
    }),
    isCut: fc.boolean(),
  })
  .map(({ content, reasoning, calls, isCut }) => ({
    content: content.length === 0 ? null : content.join(''),
    reasoning: reasoning.join(''),
    // No two calls are alike: whether one was repeated or made twice, nobody could tell.
    calls: calls.map((call, at) => ({
      id: `call_${at}`,
      name: call.name,
      args: JSON.stringify({ at, value: call.value }),
    })),
    finish: isCut ? 'length' : calls.length > 0 ? 'tool_calls' : 'stop',
  }));

const pick = <const Choice>(...choices: Choice[]) => fc.constantFrom(...choices);
const TELLING: ReadonlySet<string> = new Set(['right', 'blocks', 'text']);
const anyHabits = fc.record({
  role: pick('first', 'every', 'empty'),
  ids: pick('first', 'every', 'empty', 'none', 'changing'),
  names: pick('first', 'every', 'empty', 'pieces'),
  indices: pick('right', 'missing', 'zero', 'blocks', 'text', 'null'),
  args: pick('pieces', 'whole', 'object', 'placeholder', 'again', 'encoded', 'cumulative'),
  order: pick('one by one', 'interleaved', 'together'),
  unfinished: pick(null, '', 'null'),
  content: pick('delta', 'list', 'message', 'whole at end', 'text'),
  heads: pick('every', 'first', 'azure'),
  size: fc.integer({ min: 1, max: 7 }),
});
/** A new id with a name is a new call, and pieces of a name need an index: nobody could tell otherwise. */
export const habits = anyHabits.map((habit) => ({
  ...habit,
  ids: habit.ids === 'changing' && habit.names === 'every' ? ('every' as const) : habit.ids,
  indices: habit.names === 'pieces' && !TELLING.has(habit.indices) ? ('right' as const) : habit.indices,
}));
export type Habits = typeof habits extends fc.Arbitrary<infer Value> ? Value : never;
export type Delta = Record<string, unknown>;

const cut = (text: string, size: number): string[] => text.match(new RegExp(`[^]{1,${size}}`, 'gu')) ?? [];

/** The pieces in which a service says the arguments of a call. */
function argumentPieces(args: string, { args: how, size }: Habits): unknown[] {
  const pieces = cut(args, size);
  switch (how) {
    case 'pieces':
      return pieces;
    case 'whole':
      return [args];
    case 'object':
      return [JSON.parse(args)];
    case 'placeholder':
      return ['{}', ...pieces];
    case 'again':
      return [...pieces, JSON.stringify(JSON.parse(args), null, 1)];
    case 'encoded':
      return [...pieces, JSON.stringify(args)];
    case 'cumulative':
      return pieces.map((_piece, at) => pieces.slice(0, at + 1).join(''));
  }
}

/** What the entries of `tool_calls` are for one call. */
function entries({ id, name, args }: Meant['calls'][number], at: number, habit: Habits): Delta[] {
  const { ids, names, indices } = habit;
  const index = { right: at, missing: undefined, zero: 0, blocks: at * 2 + 1, text: String(at), null: null }[
    indices
  ];
  const pieces: Delta[] = argumentPieces(args, habit).map((piece, turn) => {
    const isFirst = turn === 0;
    const givenId = {
      first: isFirst ? id : undefined,
      every: id,
      empty: isFirst ? id : '',
      none: undefined,
      changing: isFirst ? id : `${id}-x`,
    }[ids];
    const givenName = {
      first: isFirst ? name : undefined,
      every: name,
      empty: isFirst ? name : '',
      pieces: undefined,
    }[names];
    return {
      ...(index !== undefined && { index }),
      ...(givenId !== undefined && { id: givenId }),
      ...(isFirst && { type: 'function' }),
      function: { ...(givenName !== undefined && { name: givenName }), arguments: piece },
    };
  });
  if (names !== 'pieces') return pieces;
  const header = cut(name, 3).map((piece, turn) => ({
    ...(index !== undefined && { index }),
    ...(ids !== 'none' && turn === 0 && { id }),
    function: { name: piece },
  }));
  const rest = pieces.map(({ id: _id, ...entry }) => entry);
  return [...header, ...rest];
}

/** The `tool_calls` of each delta. */
function callDeltas(calls: Meant['calls'], habit: Habits): Delta[][] {
  const all = calls.map((call, at) => entries(call, at, habit));
  if (habit.order === 'one by one') return all.flat().map((entry) => [entry]);
  const longest = Math.max(0, ...all.map((list) => list.length));
  const turns = Array.from({ length: longest }, (_, turn) =>
    all.flatMap((list) => list.slice(turn, turn + 1)),
  );
  return habit.order === 'together' ? turns : turns.flat().map((entry) => [entry]);
}

/** The chunks of a service with these habits. */
export function chunksOf({ content, reasoning, calls, finish }: Meant, habit: Habits): Delta[] {
  const { size, unfinished } = habit;
  const choices: Delta[] = [];
  const role = () =>
    choices.length === 0 || habit.role === 'every'
      ? { role: 'assistant' }
      : habit.role === 'empty'
        ? { role: '' }
        : {};
  const say = (delta: Delta, as = 'delta') =>
    choices.push({ index: 0, [as]: { ...role(), ...delta }, finish_reason: unfinished });
  for (const piece of cut(reasoning, size)) say({ reasoning_content: piece });
  for (const piece of cut(content ?? '', size)) {
    if (habit.content === 'message') say({ content: piece }, 'message');
    else if (habit.content === 'text') choices.push({ index: 0, text: piece });
    else say({ content: habit.content === 'list' ? [{ type: 'text', text: piece }] : piece });
  }
  for (const tool_calls of callDeltas(calls, habit)) say({ tool_calls });
  const whole =
    habit.content === 'whole at end' && content !== null
      ? { message: { role: 'assistant', content } }
      : { delta: {} };
  choices.push({ index: 0, ...whole, finish_reason: finish });
  const head = { id: 'x', created: 1, model: 'm' };
  const chunks: Delta[] = choices.map((choice, at) => ({
    ...(habit.heads === 'first' && at > 0 ? { id: '', created: 0, model: '' } : head),
    object: 'chat.completion.chunk',
    choices: [choice],
  }));
  if (habit.heads === 'azure') chunks.unshift({ id: '', object: '', created: 0, model: '', choices: [] });
  return [...chunks, { id: '', choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } }];
}

/** Messages of which each begins with the one before could be pieces or the whole so far. */
export function isClear({ content }: Meant, { content: how, size }: Habits): boolean {
  const pieces = cut(content ?? '', size);
  return (
    how !== 'message' ||
    pieces.length < 2 ||
    pieces.some((piece, at) => !piece.startsWith(pieces[at - 1] ?? ''))
  );
}
