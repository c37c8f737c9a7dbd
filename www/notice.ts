import { settingName } from "./controls/control";
import { formatValue } from "./controls/values";
import { setText } from "./dom";
import type { EngineError, Experiment } from "./engine";
import { isMessage, t } from "./i18n";
import type { State } from "./state";

export interface NoticeElements {
  box: HTMLElement;
  title: HTMLElement;
  remedy: HTMLElement;
  detail: HTMLElement;
  dismiss: HTMLButtonElement;
}

/** Shows an error and its remedy in the reader's language, with the engine's message below. */
export class Notice {
  readonly #elements: NoticeElements;
  #shown: [State, Experiment | undefined] | undefined;
  #dismissed: EngineError | undefined;

  constructor(elements: NoticeElements) {
    this.#elements = elements;
    elements.dismiss.addEventListener("click", () => {
      this.#dismissed = this.#shown?.[0].error;
      if (this.#shown !== undefined) this.render(...this.#shown);
    });
  }

  /** @param requested the experiment last requested from the engine */
  render(state: State, requested: Experiment | undefined): void {
    this.#shown = [state, requested];
    const { error, failureSubject } = state;
    const { box, title, remedy, detail } = this.#elements;
    const visible = error !== undefined && error !== this.#dismissed;
    box.hidden = !visible;
    if (!visible) return;
    box.dataset.error = error.name;
    const special = `error.${error.name}.${failureSubject}`;
    const specialRemedy = `${special}.do`;
    // Writes only changed text: otherwise a screen reader would read the alert again at every snapshot.
    setText(title, isMessage(special) ? t(special) : t(`error.${error.name}`));
    setText(
      remedy,
      isMessage(specialRemedy) ? t(specialRemedy) : t(`error.${error.name}.do`, size(requested)),
    );
    setText(detail, error.message);
  }
}

/** The settings that decide how much memory a run takes, with their values. */
function size(experiment: Experiment | undefined): Record<string, string> {
  const averages = Array.isArray(experiment?.ema) ? experiment.ema.length : 0;
  const named = (key: string): string => `${settingName(key)} ${formatValue(experiment?.[key])}`;
  return { batch: named("batch"), averages: `${settingName("ema")} ${averages}`, preset: named("preset") };
}
