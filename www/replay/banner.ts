import { byId, setText } from "../dom";
import { t } from "../i18n";
import type { Part } from "../part";
import type { State } from "../state";

/** Shows that the run is a recording, which program made it, and why the page cannot train here. */
export class ReplayBanner implements Part {
  readonly #box = byId("replay", HTMLElement);
  readonly #about = byId("replay-about", HTMLElement);
  readonly #remedy = byId("replay-remedy", HTMLElement);

  constructor(retry: () => void) {
    byId("replay-retry", HTMLButtonElement).addEventListener("click", retry);
  }

  render({ description }: State): void {
    const recorded = description?.recorded;
    this.#box.hidden = recorded === undefined;
    document.documentElement.toggleAttribute("data-recorded", recorded !== undefined);
    if (description === undefined || recorded === undefined) return;
    const reason = recorded.reason.name === "NoAdapter" ? "NoAdapter" : "NoWebGpu";
    const values = { adapter: description.adapter.name, program: recorded.program };
    setText(this.#about, `${t(`replay.${reason}`, values)} ${t("replay.fixed")}`);
    setText(this.#remedy, t(`error.${reason}.do`));
  }
}
