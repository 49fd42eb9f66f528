/**
 * That a service does not take the gateway's credential, in words that no client takes for a verdict on its own key.
 * @param words the service's own
 */
export function credentialRefused(model: string | undefined, words?: string): string {
  const whose = `The service refused the gateway's credential${model === undefined ? '' : ` for '${model}'`}`;
  return words === undefined || words === '' ? `${whose}.` : `${whose}: ${words}`;
}
