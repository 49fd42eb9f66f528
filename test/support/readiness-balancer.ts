import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

interface Backend {
  readonly port: number;
  isReady: boolean;
}

/** A TCP load balancer in front of replicas, which polls the readiness of each. */
export class ReadinessBalancer {
  readonly #backends: readonly Backend[];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #timer: NodeJS.Timeout;
  #turn = 0;

  private constructor(ports: readonly number[], pollMs: number) {
    this.#backends = ports.map((port) => ({ port, isReady: false }));
    this.#server = createServer((caller) => this.#serve(caller));
    this.#timer = setInterval(() => void this.#look(), pollMs);
  }

  static async start(ports: readonly number[], pollMs: number): Promise<ReadinessBalancer> {
    const balancer = new ReadinessBalancer(ports, pollMs);
    await new Promise<void>((resolve) => balancer.#server.listen(0, '127.0.0.1', resolve));
    return balancer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  isReady(port: number): boolean {
    return this.#backends.some((backend) => backend.port === port && backend.isReady);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #look(): Promise<void> {
    await Promise.all(
      this.#backends.map(async (backend) => {
        const signal = AbortSignal.timeout(1000);
        const answer = await fetch(`http://127.0.0.1:${backend.port}/v1/health/ready`, { signal }).catch(
          () => undefined,
        );
        await answer?.body?.cancel();
        backend.isReady = answer?.status === 200;
      }),
    );
  }

  /** Sends each new connection to the next replica that is ready; without one it is closed. */
  #serve(caller: Socket): void {
    const ready = this.#backends.filter(({ isReady }) => isReady);
    const backend = ready[this.#turn++ % ready.length];
    if (backend === undefined) {
      caller.destroy();
      return;
    }
    const socket = connect(backend.port, '127.0.0.1');
    for (const [one, other] of [
      [caller, socket],
      [socket, caller],
    ] as const) {
      this.#sockets.add(one);
      one.setNoDelay(true).pipe(other);
      one.on('error', () => other.destroy());
      one.once('close', () => {
        this.#sockets.delete(one);
        other.destroySoon();
      });
    }
  }
}
