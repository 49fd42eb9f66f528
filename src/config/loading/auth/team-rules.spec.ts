import {
  expectRefusals,
  type Mistake,
  mistake,
  MODELS,
  SECRET,
} from '../../../../test/fixtures/config/mistake.js';

/** A mistake in `auth`; its first line is line 2, after which there is a key of the team `search`. */
const inAuth = (what: string, lines: string, problem: string): Mistake =>
  mistake(what, `auth:\n${lines}\n  api_keys: [{ key: ${SECRET}, team: search }]\n${MODELS}\n`, problem);

describe('teams and the time zone', () => {
  expectRefusals([
    inAuth(
      'misspelt team',
      '  teams: [{ name: serach }, { name: other }]',
      '3 auth.api_keys[0].team: unknown team "search", did you mean "serach"?',
    ),
    inAuth(
      'team listed twice',
      '  teams:\n    - name: search\n    - name: search',
      '4 auth.teams[1].name: "search" is already the name of teams[0] in line 3, expected each team once',
    ),
    inAuth(
      'team without a name',
      '  teams:\n    - name: search\n    - limits: { max_concurrent: 1 }',
      '4 auth.teams[1].name: missing, expected a name without control characters',
    ),
    inAuth(
      'team with empty limits',
      '  teams:\n    - name: search\n      limits: {}',
      '4 auth.teams[0].limits: is empty, expected a limit',
    ),
    inAuth(
      'unknown key of a team',
      '  teams:\n    - name: search\n      models: [a]',
      '4 auth.teams[0].models: unknown key, expected one of name, limits',
    ),
    inAuth(
      'teams that are a mapping',
      '  teams: { search: {} }',
      '2 auth.teams: expected a list of mappings, got a mapping',
    ),
    ...[
      ['Asia/Shangai', 'did you mean "Asia/Shanghai"?'],
      ['Shanghai', 'did you mean "Asia/Shanghai"?'],
      ['Asia/Beijing', 'did you mean "Asia/Shanghai"?'],
      ['new york', 'did you mean "America/New_York"?'],
      ['"+08:00"', 'expected an IANA time zone such as "Asia/Shanghai", not an offset'],
      ['UTC+8', 'expected an IANA time zone such as "Asia/Shanghai", not an offset'],
      ['CST', 'expected an IANA time zone such as "Asia/Shanghai"'],
      ['Mars/Olympus_Mons', 'expected an IANA time zone such as "Asia/Shanghai"'],
    ].map(([zone = '', hint = '']) =>
      inAuth(
        `time zone ${zone}`,
        `  teams: [{ name: search }]\n  time_zone: ${zone}`,
        `3 auth.time_zone: unknown time zone ${JSON.stringify(zone.replaceAll('"', ''))}, ${hint}`,
      ),
    ),
    inAuth(
      'empty time zone',
      '  teams: [{ name: search }]\n  time_zone: ""',
      '3 auth.time_zone: expected an IANA time zone',
    ),
    inAuth(
      'time zone that is a number',
      '  teams: [{ name: search }]\n  time_zone: 8',
      '3 auth.time_zone: expected an IANA time zone such as "Asia/Shanghai", got a number',
    ),
  ]);
});
