import { el } from './dom.js';

/** An error code as a link to its page. */
export function codeLink(code) {
  return el('a', { class: 'code', href: `errors/${encodeURIComponent(code)}`, text: code });
}

/** The error codes of a failed attempt, the most specific last. */
export function causeText({
  error,
  upstream_status: status,
  upstream_code: code,
  upstream_type: type,
  cause,
}) {
  return [error, status === undefined ? undefined : `HTTP ${status}`, code, type, cause]
    .filter((part) => part !== undefined)
    .join(', ');
}
