import { type ServerResponse } from 'node:http';
import { type CallLedger } from '../call-ledger.js';
import { type Fault } from '../faults/faults.js';
import { misbehave, send } from '../faults/misbehaviour.js';
import { type FailureFormat, OPENAI_FAILURES } from '../formats/format.js';
import { type IntendedAnswer, intendedJson } from './intended-answer.js';
import { OpenAnswer } from './open-answer.js';
import { RequestProblem } from '../request-problem.js';
import { refuse, sendJson } from '../requests.js';

/** A complete JSON response, or the fault that was ordered for it. */
export function sendOrFail(
  response: ServerResponse,
  ledger: CallLedger,
  json: () => string,
  fault: Fault | undefined,
  failures: FailureFormat = OPENAI_FAILURES,
): void {
  if (fault === undefined) return sendJson(response, json());
  const answer = new OpenAnswer(response, () => ledger.changed());
  give(response, answer, intendedJson(json, failures), fault);
}

/** Sends the intended response, or applies a fault to it. @param latencyMs pause before it */
export function give(
  response: ServerResponse,
  answer: OpenAnswer,
  intended: IntendedAnswer,
  fault?: Fault,
  latencyMs = 0,
): void {
  const giving = async (): Promise<void> => {
    if (latencyMs > 0) await answer.pause(latencyMs);
    await (fault === undefined ? send(answer, intended) : misbehave(answer, fault, intended));
  };
  giving().catch((error: unknown) => {
    // A login that is refused although a fault was ordered for it. Any other error is a failure of
    // the sandbox itself; closing the connection keeps clients from waiting for it.
    if (error instanceof RequestProblem && !response.headersSent) refuse(response, error);
    else answer.drop();
  });
}
