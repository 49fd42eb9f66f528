import { type PreparedCall } from '../dialects/prepared-call.js';
import { type AnswerSource } from '../upstream/response/answer-source.js';
import { type UpstreamRequest } from '../upstream/upstream-request.js';

/** A call in a wire format that the service speaks, whose response passes byte by byte. */
export class PassedCall implements PreparedCall {
  readonly errors = undefined;

  constructor(
    public request: UpstreamRequest,
    readonly isStream: boolean,
    readonly asksForUsage: boolean,
  ) {}

  receive(answer: AnswerSource): AnswerSource {
    return answer;
  }
}
