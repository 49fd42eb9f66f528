import { randomUUID } from 'node:crypto';
import { CallerLeftError } from '../../errors/caller-errors.js';
import { ModelRegistry } from '../../catalog/model-registry.js';
import { type DeploymentTest, eachInTurn, testsOf } from '../../routing/testing/deployment-tests.js';
import { DEFAULT_TEST_MESSAGE, ModelTester } from '../../routing/testing/model-tester.js';
import { type ModelTestResult } from '../../routing/testing/model-test-result.js';
import { plainJson, plainText } from '../../telemetry/log/plain-text.js';
import { CallRecord } from '../../calls/call-record.js';
import { Cancellation } from '../../calls/cancellation.js';
import { type CliArguments } from '../arguments.js';
import { CommandError } from '../command-error.js';
import { chooseModels } from '../gateway/choose-models.js';
import { type GatewayContext, withGateway } from '../gateway/gateway-context.js';
import { cutToWidth, oneLine } from '../terminal/display-width.js';
import { helpLines } from '../terminal/code-help.js';
import { renderTable } from '../terminal/table.js';
import { TestProgress } from '../terminal/test-progress.js';

const MODEL_COLUMN = { title: 'MODEL' };
/** Shown only if a model has several deployments. */
const DEPLOYMENT_COLUMN = { title: 'DEPLOYMENT' };
const COLUMNS = [{ title: 'STATUS' }, { title: 'TIME (s)', isNumber: true }, { title: 'RESULT' }];
const ANSWER_COLUMNS = 60;
/** Wide, because errors are the point of a test. */
const ERROR_COLUMNS = 300;

/** A result with its deployment; undefined if the model has only one. */
type ShownResult = ModelTestResult & { readonly deployment?: string };

/** Tests all deployments of models in parallel on the path of real traffic. @returns exit code: 1 if any fails */
export async function runTest(args: CliArguments): Promise<number> {
  return withGateway(args, async (gateway) => {
    const chosen = chooseModels(gateway, args.model);
    const results = await testAll(gateway, chosen, args);
    process.stdout.write(args.isJson ? `${plainJson(results)}\n` : toTable(results));
    // For people; programs read the code.
    if (process.stderr.isTTY && !args.isJson)
      process.stderr.write(plainText(helpLines(results.map(({ error }) => error?.code ?? ''))));
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
  const models = names.map((name) => {
    const model = registry.get(name);
    const record = new CallRecord(randomUUID(), 'POST', 'terminal');
    return { model, tests: testsOf(model, record, new Cancellation()) };
  });
  const cancel = (): void => {
    for (const { tests } of models)
      for (const { cancellation } of tests) cancellation.cancel(new CallerLeftError());
  };
  process.on('SIGINT', cancel).on('SIGTERM', cancel);
  const progress = new TestProgress(
    models.flatMap(({ tests }) => tests.map(labelOf)),
    process.stderr,
  );
  try {
    const results = await Promise.all(
      models.map(({ model, tests }) =>
        eachInTurn(model, tests, async (test) => {
          const { record, cancellation } = test;
          const result = await tester.testOne(test.model, message, record, cancellation, forcedLogin);
          progress.finished(labelOf(test), result);
          if (tests.length === 1) return result;
          const { model: name, ...outcome } = result;
          return { model: name, deployment: test.model.deployments[0].name, ...outcome };
        }),
      ),
    );
    return results.flat();
  } catch (error) {
    throw error instanceof CallerLeftError ? new CommandError('cancelled', { cause: error }) : error;
  } finally {
    progress.stop();
  }
}

/** The name of a deployment, if the model has several. */
function labelOf({ model, isOneOfSeveral }: DeploymentTest): string {
  return isOneOfSeveral ? `${model.name}/${model.deployments[0].name}` : model.name;
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
