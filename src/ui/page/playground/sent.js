import { BASE } from '../api.js';
import { byId, setText } from '../dom.js';
import { t } from '../words.js';

/** Shows a request in wire format and as a command, both without the key. */
export function showSent({ path, headers = {} }, body) {
  const url = new URL(path, BASE);
  const isForm = body instanceof FormData;
  const fields = isForm ? Array.from(body, ([name, value]) => `${name}=${fileOf(value)}`) : [];
  const further = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const type = isForm ? 'multipart/form-data' : 'application/json';
  setText(
    byId('raw'),
    [
      `POST ${url.pathname}`,
      'authorization: Bearer ••••••••',
      ...further,
      `content-type: ${type}`,
      '',
      ...(isForm ? fields : [JSON.stringify(body, null, 2)]),
    ].join('\n'),
  );
  setText(
    byId('curl'),
    [
      `curl ${body.stream === true ? '-N ' : ''}${quoted(url.href)}`,
      '-H "Authorization: Bearer $LLM_GATEWAY_API_KEY"',
      ...further.map((header) => `-H ${quoted(header)}`),
      ...(isForm
        ? fields.map((field) => `-F ${quoted(field)}`)
        : ['-H "Content-Type: application/json"', `-d ${quoted(JSON.stringify(body))}`]),
      ...(body.response_format === 'wav' ? ['-o speech.wav'] : []),
    ].join(' \\\n  '),
  );
}

function fileOf(value) {
  return value instanceof File ? `@${value.name}` : value;
}

/** Copies the command; if that is not allowed, as over plain HTTP, selects it for Ctrl+C. */
export async function copyCommand() {
  const command = byId('curl');
  try {
    await navigator.clipboard.writeText(command.textContent);
    setText(byId('copy'), t('copied'));
    setTimeout(() => setText(byId('copy'), t('copy')), 2000);
  } catch {
    getSelection().selectAllChildren(command);
  }
}

/** Quotes a text for a shell. */
function quoted(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
