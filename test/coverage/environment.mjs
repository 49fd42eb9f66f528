import { join } from 'node:path';
import { TestEnvironment } from 'jest-environment-node';

/** Under `--coverage`: the programs that tests start write down what they ran, beside jest's own report. */
export default class extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    const { collectCoverage, coverageDirectory } = config.globalConfig;
    // Node hands this variable on to every process it starts, whatever environment a test gives it. It is set here,
    // after the start, so that jest's own process does not count itself twice.
    if (collectCoverage) process.env.NODE_V8_COVERAGE = join(coverageDirectory, 'processes');
  }
}
