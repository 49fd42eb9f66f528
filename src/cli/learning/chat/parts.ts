import { type Leaf, type Path, isSamePlace, jsonataPath, leavesOf } from '../leaves.js';
import { isNamed, isRandom, isUuid, isoKind, plainName } from '../words.js';

/** The `usage` block; undefined if no pair of counts was found. */
export function usageOf(
  document: unknown,
  root = '',
): { readonly fields: Record<string, string>; readonly path: Path } | undefined {
  const numbers = leavesOf(document).filter(({ value }) => typeof value === 'number');
  for (const input of numbers) {
    if (!isNamed('input_count', input.name)) continue;
    const output = numbers.find(
      ({ path, name }) =>
        isNamed('output_count', name) && isSamePlace(path.slice(0, -1), input.path.slice(0, -1)),
    );
    if (output === undefined) continue;
    return {
      path: input.path,
      fields: {
        prompt_tokens: jsonataPath(input.path, root),
        completion_tokens: jsonataPath(output.path, root),
      },
    };
  }
  return undefined;
}

/**
 * The expression for the id of a response: a text near the top whose name suggests an id.
 * @returns undefined if there is none
 */
export function idOf(document: unknown, root = ''): string | undefined {
  const ids = leavesOf(document).filter(
    ({ name, value, path }) =>
      isNamed('id', name) && typeof value === 'string' && value !== '' && path.length <= 2,
  );
  const best = ids.toSorted((a, b) => idRank(a) - idRank(b) || a.path.length - b.path.length)[0];
  return best === undefined ? undefined : jsonataPath(best.path, root);
}

function idRank({ name }: Leaf): number {
  const plain = plainName(name);
  if (/message|msg|completion/.test(plain)) return 0;
  return plain === 'id' ? 1 : 2;
}

const TEXT_ORDER = [
  /^(?:answer|response|reply|textresponse|generatedtext|outputtext|completion|result|finalanswer|botreply)$/,
  /^(?:content|text|output|delta|message|chunk|markdown)$/,
  /./,
];

/** How much a text resembles a model's reply; higher is likelier. */
export function textScore(leaf: Leaf, sample: string): number {
  const { name, path } = leaf;
  const plain = plainName(name);
  const at = TEXT_ORDER.findIndex((names) => names.test(plain));
  const isKnown = isNamed('text', name) || isNamed('delta', name);
  const below = path.map((step) => plainName(String(step)));
  let score = isKnown ? 40 - at * 10 : 0;
  if (isNamed('reasoning', name)) return -100;
  if (
    below.some((step) =>
      /^(?:sources?|references?|citations?|documents?|chunks|suggest.*|followup.*|retriev.*|history|quotelist|error|input|inputs|request|prompt)$/.test(
        step,
      ),
    )
  )
    score -= 60;
  if (isNamed('kind', name) || isNamed('id', name) || isNamed('model', name) || isNamed('conversation', name))
    score -= 30;
  if (isUuid(sample) || isRandom(sample) || isoKind(sample) !== undefined || /^https?:\/\/\S+$/.test(sample))
    score -= 50;
  if (
    /^(?:success|ok|stop|completed|finished|assistant|user|bot|text|json|markdown|done|\[DONE\])$/i.test(
      sample,
    )
  )
    score -= 50;
  if (/[\s\u3000-\u9fff\uac00-\ud7af]/.test(sample)) score += 20;
  return score + Math.min(10, Math.log2(1 + sample.length)) - path.length;
}

/** If the best candidate for the text leads by less than this, the choice is reported as unsure. */
export const NEARLY = 8;
