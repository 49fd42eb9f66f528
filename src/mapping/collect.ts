import { UpstreamError } from '../errors/upstream-errors.js';
import { type AnswerSource } from '../upstream/answer-source.js';

/** The whole body of an answer. @throws GatewayError when it breaks off, or is longer than `limitBytes` */
export function collect(answer: AnswerSource, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    answer.readTo({
      onData: (chunk) => {
        length += chunk.length;
        if (length > limitBytes) {
          answer.abort(
            new UpstreamError('upstream_invalid_response', `The answer is longer than ${limitBytes} bytes.`),
          );
        } else chunks.push(chunk);
        return true;
      },
      onEnd: () => resolve(Buffer.concat(chunks, length)),
      onError: reject,
    });
  });
}
