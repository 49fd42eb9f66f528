import { type CallRecord } from '../../calls/call-record.js';
import { type LimitsConfig } from '../../config/settings.js';
import { type GatewayError } from '../../errors/gateway-error.js';
import { type ModelCall } from '../../providers/llm-provider.js';
import { OpenedAnswer } from '../../upstream/response/opened-answer.js';
import { isDocument } from '../../upstream/response/response-headers.js';
import { type UpstreamFailure } from '../../upstream/failure/upstream-failure.js';
import { type AcceptedAnswer } from '../deployment/deployment-caller.js';
import { type Model } from '../model.js';
import { CommittedStream } from './committed-stream.js';
import { EventAnswer } from './event-answer.js';

/** The call for which a stream is opened, and the alternatives to a stream. */
export interface StreamOpener {
  readonly services: { readonly failure: UpstreamFailure };
  readonly model: Model;
  readonly call: ModelCall;
  readonly record: CallRecord;
  /** The limits of the model that responds. */
  readonly limits: LimitsConfig;
  /** Set once the stream is open. */
  stream: CommittedStream | undefined;
  /** Reads the response, which is a document in spite of its headers. */
  readWhole(answer: AcceptedAnswer): Promise<void> | undefined;
  /** Whether another attempt is possible; until then, the headers of a stream are held back. */
  mayFollow(): boolean;
  /**
   * Call this when nothing but headers has arrived in time.
   * @returns the failure, if another attempt may do better
   */
  stalled(): GatewayError | undefined;
}

/**
 * Opens a stream for a call. While another attempt may follow, the stream is held back until its
 * first event.
 * @param onBegun called when an event reaches the client
 * @throws GatewayError
 */
export async function openStream(
  { exchange, request }: AcceptedAnswer,
  route: StreamOpener,
  onBegun: () => void,
): Promise<void> {
  const { call, record, limits } = route;
  const opened = new OpenedAnswer(exchange);
  // If the content type names a document, the body decides before the client gets the response
  // headers.
  const saysDocument = isDocument(exchange.headers['content-type']);
  if (saysDocument) await new Promise<void>((resolve) => opened.whenBegun(resolve));
  const { kind = saysDocument ? 'text' : 'events' } = opened;
  if (kind !== 'events' && !call.request.dialect.beginsStream(opened.beginning)) {
    await route.readWhole({ exchange: opened, request });
    return;
  }
  const events = new EventAnswer(opened, { request: call.request, maxAnswerBytes: limits.answer });
  const stream = new CommittedStream(events, call.request.dialect, onBegun);
  const waitMs = route.model.config.commit_wait_seconds * 1000;
  if (waitMs > 0 && route.mayFollow()) {
    await stream.hold({
      maxEventBytes: limits.event,
      waitMs,
      onWaited: () => route.stalled(),
      toFailure: (error, event) => {
        record.spend(call.request.dialect.failedUsage?.(event));
        return route.services.failure.fromError(error, request, undefined, undefined, event);
      },
    });
  }
  route.stream = stream;
}
