import { type Readable, pipeline } from 'node:stream';
import { AxiosError, type AxiosAdapter, type AxiosResponse, AxiosHeaders } from 'axios';
import { type Dispatcher, request } from 'undici';
import { decoderOf } from './decoding-sink.js';

declare module 'axios' {
  interface AxiosRequestConfig {
    /** The pool to send through; the model's own, so that its proxy and TLS settings hold. */
    dispatcher?: Dispatcher;
    /** Longest answer that is read, in bytes, unpacked. */
    maxAnswerBytes?: number;
  }
}

const DEFAULT_MAX_ANSWER_BYTES = 1_048_576;

/**
 * Lets `HttpService` send through undici: one transport, one proxy and one TLS setting for model calls and for
 * logins alike. Bodies are text in and out, also where they come packed unasked; no redirects; every status resolves
 * unless `validateStatus` objects.
 */
export const undiciAxiosAdapter: AxiosAdapter = async (config) => {
  const url = new URL(config.url ?? '', config.baseURL);
  const limit = config.maxAnswerBytes ?? DEFAULT_MAX_ANSWER_BYTES;
  const answer = await request(url, {
    dispatcher: config.dispatcher,
    method: (config.method ?? 'GET').toUpperCase() as Dispatcher.HttpMethod,
    headers: AxiosHeaders.from(config.headers).toJSON() as Record<string, string>,
    body: config.data as string | undefined,
    signal: config.signal as AbortSignal | undefined,
  });
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of unpacked(answer) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) throw new AxiosError(`answer longer than ${limit} bytes`, 'ERR_BAD_RESPONSE', config);
    chunks.push(chunk);
  }
  const response: AxiosResponse = {
    data: Buffer.concat(chunks, length).toString(),
    status: answer.statusCode,
    statusText: '',
    headers: answer.headers as Record<string, string>,
    config,
  };
  if (config.validateStatus?.(response.status) === false) {
    throw new AxiosError(
      `status ${response.status}`,
      AxiosError.ERR_BAD_REQUEST,
      config,
      undefined,
      response,
    );
  }
  return response;
};

function unpacked({ body, headers }: Dispatcher.ResponseData): Readable {
  const decoder = decoderOf(String(headers['content-encoding'] ?? ''));
  // What goes wrong on the way is thrown by the decoder, which is the one that is read.
  return decoder === undefined ? body : pipeline(body, decoder, () => undefined);
}
