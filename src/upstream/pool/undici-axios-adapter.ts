import { AxiosError, type AxiosAdapter, type AxiosResponse, AxiosHeaders } from 'axios';
import { type Dispatcher, getGlobalDispatcher } from 'undici';
import { UpstreamError } from '../../errors/upstream-errors.js';
import { UpstreamExchange } from '../upstream-exchange.js';

declare module 'axios' {
  interface AxiosRequestConfig {
    /** The pool to send through; the model's own, so that its proxy and TLS settings hold. */
    dispatcher?: Dispatcher;
    /** Longest answer that is read, in bytes, unpacked. */
    maxAnswerBytes?: number;
  }
}

const DEFAULT_MAX_ANSWER_BYTES = 1_048_576;
/** Time is kept by the signal of each request. */
const NO_CLOCKS = { connect_seconds: 0, first_byte_seconds: 0, idle_seconds: 0, total_seconds: 0 };

/**
 * Lets `HttpService` send through undici: one transport, one proxy and one TLS setting for model calls and for
 * logins alike, and one reading of what comes back. Bodies are text in and out, also where they come packed unasked
 * or in another charset; no redirects; every status resolves unless `validateStatus` objects.
 */
export const undiciAxiosAdapter: AxiosAdapter = async (config) => {
  const { origin, pathname, search } = new URL(config.url ?? '', config.baseURL);
  const exchange = new UpstreamExchange(NO_CLOCKS, false);
  const signal = config.signal as AbortSignal | undefined;
  const stop = (): void =>
    exchange.abort(new UpstreamError('total_timeout', 'Aborted.', { cause: signal!.reason }));
  signal?.addEventListener('abort', stop);
  try {
    (config.dispatcher ?? getGlobalDispatcher()).dispatch(
      {
        origin,
        path: pathname + search,
        method: (config.method ?? 'GET').toUpperCase() as Dispatcher.HttpMethod,
        headers: AxiosHeaders.from(config.headers).toJSON() as Record<string, string>,
        body: config.data as string | undefined,
      },
      exchange,
    );
    if (signal?.aborted === true) stop();
    await exchange.accepted;
    const body = await exchange.readAll(config.maxAnswerBytes ?? DEFAULT_MAX_ANSWER_BYTES);
    const response: AxiosResponse = {
      data: body.toString(),
      status: exchange.status,
      statusText: '',
      headers: exchange.headers as Record<string, string>,
      config,
    };
    if (config.validateStatus?.(response.status) === false) {
      const message = `status ${response.status}`;
      throw new AxiosError(message, AxiosError.ERR_BAD_REQUEST, config, undefined, response);
    }
    return response;
  } catch (error) {
    // What undici and Node call it, such as ECONNREFUSED, says more than that the upstream cannot be reached.
    throw error instanceof UpstreamError && error.cause !== undefined ? error.cause : error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
};
