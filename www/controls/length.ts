import type { Conductor } from "../conductor";
import type { Experiment, Method } from "../engine";
import { number, t } from "../i18n";
import { methodName } from "../methods";
import { isFull, isShort, lengthened } from "../short";
import type { State } from "../state";
import type { Messages } from "./messages";

const NAME = "length";

/** Without a graphics card, explains the length of the run and offers the other one, short or full. */
export class RunLength {
  readonly #conductor: Pick<Conductor, "open" | "defaults" | "short">;
  readonly #messages: Pick<Messages, "show" | "hide">;
  #said: "short" | "full" | undefined;
  /** The reader has closed the message. */
  #closed: "short" | "full" | undefined;
  #shown: Experiment | undefined;

  constructor(
    conductor: Pick<Conductor, "open" | "defaults" | "short">,
    messages: Pick<Messages, "show" | "hide">,
  ) {
    this.#conductor = conductor;
    this.#messages = messages;
  }

  render({ description, experiment }: State): void {
    if (experiment === this.#shown) return;
    this.#shown = experiment;
    const trains = description?.adapter.software === true && description.recorded === undefined;
    const length =
      trains && experiment !== undefined ? lengthOf(experiment, this.#conductor.defaults) : undefined;
    if (length === this.#said) return;
    this.#said = length;
    if (length === undefined || experiment === undefined || length === this.#closed) {
      this.#messages.hide(NAME);
      return;
    }
    this.#closed = undefined;
    const methods = description?.methods.slice(1) ?? [];
    this.#messages.show(NAME, {
      tone: "note",
      title: () => (length === "short" ? said(experiment, methods) : t("message.length.full")),
      actions: [
        {
          label: length === "short" ? "message.length.lengthen" : "message.length.shorten",
          run: () => {
            // Keeps the reader's other changes.
            const now = this.#shown ?? experiment;
            const { defaults, short } = this.#conductor;
            this.#conductor.open(length === "short" ? lengthened(now, defaults) : { ...now, ...short });
          },
        },
      ],
      closed: () => {
        this.#closed = length;
      },
    });
  }
}

function lengthOf(experiment: Experiment, defaults: Experiment): "short" | "full" | undefined {
  if (isShort(experiment)) return "short";
  return isFull(experiment, defaults) ? "full" : undefined;
}

function said({ steps, batch, limit_test }: Experiment, averages: readonly Method[]): string {
  return t("message.length.short", {
    steps: number(Number(steps)),
    batch: number(Number(batch)),
    test: number(Number(limit_test)),
    averages: averages.map(methodName).join(", "),
  });
}
