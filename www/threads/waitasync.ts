/** `Atomics.waitAsync`, on which promises of a module with threads wait, for Firefox before version 145. */

/** Looks after which waiting is no longer expected to be short. */
const SOON = 100;

/** Milliseconds between two looks from then on. */
const LATER = 5;

/** Resolves after the messages that have arrived. */
function nextMessage(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}

async function changed(array: Int32Array, index: number, value: number): Promise<"ok"> {
  for (let looks = 0; Atomics.load(array, index) === value; looks++) {
    await (looks < SOON ? nextMessage() : new Promise((resolve) => setTimeout(resolve, LATER)));
  }
  return "ok";
}

export function waitAsync(array: Int32Array, index: number, value: number) {
  if (Atomics.load(array, index) !== value) return { async: false, value: "not-equal" };
  return { async: true, value: changed(array, index, value) };
}

/** Adds it where it is missing. */
export function provideWaitAsync(): void {
  if (!("waitAsync" in Atomics)) Object.assign(Atomics, { waitAsync });
}
