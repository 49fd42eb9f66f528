import { FaultFormatError, parseFaultHeader, parseFaultOrders } from './fault-parser.js';

function problemsOf(given: unknown): readonly string[] {
  try {
    parseFaultOrders(given);
  } catch (error) {
    if (error instanceof FaultFormatError) return error.problems;
    throw error;
  }
  return [];
}

it('reads a name, an object, a list and a list under "faults"', () => {
  const cut = { fault: { kind: 'cut' }, times: 1, on: 'chat' };
  expect(parseFaultOrders('cut')).toEqual([cut]);
  expect(parseFaultOrders({ kind: 'cut' })).toEqual([cut]);
  expect(parseFaultOrders(['cut', { kind: 'cut' }])).toEqual([cut, cut]);
  expect(parseFaultOrders({ faults: ['cut'] })).toEqual([cut]);
});

it('tells a fault from the order around it', () => {
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
    expect.stringMatching(/^faults\[0\]\.kind: expected one of refuse, hang, .*, found "sleep"$/),
    'faults[1].after: expected a whole number of 0 or more, found "3"',
    'faults[1].status: unknown key for cut, expected one of after, times, on, model',
    'faults[2]: expected a name or an object, found 7',
    'faults[3].times: expected a whole number of 1 or more, or "always", found 0',
  ]);
  expect(problemsOf({ faults: 1, x: 2 })).toEqual([
    'x: unknown key, expected faults',
    'faults: expected a list, found 1',
  ]);
  expect(problemsOf(undefined)).toEqual(['fault: expected a name or an object, found nothing']);
  expect(problemsOf('constructor')).toHaveLength(1);
  expect(problemsOf({ kind: 'cut', toString: 1 })).toHaveLength(1);
});
