/** Keys and positions that lead from the top of the file to a value. */
export type YamlPath = readonly (string | number)[];

const PLAIN_KEY = /^[A-Za-z_][\w-]*$/;
const LONGEST_KEY = 60;

/** A key as messages show it: quoted unless it is a plain word, and cut when it is absurdly long. */
export function formatKey(key: string): string {
  return JSON.stringify(key.length > LONGEST_KEY ? `${key.slice(0, LONGEST_KEY)}…` : key);
}

/** `models.openai[0].headers["x y"]` */
export function formatPath(path: YamlPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (!PLAIN_KEY.test(part) || part.length > LONGEST_KEY) text += `[${formatKey(part)}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}
