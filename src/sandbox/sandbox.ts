import { type Server, createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { CallLedger } from './call-ledger.js';
import { parseFaultOrders } from './faults/fault-parser.js';
import { FaultQueue } from './faults/fault-queue.js';
import { type Fault, type FaultKind, type FaultTarget } from './faults/faults.js';
import { LoginDesk, SANDBOX_KEY, SANDBOX_PASSWORD, SANDBOX_USER } from './login.js';
import { type RecordedRequest, RequestLog } from './request-log.js';
import { type SandboxOptions } from './sandbox-options.js';
import { SandboxRouter } from './sandbox-router.js';
import { seededRandom } from './faults/seeded-random.js';

/** Longer than any client keeps an idle connection, so that the sandbox is not the one that closes it. */
const KEEP_ALIVE_MS = 120_000;
/** Pause before the next attempt to listen, if another program took the port during an outage. */
const LISTEN_AGAIN_MS = 100;

/** Which calls a fault waits for; default: every model call. */
export interface FaultScope {
  readonly on?: FaultTarget;
  readonly model?: string;
  /** `*` matches anything. */
  readonly path?: string;
}

/**
 * A simulated model service, in every wire format and with login tokens, over real HTTP; faultless
 * unless faults are ordered.
 */
export class Sandbox {
  /** `http://HOST:PORT`, without a path. */
  readonly url: string;
  private readonly log: RequestLog;
  private readonly desk: LoginDesk;
  private readonly queue: FaultQueue;
  private readonly ledger = new CallLedger();
  private readonly address: AddressInfo;
  private closing: Promise<void> | undefined;
  private outage: NodeJS.Timeout | undefined;

  private constructor(
    private readonly server: Server,
    options: SandboxOptions,
  ) {
    this.address = server.address() as AddressInfo;
    const { address, port, family } = this.address;
    this.url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
    this.log = new RequestLog(options.record ?? 100);
    this.desk = new LoginDesk(
      options.keys ?? [SANDBOX_KEY],
      options.tokenSeconds ?? 8 * 3600,
      options.users ?? { [SANDBOX_USER]: SANDBOX_PASSWORD },
    );
    this.queue = new FaultQueue(options.seed === undefined ? undefined : seededRandom(options.seed));
    for (const order of options.faults ?? []) this.queue.add(order);
    const router = new SandboxRouter(options, this.log, this.desk, this.queue, this.ledger, {
      goDown: (ms) => this.goDown(ms),
      countConnections: (tell) => server.getConnections((_error, count) => tell(count)),
    });
    server.on('request', (request, response) => router.receive(request, response));
  }

  /** @throws the listening socket's error if the port is taken */
  static async start(options: SandboxOptions = {}): Promise<Sandbox> {
    const server = createServer({ keepAliveTimeout: options.keepAliveMs ?? KEEP_ALIVE_MS });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port ?? 0, options.host ?? '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
    return new Sandbox(server, options);
  }

  /** The latest requests, oldest first. */
  get requests(): readonly RecordedRequest[] {
    return this.log.entries;
  }

  /** Login calls so far, refused and failed ones included. */
  get loginCount(): number {
    return this.ledger.logins;
  }

  /** Chat calls so far with a valid credential. */
  get chatCount(): number {
    return this.ledger.calls.chat ?? 0;
  }

  /** Calls so far with a valid credential, by kind. */
  get callCounts(): Readonly<Partial<Record<FaultTarget, number>>> {
    return this.ledger.calls;
  }

  /** Calls of models that are running now. */
  get openCalls(): number {
    return this.ledger.openCalls;
  }

  /** Calls of models whose client disconnected before the response was complete. */
  get abortedCalls(): number {
    return this.ledger.abortedCalls;
  }

  /** Running calls that asked for a stream. */
  get openStreams(): number {
    return this.ledger.openStreams;
  }

  /** Aborted calls that asked for a stream. */
  get abortedStreams(): number {
    return this.ledger.abortedStreams;
  }

  /** Fault orders that still wait for a call. */
  get pendingFaults(): number {
    return this.queue.length;
  }

  /** Makes the next matching calls fail; `times` may be Infinity. */
  fail(fault: Fault | FaultKind, times = 1, scope: FaultScope = {}): void {
    for (const order of parseFaultOrders(fault)) this.queue.add({ ...order, ...scope, times });
  }

  /** Makes the next login calls fail. */
  failLogin(fault: Fault | FaultKind, times = 1): void {
    this.fail(fault, times, { on: 'login' });
  }

  clearFaults(): void {
    this.queue.clear();
  }

  /** Forgets every token that a login issued. */
  revokeTokens(): void {
    this.desk.revokeAll();
  }

  /**
   * Waits until a condition holds, checking it whenever a request arrives or a call ends.
   * @throws Error after `timeoutMs`
   */
  waitFor(isTrue: (sandbox: Sandbox) => boolean, timeoutMs = 15_000): Promise<void> {
    return this.ledger.waitFor(() => isTrue(this), timeoutMs);
  }

  /** Closes every connection, and refuses new ones for a while. */
  private goDown(ms: number): void {
    if (this.outage !== undefined || this.closing !== undefined) return;
    this.server.close();
    this.server.closeAllConnections();
    this.comeBack(ms);
  }

  private comeBack(afterMs: number): void {
    this.outage = setTimeout(() => {
      const tryAgain = (): void => this.comeBack(LISTEN_AGAIN_MS);
      this.server.once('error', tryAgain);
      this.server.listen(this.address.port, this.address.address, () => {
        this.server.off('error', tryAgain);
        this.outage = undefined;
      });
    }, afterMs);
  }

  /** Closes every connection. */
  close(): Promise<void> {
    clearTimeout(this.outage);
    this.closing ??= new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
    return this.closing;
  }
}
