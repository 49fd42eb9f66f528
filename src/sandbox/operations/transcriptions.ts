import { type JsonObject } from '../chat/chat-request.js';
import { OPENAI_FAILURES } from '../formats/format.js';
import { type IntendedAnswer, JSON_TYPE, enlargedPieces } from '../response/intended-answer.js';
import { splitPieces } from '../chat/text-pieces.js';
import { readForm, textIn } from './form.js';
import { type SandboxOperation, invalid, missing, modelOf, readChoice } from './operation.js';
import { secondsIn } from '../content/sound.js';

/** The rate at which OpenAI counts recordings. */
const TOKENS_PER_SECOND = 10;
const FORMATS = ['json', 'text', 'srt', 'verbose_json', 'vtt'] as const;
type Format = (typeof FORMATS)[number];
const TEXT_TYPES: Readonly<Partial<Record<Format, string>>> = {
  text: 'text/plain; charset=utf-8',
  srt: 'application/x-subrip; charset=utf-8',
  vtt: 'text/vtt; charset=utf-8',
};

interface Transcript {
  readonly task: 'transcribe' | 'translate';
  readonly language: string;
  readonly seconds: number;
  /** The words, as tokens. */
  readonly pieces: readonly string[];
  readonly format: Format;
  readonly isStream: boolean;
  /** In tokens or in seconds, depending on the model's pricing. */
  readonly usage: JsonObject;
}

/** Wire format: https://platform.openai.com/docs/api-reference/audio/createTranscription */
export const TRANSCRIPTIONS = transcribing('transcribe');
/** Wire format: https://platform.openai.com/docs/api-reference/audio/createTranslation */
export const TRANSLATIONS = transcribing('translate');

function transcribing(task: Transcript['task']): SandboxOperation {
  return {
    target: 'transcriptions',
    reply: async (request) => {
      const form = await readForm(request);
      const model = modelOf(form.get('model'));
      const file = form.get('file');
      if (file === null) throw missing('file');
      if (typeof file === 'string') throw invalid('file', 'a file');
      const recording = Buffer.from(await file.arrayBuffer());
      const language = task === 'translate' ? 'en' : (textIn(form, 'language') ?? 'en');
      const seconds = Math.round(secondsIn(recording) * 100) / 100;
      const pieces = splitPieces(wordsAbout(file.name, recording.length, language));
      // Whisper is priced by time and does not stream, as with OpenAI.
      const isTimed = model.startsWith('whisper');
      const [input, output] = [Math.ceil(seconds * TOKENS_PER_SECOND), pieces.length];
      const transcript: Transcript = {
        task,
        language,
        seconds,
        pieces,
        format: readChoice(textIn(form, 'response_format'), 'response_format', FORMATS),
        isStream: textIn(form, 'stream') === 'true' && !isTimed,
        usage: isTimed
          ? { type: 'duration', seconds: Math.ceil(seconds) }
          : {
              type: 'tokens',
              input_tokens: input,
              input_token_details: { audio_tokens: input, text_tokens: 0 },
              output_tokens: output,
              total_tokens: input + output,
            },
      };
      return { model, intended: intendedTranscript(transcript, request.chunkDelayMs) };
    },
  };
}

function wordsAbout(name: string, bytes: number, language: string): string {
  return language.startsWith('zh')
    ? `沙箱收到了录音“${name}”，共 ${bytes} 字节。`
    : `The sandbox received the recording "${name}" of ${bytes} bytes.`;
}

function intendedTranscript(transcript: Transcript, chunkDelayMs: number): IntendedAnswer {
  return {
    isStream: transcript.isStream,
    chunkDelayMs,
    contentType: TEXT_TYPES[transcript.format] ?? JSON_TYPE,
    failures: OPENAI_FAILURES,
    body: () => written(transcript),
    events: () => eventsOf(transcript),
    enlarged: (bytes, chunkBytes) =>
      intendedTranscript({ ...transcript, pieces: enlargedPieces(transcript.pieces, bytes, chunkBytes) }, 0),
  };
}

function written({ format, pieces, seconds, task, language, usage }: Transcript): string {
  const text = pieces.join('');
  switch (format) {
    case 'json':
      return JSON.stringify({ text, usage });
    case 'text':
      return `${text}\n`;
    case 'srt':
      return `1\n${clock(0, ',')} --> ${clock(seconds, ',')}\n${text}\n\n`;
    case 'vtt':
      return `WEBVTT\n\n${clock(0, '.')} --> ${clock(seconds, '.')}\n${text}\n\n`;
    case 'verbose_json': {
      const segment = {
        id: 0,
        seek: 0,
        start: 0,
        end: seconds,
        text,
        tokens: [],
        temperature: 0,
        avg_logprob: -0.2,
        compression_ratio: 1,
        no_speech_prob: 0.01,
      };
      const name = language.startsWith('zh') ? 'chinese' : 'english';
      const duration = { type: 'duration', seconds: Math.ceil(seconds) };
      return JSON.stringify({
        task,
        language: name,
        duration: seconds,
        text,
        segments: [segment],
        usage: duration,
      });
    }
  }
}

function* eventsOf({ pieces, usage }: Transcript): Generator<string, void> {
  const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;
  for (const delta of pieces) yield event({ type: 'transcript.text.delta', delta });
  yield event({ type: 'transcript.text.done', text: pieces.join(''), usage });
}

/** Formats a time as in subtitles, such as `00:00:01,500`. */
function clock(seconds: number, point: string): string {
  const ms = Math.round(seconds * 1000);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const [hours, minutes] = [ms / 3_600_000, (ms / 60_000) % 60];
  return `${two(hours)}:${two(minutes)}:${two((ms / 1000) % 60)}${point}${String(ms % 1000).padStart(3, '0')}`;
}
