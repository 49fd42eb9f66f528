import { isObject } from '../chat/chat-request.js';
import { OPENAI_FAILURES } from '../formats/format.js';
import { type IntendedAnswer } from '../response/intended-answer.js';
import { estimateTokens, splitPieces } from '../chat/text-pieces.js';
import { type SandboxOperation, invalid, missing, readChoice, readJson } from './operation.js';
import { silentAac, silentFlac, silentMp3, silentOpus } from '../content/silence.js';
import { type Sound, toneOf, wavOf } from '../content/sound.js';

/** OpenAI's limit. */
const MOST_CHARACTERS = 4096;
/** The rate at which OpenAI counts and prices audio output. */
const TOKENS_PER_SECOND = 20;
const DELTA_BYTES = 8192;

interface Container {
  readonly type: string;
  readonly make: (sound: Sound) => Buffer;
}

/**
 * By `response_format`. WAV and PCM contain tones; the other formats need an encoder, so they are
 * silent.
 */
const FORMATS = {
  mp3: { type: 'audio/mpeg', make: ({ seconds }) => silentMp3(seconds) },
  opus: { type: 'audio/ogg', make: ({ seconds }) => silentOpus(seconds) },
  aac: { type: 'audio/aac', make: ({ seconds }) => silentAac(seconds) },
  flac: { type: 'audio/flac', make: ({ seconds }) => silentFlac(seconds) },
  wav: { type: 'audio/wav', make: wavOf },
  pcm: { type: 'application/octet-stream', make: ({ pcm }) => pcm },
} as const satisfies Readonly<Record<string, Container>>;
const NAMES = Object.keys(FORMATS) as (keyof typeof FORMATS)[];

/** Wire format: https://platform.openai.com/docs/api-reference/audio/createSpeech */
export const SPEECH: SandboxOperation = {
  target: 'speech',
  reply: (request) => {
    const { fields, model } = readJson(request);
    const { input, voice } = fields;
    if (typeof input !== 'string' || input === '') throw missing('input');
    if (input.length > MOST_CHARACTERS) throw invalid('input', `at most ${MOST_CHARACTERS} characters`);
    if (typeof voice !== 'string' && !isObject(voice)) throw missing('voice');
    const format: Container = FORMATS[readChoice(fields.response_format, 'response_format', NAMES)];
    const isStream = readChoice(fields.stream_format, 'stream_format', ['audio', 'sse']) === 'sse';
    const sound = toneOf(splitPieces(input));
    const intended = intendedSpeech(format.type, () => format.make(sound), {
      isStream,
      chunkDelayMs: request.chunkDelayMs,
      inputTokens: estimateTokens(input),
      outputTokens: Math.ceil(sound.seconds * TOKENS_PER_SECOND),
    });
    return { model, intended };
  },
};

interface SpeechFacts {
  readonly isStream: boolean;
  readonly chunkDelayMs: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

function intendedSpeech(contentType: string, audio: () => Buffer, facts: SpeechFacts): IntendedAnswer {
  return {
    ...facts,
    contentType,
    isPaced: true,
    failures: OPENAI_FAILURES,
    body: audio,
    events: () => eventsOf(audio(), facts),
    enlarged: (bytes) =>
      intendedSpeech(contentType, () => toLength(audio(), bytes), { ...facts, chunkDelayMs: 0 }),
  };
}

function* eventsOf(audio: Buffer, { inputTokens, outputTokens }: SpeechFacts): Generator<string, void> {
  const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;
  for (let at = 0; at < audio.length; at += DELTA_BYTES) {
    const piece = audio.subarray(at, at + DELTA_BYTES).toString('base64');
    yield event({ type: 'speech.audio.delta', audio: piece });
  }
  const usage = {
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  };
  yield event({ type: 'speech.audio.done', usage });
}

function toLength(audio: Buffer, bytes: number): Buffer {
  const long = Buffer.alloc(bytes);
  audio.copy(long);
  return long;
}
