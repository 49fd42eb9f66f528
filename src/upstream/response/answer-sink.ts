import { type GatewayError } from '../../errors/gateway-error.js';

/** Who takes the bytes of an answer, once it is known that there will be some. */
export interface AnswerSink {
  /** @returns false to hold the upstream back until `resume()` */
  onData(chunk: Buffer): boolean;
  onEnd(): void;
  onError(error: GatewayError): void;
}
