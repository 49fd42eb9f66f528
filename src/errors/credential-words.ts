/**
 * Says that a service refused the gateway's credential, so that clients do not suspect their own
 * API key.
 * @param words the service's message, or a result of this function
 */
export function credentialRefused(model: string | undefined, words?: string): string {
  const whose = `The service refused the gateway's credential${model === undefined ? '' : ` for '${model}'`}`;
  // The failure of a job passes through here twice: for the call and for the job.
  if (words?.startsWith(whose) === true) return words;
  return words === undefined || words === '' ? `${whose}.` : `${whose}: ${words}`;
}
