import { UpstreamError } from '../../errors/upstream-errors.js';
import { ByteCollector } from '../../protocol/byte-collector.js';
import { type AnswerSource } from './answer-source.js';

/** The whole body of a response. @throws GatewayError when it breaks off, or is longer than `limitBytes` */
export function collect(answer: AnswerSource, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const bytes = new ByteCollector();
    answer.readTo({
      onData: (chunk) => {
        answer.firstByte();
        bytes.append(chunk);
        if (bytes.length > limitBytes) {
          bytes.take();
          answer.abort(answerTooLong(limitBytes));
        }
        return true;
      },
      onEnd: () => resolve(bytes.take()),
      onError: reject,
    });
  });
}

/**
 * What can be had of a body within limits: for the words of an error, which half a body may hold as well. Never
 * rejects.
 * @param withinMs the rest is not waited for
 */
export function collectBeginning(
  answer: AnswerSource,
  limitBytes: number,
  withinMs: number,
): Promise<Buffer> {
  return new Promise((resolve) => {
    const bytes = new ByteCollector();
    const finish = (): void => {
      clearTimeout(timer);
      resolve(bytes.take().subarray(0, limitBytes));
    };
    const cutOff = (): void => answer.abort(answerTooLong(limitBytes));
    const timer = setTimeout(cutOff, withinMs);
    answer.readTo({
      onData: (chunk) => {
        if (bytes.length < limitBytes) bytes.append(chunk);
        if (bytes.length >= limitBytes) cutOff();
        return true;
      },
      onEnd: finish,
      onError: finish,
    });
  });
}

/** @param limitBytes most bytes that are read of the response */
export function answerTooLong(limitBytes: number): UpstreamError {
  return new UpstreamError('upstream_invalid_response', `The answer is longer than ${limitBytes} bytes.`);
}
