import { median } from './stats.mjs';

const ROWS = [
  ['direct', (upstream) => (upstream === 'sandbox' ? 'sandbox direct' : 'fixed upstream direct')],
  ['raw', () => 'raw proxy'],
  ['gateway', () => 'gateway'],
];

/** Prints the measurements, each target beside its figure. */
export function printReport(report) {
  const { results, upstream } = report;
  const out = [];
  out.push(
    `${report.machine}; ${report.rounds} alternating rounds, medians; upstream: ${upstream}` +
      `${report.nodeOptions.length > 0 ? `; gateway with ${report.nodeOptions.join(' ')}` : ''}`,
    `request ${report.traffic.requestBodyBytes} B, answer ${report.traffic.answerBodyBytes} B, ` +
      `event ${report.traffic.eventBytes} B; ${report.seconds} s${report.isQuick ? ' (quick: rough figures)' : ''}`,
    '',
  );
  const targets = [];
  if (results.plain !== undefined) out.push(...plainTable(results.plain, upstream, targets), '');
  if (results.counts !== undefined) out.push(countsLine(results.counts, targets), '');
  if (results.observed !== undefined) out.push(...observedTable(results.observed, targets), '');
  if (results.streams !== undefined) out.push(...streamTable(results.streams, upstream, targets), '');
  if (results.mapping !== undefined) out.push(...addedTable(results.mapping, MAPPING, targets), '');
  if (results.translation !== undefined)
    out.push(...addedTable(results.translation, TRANSLATION, targets), '');
  if (results.formats !== undefined) out.push(...formatTable(results.formats, targets), '');
  if (results['stream-usage'] !== undefined) addStreamUsage(results['stream-usage'], targets);
  if (results['usage-store'] !== undefined) out.push(usageStoreLine(results['usage-store'], targets), '');
  if (results['first-token'] !== undefined)
    out.push(...firstTokenTable(results['first-token'], upstream, targets), '');
  if (results.memory !== undefined) out.push(...memoryTable(results.memory, targets), '');
  if (results.start !== undefined) {
    const { startMs } = results.start;
    addTarget(
      targets,
      'start to first answer, s',
      median(startMs) / 1000,
      3,
      2,
      Math.min(...startMs) / 1000,
      Math.max(...startMs) / 1000,
    );
  }
  out.push(...targetTable(targets));
  report.targets = targets;
  process.stdout.write(`${out.join('\n')}\n`);
}

/** Node's own share of the garbage of a call is 3 KB larger from 24 on. */
const isBefore24 = Number(process.versions.node.split('.')[0]) < 24;
const GARBAGE_KB = isBefore24 ? 31 : 35.5;
/** What the limits of a key and its team add. */
const LIMITS_GARBAGE_KB = isBefore24 ? 8.5 : 11.5;

/** The bounds leave a small margin over what was measured last; a test checks them. */
function countsLine(counts, targets) {
  const { calls, readingCalls, limitCalls, files, garbageKb, limited, besideLimited } = counts;
  addTarget(targets, 'function calls of a plain chat', calls, 346, 0, calls, calls);
  addTarget(targets, 'files that they are in', files, 78, 0, files, files);
  addTarget(targets, 'garbage of a plain chat, KB', garbageKb, GARBAGE_KB, 1, garbageKb, garbageKb);
  const add = (name, value, bound, digits = 0) =>
    addTarget(targets, name, value, bound, digits, value, value);
  add('functions of limits that it calls', limitCalls, 0);
  // The alerts of budgets look at the cost of each call.
  add('the same, when another client has all limits', besideLimited.limitCalls, 1);
  add('function calls that all limits add, of a key and its team', limited.calls - calls, 225);
  add('garbage that they add, KB', limited.garbageKb - garbageKb, LIMITS_GARBAGE_KB, 1);
  return `A plain chat calls ${calls.toFixed(0)} functions, ${readingCalls.toFixed(0)} of them to read the JSON of both bodies`;
}

function plainTable(plain, upstream, targets) {
  const ratios = plain.gateway.map((gateway, round) => plain.raw[round].cpuMicros / gateway.cpuMicros);
  addTarget(
    targets,
    "requests per CPU second, % of the raw proxy's",
    median(ratios) * 100,
    -70,
    0,
    Math.min(...ratios) * 100,
    Math.max(...ratios) * 100,
  );
  return [
    `Plain chats, 1 KB each way, ${plain.connections} connections; ${plain.loggedRequests} lines in the gateway's log, one a request`,
    ...table(
      [
        '',
        'req/s',
        'CPU us/req',
        'min',
        'req per CPU s',
        'cores',
        "others' cores",
        'p50 ms',
        'p99 ms',
        'load us',
        'upstream us',
      ],
      ROWS.map(([name, label]) => {
        const of = (field) => plain[name].map((round) => round[field]);
        const cpu = median(of('cpuMicros'));
        return [
          label(upstream),
          median(of('requestsPerSecond')).toFixed(0),
          cpu.toFixed(1),
          Math.min(...of('cpuMicros')).toFixed(1),
          (1e6 / cpu).toFixed(0),
          median(of('busy')).toFixed(2),
          Math.max(0, median(of('othersBusy'))).toFixed(2),
          median(of('p50Ms')).toFixed(2),
          median(of('p99Ms')).toFixed(1),
          median(of('loadCpuMicros')).toFixed(1),
          median(of('upstreamCpuMicros')).toFixed(1),
        ];
      }),
    ),
  ];
}

