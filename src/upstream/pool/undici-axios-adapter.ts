import { AxiosError, type AxiosAdapter, type AxiosResponse, AxiosHeaders } from 'axios';
import { type Dispatcher, getGlobalDispatcher } from 'undici';
import { UpstreamError } from '../../errors/upstream-errors.js';
import { UpstreamExchange } from '../upstream-exchange.js';

declare module 'axios' {
  interface AxiosRequestConfig {
    /** The pool to send through: the model's, so that its proxy and TLS settings apply. */
    dispatcher?: Dispatcher;
    /** Maximum size of a response, in bytes after decompression. */
    maxAnswerBytes?: number;
  }
}

const DEFAULT_MAX_ANSWER_BYTES = 1_048_576;
/** The timeout is in the signal of each request. */
const NO_CLOCKS = { connect_seconds: 0, first_byte_seconds: 0, idle_seconds: 0, total_seconds: 0 };

/**
 * Makes `HttpService` send through undici, so that model calls and logins share one transport, one
 * proxy and TLS setting, and one way to read responses. Bodies are text in both directions, even if
 * a response is compressed without a request for it or has another charset. Redirects are not
 * followed; every status resolves unless `validateStatus` rejects it.
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
    // The code of undici or Node, such as ECONNREFUSED, says more than that the upstream is
    // unreachable.
    throw error instanceof UpstreamError && error.cause !== undefined ? error.cause : error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
};
