import { BASE } from './api.js';
import { byId, setText } from './dom.js';
import { t } from './words.js';

/** Shows a request in wire format and as a command, both without the key. */
export function showSent(path, body) {
  const url = new URL(path, BASE);
  setText(
    byId('raw'),
    `POST ${url.pathname}\nauthorization: Bearer ••••••••\ncontent-type: application/json\n\n${JSON.stringify(body, null, 2)}`,
  );
  setText(
    byId('curl'),
    [
      `curl ${body.stream === true ? '-N ' : ''}${quoted(url.href)} \\`,
      '  -H "Authorization: Bearer $LLM_GATEWAY_API_KEY" \\',
      '  -H "Content-Type: application/json" \\',
      `  -d ${quoted(JSON.stringify(body))}`,
    ].join('\n'),
  );
}

/** Copies the command; where that is not allowed, as over plain HTTP, selects it for Ctrl+C. */
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