const OBSERVED_ROWS = [
  ['raw', 'raw proxy'],
  ['unmeasured', 'gateway, metrics off'],
  ['measured', 'gateway'],
  ['traced', 'gateway, traced 10 %'],
];

function observedTable(observed, targets) {
  const shares = (name) =>
    observed[name].map(({ cpuMicros }, round) => (observed.raw[round].cpuMicros / cpuMicros) * 100);
  const measured = shares('measured');
  addTarget(
    targets,
    "requests per CPU second with metrics and log, % of the raw proxy's",
    median(measured),
    -60,
    0,
    Math.min(...measured),
    Math.max(...measured),
  );
  const added = observed.measured.map(
    ({ cpuMicros }, round) => cpuMicros - observed.unmeasured[round].cpuMicros,
  );
  return [
    `Watched more and less, plain chats; metrics add ${median(added).toFixed(1)} us a request (median of turns)`,
    ...table(
      ['', 'req/s', 'CPU us/req', 'min', "% of the raw proxy's", "others' cores"],
      OBSERVED_ROWS.map(([name, label]) => {
        const of = (field) => observed[name].map((round) => round[field]);
        return [
          label,
          median(of('requestsPerSecond')).toFixed(0),
          median(of('cpuMicros')).toFixed(1),
          Math.min(...of('cpuMicros')).toFixed(1),
          median(shares(name)).toFixed(0),
          Math.max(0, median(of('othersBusy'))).toFixed(2),
        ];
      }),
    ),
  ];
}

function streamTable(streams, upstream, targets) {
  const ratios = streams.gateway.map((gateway, round) => gateway.cpuMicros / streams.raw[round].cpuMicros);
  addTarget(
    targets,
    "CPU per chunk, times the raw proxy's",
    median(ratios),
    1.6,
    2,
    Math.min(...ratios),
    Math.max(...ratios),
  );
  return [
    `${streams.streams} streams side by side, an event every 20 ms`,
    ...table(
      ['', 'chunks/s', 'CPU us/chunk', 'min'],
      ROWS.map(([name, label]) => {
        const of = (field) => streams[name].map((round) => round[field]);
        return [
          label(upstream),
          median(of('chunksPerSecond')).toFixed(0),
          median(of('cpuMicros')).toFixed(1),
          Math.min(...of('cpuMicros')).toFixed(1),
        ];
      }),
    ),
  ];
}

const MAPPING = {
  title: 'A mapped model beside an unmapped one, in one gateway: CPU us',
  what: 'mapping',
  names: ['unmapped', 'mapped'],
  bounds: [100, 45],
};
const TRANSLATION = {
  title: "A client of Messages beside one of the service's own format, in one gateway: CPU us",
  what: 'translation',
  names: ['passed', 'translated'],
  bounds: [150, 60],
};

function addedTable({ requests, chunks }, { title, what, names, bounds }, targets) {
  const [before, after] = names;
  const rows = [
    ['JSON request', requests],
    ['streamed chunk', chunks],
  ].map(([unit, figures], row) => {
    const added = figures[after].map(({ cpuMicros }, turn) => cpuMicros - figures[before][turn].cpuMicros);
    const [least, most] = [Math.min(...added), Math.max(...added)];
    addTarget(targets, `a ${what} adds to a ${unit}, CPU us`, median(added), bounds[row], 1, least, most);
    const of = (name) => median(figures[name].map(({ cpuMicros }) => cpuMicros)).toFixed(1);
    return [unit, of(before), of(after), median(added).toFixed(1)];
  });
  return [title, ...table(['', before, after, 'added'], rows)];
}

const FORMATS = ['messages', 'responses', 'embeddings'];

