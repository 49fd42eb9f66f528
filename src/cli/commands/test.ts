import { randomUUID } from 'node:crypto';
import { CallerLeftError } from '../../errors/caller-errors.js';
import { ModelRegistry } from '../../catalog/model-registry.js';
import { DEFAULT_TEST_MESSAGE, ModelTester, type ModelTestResult } from '../../routing/model-tester.js';
import { plainJson } from '../../telemetry/plain-text.js';
import { CallRecord } from '../../calls/call-record.js';
import { Cancellation } from '../../calls/cancellation.js';
import { type CliArguments } from '../arguments.js';
import { CommandError } from '../command-error.js';
import { chooseModels } from '../gateway/choose-models.js';
import { type GatewayContext, withGateway } from '../gateway/gateway-context.js';
import { cutToWidth, oneLine } from '../terminal/display-width.js';
import { renderTable } from '../terminal/table.js';
import { TestProgress } from '../terminal/test-progress.js';

const MODEL_COLUMN = { title: 'MODEL' };
/** Shown only if a model has several deployments. */
const DEPLOYMENT_COLUMN = { title: 'DEPLOYMENT' };
const COLUMNS = [{ title: 'STATUS' }, { title: 'TIME (s)', isNumber: true }, { title: 'RESULT' }];
const ANSWER_COLUMNS = 60;
/** Wide, because errors are the point of a test. */
const ERROR_COLUMNS = 300;

/** A result with the deployment that produced it; undefined when none was called. */
type ShownResult = ModelTestResult & { readonly deployment?: string };

/** Tests models in parallel on the path of real traffic. @returns exit code: 1 if any fails */
export async function runTest(args: CliArguments): Promise<number> {
  return withGateway(args, async (gateway) => {
    const chosen = chooseModels(gateway, args.model);
    const results = await testAll(gateway, chosen, args);
    process.stdout.write(args.isJson ? `${plainJson(results)}\n` : toTable(results));
    return results.every(({ status }) => status === 'available') ? 0 : 1;
  });
}

async function testAll(
  { app }: GatewayContext,
  names: readonly string[],
  { message = DEFAULT_TEST_MESSAGE, isForced }: CliArguments,
): Promise<ShownResult[]> {
  // Shared by all models, so that a common login is tried once.
  const forcedLogin = isForced ? { spacingMs: 0, tried: new Set<string>() } : undefined;
  const tester = app.get(ModelTester);
  const registry = app.get(ModelRegistry);
  const calls = names.map((name) => ({ model: registry.get(name), cancellation: new Cancellation() }));
  const cancel = (): void => {
    for (const { cancellation } of calls) cancellation.cancel(new CallerLeftError());
  };
  process.on('SIGINT', cancel).on('SIGTERM', cancel);
  const progress = new TestProgress(names, process.stderr);
  try {
    return await Promise.all(
      calls.map(async ({ model, cancellation }) => {
        const record = new CallRecord(randomUUID(), 'POST', 'terminal');
        const result = await tester.test(model, message, record, cancellation, forcedLogin);
        progress.finished(result);
        if (model.deployments.length === 1) return result;
        const { model: name, ...outcome } = result;
        return { model: name, deployment: record.attemptLog.at(-1)?.deployment, ...outcome };
      }),
    );
  } catch (error) {
    throw error instanceof CallerLeftError ? new CommandError('cancelled', { cause: error }) : error;
  } finally {
    progress.stop();
  }
}

function toTable(results: readonly ShownResult[]): string {
  const hasDeployments = results.some(({ deployment }) => deployment !== undefined);
  const rows = results.map(({ model, deployment = '-', status, response_time: seconds, response, error }) => [
    model,
    ...(hasDeployments ? [deployment] : []),
    status,
    seconds.toFixed(3),
    error === undefined
      ? cutToWidth(oneLine(response ?? ''), ANSWER_COLUMNS)
      : cutToWidth(oneLine(`${error.code ?? error.type}: ${error.message}`), ERROR_COLUMNS),
  ]);
  return renderTable([MODEL_COLUMN, ...(hasDeployments ? [DEPLOYMENT_COLUMN] : []), ...COLUMNS], rows);
}
