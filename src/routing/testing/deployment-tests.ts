import { CallRecord } from '../../calls/call-record.js';
import { Cancellation } from '../../calls/cancellation.js';
import { type Model } from '../model.js';
import { type ModelTestResult } from './model-test-result.js';

/** A test of one deployment, with a record and a cancellation of its own, since tests run at the same time. */
export interface DeploymentTest {
  /** The model with this deployment only, and without fallbacks. */
  readonly model: Model;
  readonly record: CallRecord;
  readonly cancellation: Cancellation;
  readonly isOneOfSeveral: boolean;
}

/** @param record of the request for the tests; a single deployment reports to it directly */
export function testsOf(
  model: Model,
  record: CallRecord,
  cancellation: Cancellation,
): readonly DeploymentTest[] {
  if (model.deployments.length === 1) return [{ model, record, cancellation, isOneOfSeveral: false }];
  const tests = model.deployments.map((deployment) => {
    const own = new CallRecord(record.requestId, record.method, record.path);
    own.client = record.client;
    own.team = record.team;
    own.trace = record.trace;
    const alone: Model = { ...model, deployments: [deployment], fallbacks: [] };
    return { model: alone, record: own, cancellation: new Cancellation(), isOneOfSeveral: true };
  });
  cancellation.attach({
    abort: (reason) => {
      for (const test of tests) test.cancellation.cancel(reason);
    },
  });
  return tests;
}

/**
 * Runs all tests in parallel, or one after the other if the model's limit on calls would refuse
 * some of them.
 */
export async function eachInTurn<Test, Result>(
  { config }: Model,
  tests: readonly Test[],
  run: (test: Test) => Promise<Result>,
): Promise<readonly Result[]> {
  const { max_concurrent: most } = config.limits;
  const results: Result[] = [];
  if (most === 0 || most >= tests.length) {
    // A cancellation ends all of them, and their records are complete only then.
    for (const outcome of await Promise.allSettled(tests.map(run))) {
      if (outcome.status === 'rejected') throw outcome.reason;
      results.push(outcome.value);
    }
    return results;
  }
  for (const test of tests) results.push(await run(test));
  return results;
}

/** The result of a model: that of the first deployment that works, otherwise of the first. */
export function merged(model: Model, results: readonly ModelTestResult[]): ModelTestResult {
  const shown = results.find(({ status }) => status === 'available') ?? results[0]!;
  if (results.length === 1) return shown;
  const deployments = results.map(({ status, response_time, response, error }, at) => ({
    name: model.deployments[at]!.name,
    status,
    response_time,
    ...(response !== undefined && { response }),
    ...(error !== undefined && { error }),
  }));
  return { ...shown, deployments };
}

/** Adds the attempts of the tests of several deployments to the record of the request. */
export function join(tests: readonly DeploymentTest[], record: CallRecord): void {
  if (tests[0]!.record === record) return;
  const { record: shown } =
    tests.find(({ record: { error, attempts } }) => error === undefined && attempts > 0) ?? tests[0]!;
  record.model = shown.model;
  record.modelType = shown.modelType;
  record.upstreamStatus = shown.upstreamStatus;
  record.error = shown.error;
  for (const { record: own } of tests) {
    record.attempts += own.attempts;
    record.attemptLog.push(...own.attemptLog);
  }
}