function formatTable({ requests, chunks }, targets) {
  const row = (unit, figures) => {
    const micros = (name) => figures[name]?.map(({ cpuMicros }) => cpuMicros);
    const chat = micros('chat');
    for (const name of FORMATS.filter((each) => figures[each] !== undefined)) {
      const times = micros(name).map((each, turn) => each / chat[turn]);
      const [least, most] = [Math.min(...times), Math.max(...times)];
      addTarget(targets, `a ${unit} of ${name}, times one of chat`, median(times), 1.2, 2, least, most);
    }
    return [
      unit,
      ...['chat', ...FORMATS].map((name) => (micros(name) ? median(micros(name)).toFixed(1) : '-')),
    ];
  };
  return [
    'Clients of each format with a service of the same format, in one gateway: CPU us',
    ...table(['', 'chat', ...FORMATS], [row('JSON request', requests), row('streamed chunk', chunks)]),
  ];
}

function addStreamUsage({ uncounted, counted }, targets) {
  const added = counted.map(({ cpuMicros }, turn) => cpuMicros - uncounted[turn].cpuMicros);
  const [least, most] = [Math.min(...added), Math.max(...added)];
  addTarget(targets, 'asking for its usage adds to a stream, CPU us', median(added), 50, 0, least, most);
}

function usageStoreLine({ unkept, kept }, targets) {
  const of = (figure) => kept.map(({ cpuMicros }, turn) => figure(cpuMicros, unkept[turn].cpuMicros));
  const shares = of((stored, plain) => (stored / plain - 1) * 100);
  const [least, most] = [Math.min(...shares), Math.max(...shares)];
  addTarget(
    targets,
    'a store of usage adds to a plain chat, % of its CPU',
    median(shares),
    5,
    1,
    least,
    most,
  );
  const added = median(of((stored, plain) => stored - plain)).toFixed(1);
  return `Calls kept in an SQLite file add ${added} us of CPU to a plain chat (median of ${kept.length} turns)`;
}

function firstTokenTable(firstTokens, upstream, targets) {
  const added = firstTokens.gateway.map((gateway, round) => gateway.p50Ms - firstTokens.direct[round].p50Ms);
  addTarget(
    targets,
    'added first-token time, ms (p50)',
    median(added),
    2,
    2,
    Math.min(...added),
    Math.max(...added),
  );
  return [
    `First token, ${firstTokens.streams} streams at a time`,
    ...table(
      ['', 'p50 ms', 'p99 ms', 'streams a round'],
      ROWS.map(([name, label]) => {
        const of = (field) => firstTokens[name].map((round) => round[field]);
        return [
          label(upstream),
          median(of('p50Ms')).toFixed(2),
          median(of('p99Ms')).toFixed(2),
          median(of('count')).toFixed(0),
        ];
      }),
    ),
  ];
}

const MEMORY_ROWS = [
  ['gateway', 'gateway', 'memory per open stream, KB'],
  ['messagesToChat', 'Messages to chat', 'the same, Messages translated to chat'],
  ['responsesToChat', 'Responses to chat', 'the same, Responses translated to chat'],
  ['chatToMessages', 'chat to Messages', 'the same, chat translated to Messages'],
];

function memoryTable({ streams, ...figures }, targets) {
  for (const [name, , target] of MEMORY_ROWS) {
    const { perStreamKb, peakPerStreamKb } = figures[name];
    addTarget(targets, target, perStreamKb, 80, 0, perStreamKb, peakPerStreamKb);
  }
  const row = (label, { beforeKb, duringKb, perStreamKb, peakPerStreamKb }) => [
    label,
    (beforeKb / 1024).toFixed(0),
    (duringKb / 1024).toFixed(0),
    perStreamKb.toFixed(0),
    peakPerStreamKb.toFixed(0),
  ];
  return [
    `Memory, ${streams} open streams, an event a second`,
    ...table(
      ['', 'before MB', 'open MB', 'KB/stream', 'at its peak'],
      [row('raw proxy', figures.raw), ...MEMORY_ROWS.map(([name, label]) => row(label, figures[name]))],
    ),
  ];
}

/** @param {number} bound at most this; negative: at least its amount */
function addTarget(targets, name, value, bound, digits, min, max) {
  const isMet = bound < 0 ? value >= -bound : value <= bound;
  targets.push({ name, value, bound: Math.abs(bound), isLeast: bound < 0, isMet, digits, min, max });
}

function targetTable(targets) {
  return table(
    ['Target', 'measured', 'lowest - highest', 'wanted', ''],
    targets.map(({ name, value, bound, isLeast, isMet, digits, min, max }) => [
      name,
      value.toFixed(digits),
      `${min.toFixed(digits)} - ${max.toFixed(digits)}`,
      `${isLeast ? 'at least' : 'at most'} ${bound}`,
      isMet ? 'OK' : 'MISSED',
    ]),
  );
}

/**
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 */
function table(head, rows) {
  const widths = head.map((cell, column) => Math.max(cell.length, ...rows.map((row) => row[column].length)));
  const line = (row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
      .join('  ')
      .trimEnd();
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
}
