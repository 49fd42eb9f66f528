import { type Chats } from '../chats.js';
import { type RecordedAnswer } from '../curl/recorded-answer.js';
import { type Exchange } from '../exchange.js';
import { type Findings } from '../findings.js';
import { readEnvelope } from './envelope.js';
import { learnPoll } from './poll.js';
import { learnReply } from './reply.js';
import { learnStream } from './stream.js';

/** Learns to read responses: adds `response`, `stream` and `poll` to the model. */
export function addAnswers(
  model: Record<string, unknown>,
  poll: readonly Exchange[],
  { plain, streamed }: Chats,
  question: string,
  findings: Findings,
): void {
  if (poll.length > 0) {
    const submission = (plain ?? streamed)!;
    model['poll'] = learnPoll(poll, submission, findings);
    const last = poll.at(-1)!;
    if (last.answer?.json === undefined) unknownText(model, 'response', findings);
    else
      model['response'] = learnReply(last.answer, submission.others['error'] ?? last.others['error'], {
        findings,
        question,
        streamedText: undefined,
        others: [last.others['running']?.json, submission.answer?.json].filter((one) => one !== undefined),
      });
    return;
  }
  const stream =
    streamed?.answer === undefined || streamed.answer.format === 'empty' || streamed.answer.format === 'json'
      ? undefined
      : learnStream(
          streamed.answer,
          // A service that responds with an error instead of a reply does so in its streams, too.
          failureOf(streamed) ?? (plain && failureOf(plain)),
          question,
          findings,
          plain?.answer?.json === undefined
            ? undefined
            : readEnvelope([plain.answer.json], failureOf(plain)?.json),
        );
  if (plain?.answer?.json !== undefined)
    model['response'] = learnReply(plain.answer, failureOf(plain), {
      findings,
      question,
      streamedText: stream?.text,
    });
  else if (plain !== undefined) unknownText(model, 'response', findings);
  if (stream !== undefined) model['stream'] = stream.stream;
  else if (streamed !== undefined) unknownText(model, 'stream', findings);
  if (plain === undefined)
    findings.sure(
      'stream',
      'every chat command asks for a stream, so the gateway makes whole responses of streams',
    );
  else if (streamed === undefined)
    findings.sure(
      'response',
      'no chat command asks for a stream, so the gateway makes streams of whole responses',
    );
}

/** Without a recorded response, tries the usual names for a reply. */
function unknownText(model: Record<string, unknown>, block: 'response' | 'stream', findings: Findings): void {
  const root = block === 'stream' ? 'data.' : '';
  const places = [
    'answer',
    'text',
    'content',
    'result',
    'response',
    'reply',
    'output',
    'data.answer',
    'data.content',
    'result.content',
  ];
  model[block] = { text: `[${places.map((place) => root + place).join(', ')}][$type($) = "string"][0]` };
  findings.unsure(
    `${block}.text`,
    'no response was recorded (--answers, or --run): the first text under a usual name is taken',
  );
}

/**
 * The recorded failure. Without one, the response to an expired token if its status is a success:
 * it has the same envelope as other failures.
 */
function failureOf({ others }: Exchange): RecordedAnswer | undefined {
  const { error, expired } = others;
  return error ?? (expired?.json !== undefined && (expired.status ?? 200) < 300 ? expired : undefined);
}
