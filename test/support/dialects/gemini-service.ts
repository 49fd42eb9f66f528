import {
  type Body,
  type ServiceFormat,
  type Spoken,
  PROMPT_TOKENS,
  REPLY_TOKENS,
  halves,
  listOf,
  sse,
  textOf,
  wordOf,
} from './spoken.js';

const ENDS = { stop: 'STOP', 'stop-sequence': 'STOP', length: 'MAX_TOKENS', refusal: 'SAFETY' };
const TAIL = {
  usageMetadata: {
    promptTokenCount: PROMPT_TOKENS,
    candidatesTokenCount: REPLY_TOKENS,
    totalTokenCount: PROMPT_TOKENS + REPLY_TOKENS,
  },
  modelVersion: 'up',
  responseId: 'r1',
};

/** The signature of a thought sits on the first call, or else on the thought. */
function partsOf({ thought, text, calls = [] }: Spoken): Body[] {
  const signed = thought && { thoughtSignature: thought.signature };
  return [
    ...(thought ? [{ text: thought.text, thought: true, ...(calls.length === 0 && signed) }] : []),
    ...(text === undefined ? [] : [{ text }]),
    ...calls.map(({ id, name, input }, index) => ({
      functionCall: { id, name, args: input },
      ...(index === 0 && signed),
    })),
  ];
}
const responseOf = (parts: readonly Body[], finishReason?: string): Body => ({
  candidates: [{ index: 0, content: { role: 'model', parts }, ...(finishReason && { finishReason }) }],
  ...TAIL,
});

/** Google's `generateContent`. */
export const GEMINI_SERVICE: ServiceFormat = {
  json: (spoken) => responseOf(partsOf(spoken), ENDS[spoken.end ?? 'stop']),
  stream: (spoken) => [
    ...partsOf(spoken).flatMap((part) => {
      const { text, ...rest } = part;
      if (typeof text !== 'string') return [sse(responseOf([part]))];
      const pieces = halves(text);
      return pieces.map((piece, index) => {
        const { thoughtSignature, ...plainRest } = rest;
        const isLast = index === pieces.length - 1 && thoughtSignature !== undefined;
        return sse(responseOf([{ text: piece, ...plainRest, ...(isLast && { thoughtSignature }) }]));
      });
    }),
    spoken.error === undefined
      ? sse(responseOf([{ text: '' }], ENDS[spoken.end ?? 'stop']))
      : sse({ error: { code: 500, message: spoken.error, status: 'INTERNAL' } }),
  ],
  refused: (message) => ({ error: { code: 400, message, status: 'INVALID_ARGUMENT' } }),
  history: ({ contents, systemInstruction }) => {
    const all = listOf(contents).map(({ role, parts }) => ({
      role: role === 'model' ? 'assistant' : String(role),
      parts: listOf(parts),
    }));
    return {
      turns: [
        ...(systemInstruction === undefined
          ? []
          : [`system: ${textOf((systemInstruction as Body)['parts'])}`]),
        ...all.flatMap(({ role, parts }) =>
          parts.flatMap((part: Body): string[] => {
            const call = part['functionCall'] as Body | undefined;
            const result = part['functionResponse'] as Body | undefined;
            if (call !== undefined) return [`call ${String(call['name'])} ${JSON.stringify(call['args'])}`];
            if (result !== undefined) {
              const { result: text, error } = result['response'] as Body;
              return [`result ${error === undefined ? String(text) : `Error: ${wordOf(error)}`}`];
            }
            if (part['thought'] === true || typeof part['text'] !== 'string') return [];
            return [`${role}: ${part['text']}`];
          }),
        ),
      ],
      signatures: all.flatMap(({ parts }) =>
        parts.flatMap((part: Body) =>
          part['thoughtSignature'] === undefined ? [] : [wordOf(part['thoughtSignature'])],
        ),
      ),
    };
  },
};
