import { CALLED_MODELS } from './models.mjs';

/**
 * @typedef {object} Scenario what one caller does
 * @property {string} nonce stands in the question, and has to come back in the answer
 * @property {string} model
 * @property {boolean} isStream
 * @property {boolean} isSlow reads a little at a time
 * @property {'stays' | 'before' | 'early' | 'late'} leaves before the answer, at its first bytes, or well inside it
 * @property {number} leavesAfterMs for `before`
 * @property {number} leavesAfterBytes for `early` and `late`
 */

/** @param {() => number} random 0 up to 1 @param {string} nonce @returns {Scenario} */
export function drawScenario(random, nonce) {
  const leaves = random() < 0.85 ? 'stays' : pick(random, ['before', 'early', 'late']);
  return {
    nonce,
    model: drawModel(random),
    isStream: random() < 0.65,
    isSlow: random() < 0.15,
    leaves,
    leavesAfterMs: random() * 60,
    leavesAfterBytes: leaves === 'early' ? 1 : 300 + random() * 4000,
  };
}

function drawModel(random) {
  const total = CALLED_MODELS.reduce((sum, { weight }) => sum + weight, 0);
  let left = random() * total;
  return (CALLED_MODELS.find(({ weight }) => (left -= weight) < 0) ?? CALLED_MODELS[0]).name;
}

/** @template T @param {() => number} random @param {readonly T[]} choices */
function pick(random, choices) {
  return choices[Math.floor(random() * choices.length)];
}

/** @param {Scenario} scenario */
export function requestBody({ model, isStream, nonce }) {
  return JSON.stringify({
    model,
    messages: [
      { role: 'system', content: 'You are patient.' },
      { role: 'user', content: `The word is ${nonce}. 你好 🙂` },
    ],
    ...(isStream && { stream: true, stream_options: { include_usage: true } }),
    soak: { nonce },
  });
}
