import { type OpenAiError } from '../../protocol/errors/error-format.js';

/** The result of a model test, named as on the wire. */
export interface ModelTestResult {
  readonly model: string;
  readonly status: 'available' | 'unavailable';
  /** Seconds from the start of the call to its end. */
  readonly response_time: number;
  readonly test_message: string;
  /** The operation that was tested; present unless it was a chat. */
  readonly operation?: string;
  /** The model's reply or a summary of it; present if the model is available. */
  readonly response?: string;
  /** Present if the model is not available. */
  readonly error?: OpenAiError;
  /** For a model with several deployments: the result of each, tested by itself. */
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
