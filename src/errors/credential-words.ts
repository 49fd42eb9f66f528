/**
 * Says that a service refused the gateway's credential, so that clients do not blame their own API key.
 * @param words the service's message, or a result of this function
 */
export function credentialRefused(model: string | undefined, words?: string): string {
  const whose = `The service refused the gateway's credential${model === undefined ? '' : ` for '${model}'`}`;
  // A job's failure passes here twice: for its call and for the job.
  if (words?.startsWith(whose) === true) return words;
  return words === undefined || words === '' ? `${whose}.` : `${whose}: ${words}`;
}
