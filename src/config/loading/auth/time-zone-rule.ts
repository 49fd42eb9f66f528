import { nearest } from '../did-you-mean.js';
import { type LoadReport } from '../load-report.js';
import { isTimeZone } from '../../time/zoned-time.js';
import { formatKey, type YamlPath } from '../yaml/yaml-path.js';

const EXPECTED = 'expected an IANA time zone such as "Asia/Shanghai"';
/** Common names that are not IANA zones, with a zone that has the same clocks. */
const INTENDED: Readonly<Record<string, string>> = {
  'asia/beijing': 'Asia/Shanghai',
  beijing: 'Asia/Shanghai',
  'china/shanghai': 'Asia/Shanghai',
};

/** Reports a text that is not an IANA time zone. @returns whether it is one */
export function checkTimeZone(name: unknown, path: YamlPath, report: LoadReport): boolean {
  if (typeof name !== 'string' || report.isMuted(path)) return false;
  if (isTimeZone(name)) return true;
  if (name.trim() !== '') report.problem(path, `unknown time zone ${formatKey(name)}, ${hintFor(name)}`);
  return false;
}

function hintFor(name: string): string {
  if (/^(UTC|GMT)?[-+]?\d/i.test(name)) return `${EXPECTED}, not an offset`;
  const zones = Intl.supportedValuesOf('timeZone');
  const wanted = name.toLowerCase().replaceAll(/[\s_]+/g, '_');
  const meant =
    INTENDED[wanted] ??
    zones.find((zone) => zone.toLowerCase() === wanted || zone.toLowerCase().endsWith(`/${wanted}`)) ??
    (wanted.length < SHORTEST ? undefined : nearest(name, zones));
  return meant === undefined ? EXPECTED : `did you mean "${meant}"?`;
}

/** A shorter word resembles too many zones. */
const SHORTEST = 6;
