import { type OpenAiError } from '../../protocol/errors/error-format.js';

/** The result of a model test, named as on the wire. */
export interface ModelTestResult {
  readonly model: string;
  readonly status: 'available' | 'unavailable';
  /** Seconds from the start of the call to its end. */
  readonly response_time: number;
  readonly test_message: string;
  /** What was tested; present where it was no chat. */
  readonly operation?: string;
  /** The model's reply, or what it consists of; present when it is available. */
  readonly response?: string;
  /** Present when it is not available. */
  readonly error?: OpenAiError;
  /** Of a model with several deployments: each of them, tested by itself. */
  readonly deployments?: readonly DeploymentTestResult[];
}

/** The result of one of several deployments, named as on the wire. */
export interface DeploymentTestResult {
  readonly name: string;
  readonly status: ModelTestResult['status'];
  readonly response_time: number;
  readonly response?: string;
  readonly error?: OpenAiError;
}
