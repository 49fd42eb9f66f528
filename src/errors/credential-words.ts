/**
 * That a service does not take the gateway's credential, in words that no client takes for a verdict on its own key.
 * @param words the service's own, or these words already
 */
export function credentialRefused(model: string | undefined, words?: string): string {
  const whose = `The service refused the gateway's credential${model === undefined ? '' : ` for '${model}'`}`;
  // A job's failure passes twice: where its call failed, and where the job did.
  if (words?.startsWith(whose) === true) return words;
  return words === undefined || words === '' ? `${whose}.` : `${whose}: ${words}`;
}
