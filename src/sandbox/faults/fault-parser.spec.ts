import { FaultFormatError, parseFaultHeader, parseFaultOrders, parseFaultScript } from './fault-parser.js';

function problemsOf(given: unknown): readonly string[] {
  try {
    parseFaultOrders(given);
  } catch (error) {
    if (error instanceof FaultFormatError) return error.message.split('; ');
    throw error;
  }
  return [];
}

it('reads a name, an object, a list and a list under "faults"', () => {
  const cut = { fault: { kind: 'cut' }, times: 1, on: 'calls' };
  expect(parseFaultOrders('cut')).toEqual([cut]);
  expect(parseFaultOrders({ kind: 'cut' })).toEqual([cut]);
  expect(parseFaultOrders(['cut', { kind: 'cut' }])).toEqual([cut, cut]);
  expect(parseFaultOrders({ faults: ['cut'] })).toEqual([cut]);
});

it('separates a fault from the order around it', () => {
  expect(
    parseFaultOrders({
      kind: 'status',
      status: 503,
      retry_after: 1,
      times: 'always',
      on: 'login',
      model: 'm',
    }),
  ).toEqual([
    { fault: { kind: 'status', status: 503, retry_after: 1 }, times: Infinity, on: 'login', model: 'm' },
  ]);
});

it('reads the header as a name or as JSON', () => {
  expect(parseFaultHeader(' hang ')).toEqual(parseFaultOrders('hang'));
  expect(parseFaultHeader('"hang"')).toEqual(parseFaultOrders('hang'));
  expect(parseFaultHeader('[{"kind":"cut","after":0}]')).toEqual(
    parseFaultOrders([{ kind: 'cut', after: 0 }]),
  );
  expect(() => parseFaultHeader('{cut}')).toThrow('fault: expected a name or JSON, found "{cut}"');
});

it('names everything that is wrong, with its place', () => {
  expect(
    problemsOf(['sleep', { kind: 'cut', after: '3', status: 1 }, 7, { kind: 'html', times: 0 }]),
  ).toEqual([
    expect.stringMatching(/^faults\[0\]\.kind: unknown fault "sleep", expected one of refuse, down, hang, /),
    'faults[1].after: expected a whole number of 0 or more, found "3"',
    'faults[1].status: unknown key for cut, expected one of after, times, on, model, path, stream, nth, probability',
    'faults[2]: expected a name or an object, found 7',
    'faults[3].times: expected a whole number of 1 or more, or "always", found 0',
  ]);
  expect(problemsOf({ faults: 1, x: 2 })).toEqual([
    'x: unknown key, expected one of faults',
    'faults: expected a list, found 1',
  ]);
  expect(problemsOf(undefined)).toEqual(['fault: expected a name or an object, found nothing']);
  expect(problemsOf('constructor')).toHaveLength(1);
  expect(problemsOf({ kind: 'cut', toString: 1 })).toHaveLength(1);
});

it('reads which calls are meant', () => {
  expect(
    parseFaultOrders([
      { kind: 'cut', nth: 3, path: '/east/*', stream: true },
      { kind: 'hang', probability: 0.1 },
      { kind: 'hang', probability: 0.1, times: 2 },
    ]),
  ).toEqual([
    { fault: { kind: 'cut' }, times: 1, on: 'calls', nth: 3, path: '/east/*', stream: true },
    { fault: { kind: 'hang' }, times: Infinity, on: 'calls', probability: 0.1 },
    { fault: { kind: 'hang' }, times: 2, on: 'calls', probability: 0.1 },
  ]);
  expect(
    problemsOf({ kind: 'cut', nth: 0, path: 'v1', stream: 'yes', probability: 1.5 }).map(
      (problem) => problem.split(',')[0],
    ),
  ).toEqual([
    'fault.nth: expected a whole number of 1 or more',
    'fault.path: expected a path that begins with / or *',
    'fault.stream: expected true or false',
    'fault.probability: expected a number above 0',
  ]);
});

it('reads a script, and reports the place of an unknown word with a suggestion', () => {
  expect(parseFaultScript({ seed: 7, faults: ['cut'] })).toEqual({
    seed: 7,
    orders: parseFaultOrders('cut'),
  });
  expect(parseFaultScript({ faults: [] })).toEqual({ orders: [] });
  let problems: FaultFormatError['problems'] = [];
  try {
    parseFaultScript({ seed: -1, fault: [], faults: [{ kind: 'cut', afer: 1 }, { times: 1 }] });
  } catch (error) {
    problems = (error as FaultFormatError).problems;
  }
  expect(problems.map(({ path, known }) => [path, known?.word])).toEqual([
    [['fault'], 'fault'],
    [['seed'], undefined],
    [['faults', 0, 'afer'], 'afer'],
    [['faults', 1, 'kind'], ''],
  ]);
});
