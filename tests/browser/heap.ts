import type { CDPSession, Page } from "playwright-core";

/** Bytes of JavaScript, of the browser's objects for it, and of its buffers. */
interface Usage {
  usedSize: number;
  embedderHeapUsedSize: number;
  backingStorageSize: number;
}

interface Answer {
  id?: number;
  result?: unknown;
}

/** Measures what the page and its worker hold, after everything else was collected. */
export class Heap {
  readonly #session: CDPSession;
  readonly #workers = new Set<string>();
  readonly #waiting = new Map<number, (result: unknown) => void>();
  #asked = 0;

  private constructor(session: CDPSession) {
    this.#session = session;
    session.on("Target.attachedToTarget", ({ sessionId, targetInfo }) => {
      if (targetInfo.type === "worker") this.#workers.add(sessionId);
    });
    session.on("Target.detachedFromTarget", ({ sessionId }) => {
      this.#workers.delete(sessionId);
    });
    session.on("Target.receivedMessageFromTarget", ({ message }) => {
      const { id, result } = JSON.parse(message) as Answer;
      if (id !== undefined) this.#waiting.get(id)?.(result);
    });
  }

  static async of(page: Page): Promise<Heap> {
    const session = await page.context().newCDPSession(page);
    const heap = new Heap(session);
    // A flat session would belong to the connection, which is not ours.
    const options = { autoAttach: true, waitForDebuggerOnStart: false, flatten: false };
    await session.send("Target.setAutoAttach", options);
    return heap;
  }

  /** Bytes held by the page and by its workers. */
  async measure(): Promise<{ page: number; worker: number }> {
    // Objects released by a finaliser are collected the second time.
    for (let k = 0; k < 2; k++) {
      await this.#session.send("HeapProfiler.collectGarbage");
      for (const worker of this.#workers) await this.#ask(worker, "HeapProfiler.collectGarbage");
    }
    const page = sum(await this.#session.send("Runtime.getHeapUsage"));
    let worker = 0;
    for (const id of this.#workers) worker += sum((await this.#ask(id, "Runtime.getHeapUsage")) as Usage);
    return { page, worker };
  }

  async #ask(sessionId: string, method: string): Promise<unknown> {
    this.#asked += 1;
    const id = this.#asked;
    const answer = new Promise((resolve) => this.#waiting.set(id, resolve));
    await this.#session.send("Target.sendMessageToTarget", {
      sessionId,
      message: JSON.stringify({ id, method }),
    });
    return answer;
  }
}

function sum({ usedSize, embedderHeapUsedSize, backingStorageSize }: Usage): number {
  return usedSize + embedderHeapUsedSize + backingStorageSize;
}
