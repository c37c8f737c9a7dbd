import { chooseCompute, chosenCompute, computes } from "../compute";
import type { Compute, Setting } from "../engine";
import { number, t } from "../i18n";
import type { FromWorker } from "../protocol";
import { adapterName } from "../table/names";
import { type Control, createControl } from "./control";
import type { Messages } from "./messages";

/** How much faster the processor has to be for the page to offer it. */
const WORTHWHILE = 1.2;
const OFFER = "processor-faster";
const MOVED = "moved";

const setting: Setting = {
  key: "compute",
  flag: "compute",
  kind: "choice",
  default: "auto",
  choices: [...computes],
  live: true,
  help: "",
};

/** The choice of what computes. Offers the processor where it is faster, and reports that a run has moved. */
export class ComputeControl {
  readonly #control: Control;
  readonly #messages: Pick<Messages, "show" | "hide">;
  readonly #chosen: (compute: Compute) => void;
  /** The choice before the reader's last one, until a run has opened there. */
  #before: Compute | undefined;

  /** @param chosen called when the reader has chosen */
  constructor(
    box: HTMLElement,
    messages: Pick<Messages, "show" | "hide">,
    chosen: (compute: Compute) => void,
  ) {
    this.#messages = messages;
    this.#chosen = chosen;
    this.#control = createControl(
      setting,
      () => undefined,
      () => {
        const parsed = this.#control.read();
        const compute = parsed.ok ? computes.find((one) => one === parsed.value) : undefined;
        if (compute !== undefined) this.#choose(compute);
      },
    );
    this.#control.write(chosenCompute());
    box.append(this.#control.element);
  }

  translate(): void {
    this.#control.translate();
  }

  observe(message: FromWorker | undefined): void {
    if (message?.type === "processor-measured") this.#offer(message.here, message.processor);
    if (message?.type === "failed" && !message.lost && this.#before !== undefined) {
      // The run stays where it is, and so does the choice.
      chooseCompute(this.#before);
      this.#control.write(this.#before);
    }
    if (message?.type === "failed" || message?.type === "opened") this.#before = undefined;
    if (message?.type !== "opened") return;
    this.#messages.hide(OFFER);
    const { adapter, moved_from: before } = message.description;
    if (before == null) {
      this.#messages.hide(MOVED);
      return;
    }
    const step = message.snapshot.step;
    this.#messages.show(MOVED, {
      tone: "note",
      title: () =>
        t("message.moved", { step: number(step), before: adapterName(before), now: adapterName(adapter) }),
      details: () => [t("message.moved.more")],
      closed: () => undefined,
    });
  }

  #offer(here: number, processor: number): void {
    if (processor < WORTHWHILE * here) return;
    this.#messages.show(OFFER, {
      tone: "note",
      title: () =>
        t("message.processor-faster", {
          factor: number(processor / here, 1),
          processor: number(processor),
          here: number(here),
        }),
      actions: [
        {
          label: "message.processor-faster.switch",
          primary: true,
          run: () => {
            this.#control.write("processor");
            this.#choose("processor");
          },
        },
      ],
      closed: () => undefined,
    });
  }

  #choose(compute: Compute): void {
    this.#before = chosenCompute();
    chooseCompute(compute);
    this.#messages.hide(OFFER);
    this.#chosen(compute);
  }
}
