/** Keys and list indexes from the top of the file to a value. */
export type YamlPath = readonly (string | number)[];

const PLAIN_KEY = /^[A-Za-z_][\w-]*$/;
const LONGEST_KEY = 60;

/** A key as shown in messages: quoted unless it is a plain word, truncated when very long. */
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
