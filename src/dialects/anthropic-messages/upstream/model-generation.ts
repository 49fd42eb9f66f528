/*
 * The features of a model follow from its name alone, such as `claude-sonnet-4-5-20250929` or, in other clouds,
 * `anthropic.claude-opus-4-1-v1:0`. https://platform.claude.com/docs/en/about-claude/models/overview
 */

/** Models that think within a budget, and only on request. */
const FORMER =
  /claude-(?:v?[123](?!\d)|instant|(?:opus|sonnet|haiku)-(?:3|4(?:[-.][0-5](?!\d)|-20\d{6}|(?![-.\d])|-latest|-v\d)))/i;
/** The only later models that accept `temperature` and the like. */
const LAST_SAMPLED = /claude-(?:opus|sonnet|haiku)-4[-.]6(?!\d)/i;

/** Whether the model decides by itself how much to think, guided by an effort. */
export function isAdaptive(model: string): boolean {
  return isVendors(model) && !FORMER.test(model);
}

/** Whether the model refuses `temperature`, `top_p` and `top_k`. */
export function refusesSampling(model: string): boolean {
  return isAdaptive(model) && !LAST_SAMPLED.test(model);
}

/** Whether this is the vendor's own model, not another one that is called in this format. */
export function isVendors(model: string): boolean {
  return /claude/i.test(model);
}
