import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { GATEWAY_KEY } from './models.mjs';
import { requestBody } from './scenario.mjs';
import { judge } from './verdict.mjs';

/** A call that has not ended by then never will: more than twice the gateway's timeout for a whole call. */
const HUNG_MS = 15_000;
const SLOW_READ_BYTES = 32 * 1024;
const SLOW_READ_PAUSE_MS = 25;

/** One client: a kept connection, and one request after the other. */
export class Caller {
  #agent = new Agent({ keepAlive: true, maxSockets: 1 });

  /** @param {number} port */
  constructor(port) {
    this.port = port;
  }

  close() {
    this.#agent.destroy();
  }

  /**
   * @param {import('./scenario.mjs').Scenario} scenario
   * @returns {Promise<import('./verdict.mjs').Verdict | { outcome: 'left' | 'hung', why?: string }>}
   */
  async call(scenario) {
    const received = { status: undefined, headers: {}, text: '', broken: undefined };
    let hasLeft = false;
    let isHung = false;
    const sent = this.#start(scenario);
    const leave = () => {
      hasLeft = true;
      sent.destroy();
    };
    const hungTimer = setTimeout(() => {
      isHung = true;
      sent.destroy();
    }, HUNG_MS);
    const leaveTimer = scenario.leaves === 'before' ? setTimeout(leave, scenario.leavesAfterMs) : undefined;
    try {
      const response = await headOf(sent);
      received.status = response.statusCode;
      received.headers = response.headers;
      for await (const bytes of reading(response, scenario)) {
        received.text += bytes;
        if (isLeaving(scenario, received.text)) leave();
      }
      if (!response.complete) received.broken = 'an unfinished body';
    } catch (error) {
      received.broken = error.code ?? error.message;
    } finally {
      clearTimeout(hungTimer);
      clearTimeout(leaveTimer);
    }
    if (hasLeft) return { outcome: 'left' };
    if (isHung)
      return { outcome: 'hung', why: `status ${received.status}, ${received.text.length} characters` };
    return judge(scenario, received);
  }

  #start(scenario) {
    const sent = request({
      host: '127.0.0.1',
      port: this.port,
      path: '/v1/chat/completions',
      method: 'POST',
      agent: this.#agent,
      headers: {
        authorization: `Bearer ${GATEWAY_KEY}`,
        'content-type': 'application/json',
        'x-request-id': scenario.nonce,
      },
    });
    // After the headers, the reading reports a failure; without a listener this one would end the process.
    sent.on('error', () => undefined);
    sent.end(requestBody(scenario));
    return sent;
  }
}

/** @param {import('node:http').ClientRequest} sent @returns {Promise<import('node:http').IncomingMessage>} */
function headOf(sent) {
  return new Promise((resolve, reject) => {
    sent.once('error', reject);
    sent.once('response', (response) => {
      response.setEncoding('utf8');
      response.on('error', () => undefined);
      resolve(response);
    });
  });
}

function isLeaving({ leaves, leavesAfterBytes }, text) {
  return (leaves === 'early' || leaves === 'late') && text.length >= leavesAfterBytes;
}

/** A slow reader reads a little, then pauses, so that the gateway's buffers towards it fill up. */
async function* reading(response, { isSlow }) {
  if (!isSlow) {
    yield* response;
    return;
  }
  let taken = 0;
  for await (const bytes of response) {
    yield bytes;
    taken += bytes.length;
    if (taken < SLOW_READ_BYTES) continue;
    taken = 0;
    await sleep(SLOW_READ_PAUSE_MS);
  }
}
