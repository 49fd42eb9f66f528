import { FILE, FLAG, FORM_DESCRIPTION, TEXT, exampleEvent, passedDocs } from '../passed/passed-docs.js';

const TRANSCRIPT = { text: '你好', usage: { type: 'duration', seconds: 2 } };

export const SPEECH_DOCS = passedDocs({
  operationId: 'createSpeech',
  summary: 'Speak a text · 语音合成',
  description: 'The audio comes while it is made, in the format and under the type that the service sends.',
  fields: { input: TEXT, voice: {}, response_format: TEXT, speed: { type: 'number' }, stream_format: TEXT },
  example: { model: 'gpt-4', input: '你好', voice: 'alloy' },
  response: '(audio)',
  responseType: 'audio/mpeg',
  stream:
    exampleEvent({ type: 'speech.audio.delta', audio: '//NExAA=' }) +
    exampleEvent({ type: 'speech.audio.done' }),
});

function transcribed(operationId: string, summary: string): MethodDecorator {
  return passedDocs({
    operationId,
    summary,
    description: FORM_DESCRIPTION,
    isForm: true,
    fields: { file: FILE, language: TEXT, prompt: TEXT, response_format: TEXT, stream: FLAG },
    example: { model: 'gpt-4', file: 'speech.wav', language: 'zh', prompt: 'LLM', response_format: 'json' },
    response: TRANSCRIPT,
    stream: exampleEvent({ type: 'transcript.text.done', ...TRANSCRIPT }),
  });
}

export const TRANSCRIPTIONS_DOCS = transcribed('createTranscription', 'Write down a recording · 语音识别');

export const TRANSLATIONS_DOCS = transcribed(
  'createTranslation',
  'Write down a recording in English · 语音翻译',
);
