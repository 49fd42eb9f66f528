/** A secret as it is, and as it looks in an address, in a form, and inside a JSON string. */
export function spellingsOf(secret: string): string[] {
  const inForm = new URLSearchParams({ x: secret }).toString().slice(2);
  return [...new Set([secret, encodeURIComponent(secret), inForm, JSON.stringify(secret).slice(1, -1)])];
}
