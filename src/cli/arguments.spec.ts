import { UsageError, parseCliArguments } from './arguments.js';

describe('parseCliArguments', () => {
  it('serves if there are no arguments', () => {
    expect(parseCliArguments([])).toEqual({
      command: 'server',
      isReload: false,
      isWatched: true,
      isForced: false,
      isInteractive: false,
      isStream: false,
      isDryRun: false,
      isJson: false,
      isMissingAllowed: false,
    });
  });

  it.each([
    [['--mode=local', '--model', 'm', '--message', '-', '--interactive'], { command: 'local', message: '-' }],
    [['--mode', 'test', '--force'], { command: 'test', isForced: true }],
    [['--mode', 'test', '--message=--json'], { command: 'test', message: '--json', isJson: false }],
    [
      ['--mode', 'list', '--json', '--config', 'a.yaml'],
      { command: 'list', isJson: true, configPath: 'a.yaml' },
    ],
    [
      ['--reload', '--host', '::1', '--port', '0'],
      { command: 'server', isReload: true, host: '::1', port: 0 },
    ],
    [['sandbox', '--port', '65535'], { command: 'sandbox', port: 65_535 }],
    [
      ['try', 'm', '--stream', '--reply', 'a.json', '--message', 'x', '--json', '--config', 'c'],
      { command: 'try', model: 'm', isStream: true, replyPath: 'a.json', isDryRun: false, isJson: true },
    ],
    [
      ['import', 'litellm', 'c.yaml', '--keys', 'k.json'],
      { command: 'import', importFrom: 'litellm', importPath: 'c.yaml', keysPath: 'k.json' },
    ],
    [['try', 'm', '--dry-run'], { command: 'try', isDryRun: true }],
    [['key', '--json'], { command: 'key', isJson: true }],
    [['--mode', 'list', '--message', 'x', '-h'], { command: 'help' }],
    [
      ['check', 'a.yaml', '--allow-missing-secrets'],
      { command: 'check', configPath: 'a.yaml', isMissingAllowed: true },
    ],
    [['check', '--json'], { command: 'check', configPath: undefined, isMissingAllowed: false }],
    [['list', '--json'], { command: 'list', isJson: true }],
    [['test', 'm', '--force'], { command: 'test', model: 'm', isForced: true }],
    [['test', '--model', 'm'], { command: 'test', model: 'm' }],
    [['chat'], { command: 'local', isInteractive: true, model: undefined }],
    [['chat', 'm', '--message', 'x'], { command: 'local', isInteractive: false, model: 'm', message: 'x' }],
    [['-v'], { command: 'version' }],
  ])('understands %j', (args, expected) => {
    expect(parseCliArguments(args)).toMatchObject(expected);
  });

  it.each([
    [['--port', '-1']],
    [['--port', '1.5']],
    [['--port', '65536']],
    [['--port', '']],
    [['--mode', '']],
    [['--mode', 'key']],
    [['--json=yes', 'key']],
    [['key', '--config', 'x']],
    [['--', '--mode']],
    [['import']],
    [['import', 'litellm']],
    [['import', 'other', 'f']],
    [['import', 'litellm', 'a', 'b']],
    [['key', '--keys', 'f']],
    [['try']],
    [['try', 'a', 'b']],
    [['check', 'a', 'b']],
    [['check', 'a', '--config', 'a']],
    [['check', '--force']],
    [['list', 'm']],
    [['chat', 'm', '--model', 'm']],
    [['chat', '--mode', 'local']],
    [['local']],
    [['--allow-missing-secrets']],
    [['try', 'a', '--model', 'b']],
    [['try', 'a', '--reply', 'f', '--dry-run']],
    [['key', '--stream']],
    [['--mode', 'local', '--force']],
    [['try', 'a', '--force']],
    [['--dry-run']],
  ])('refuses %j', (args) => {
    expect(() => parseCliArguments(args)).toThrow(UsageError);
  });

  it('explains an error in one sentence', () => {
    expect(() => parseCliArguments(['--modle', 'x'])).toThrow(
      /^Unknown option '--modle'; did you mean '--model'\?$/,
    );
  });

  it.each<[string[], object]>([
    [['help'], { command: 'help', helpOn: undefined }],
    [['--help'], { command: 'help', helpOn: undefined }],
    [['help', 'chat'], { command: 'help', helpOn: 'chat' }],
    [['chat', '--help'], { command: 'help', helpOn: 'chat' }],
    [['check', 'a.yaml', '-h'], { command: 'help', helpOn: 'check' }],
    [['nothing', '--help'], { command: 'help', helpOn: undefined }],
    [['version'], { command: 'version' }],
  ])('shows help for %j', (args, expected) => {
    expect(parseCliArguments(args)).toMatchObject(expected);
  });

  it.each([
    [['help', 'chta'], "; did you mean 'chat'?"],
    [['lst'], "; did you mean 'list'?"],
    [['--mode', 'sever'], "; did you mean 'server'?"],
    [['list', '--jsn'], "; did you mean '--json'?"],
    [['try', 'm', '--dryrun'], "; did you mean '--dry-run'?"],
    [['key', '--max_concurrent', '3'], "; did you mean '--max-concurrent'?"],
    [['help', 'chat', 'list'], "unexpected argument 'list'"],
    [['version', 'x'], "not 'version'"],
  ])('suggests a correction of %j', (args, hint) => {
    expect(() => parseCliArguments(args)).toThrow(hint);
  });
});
