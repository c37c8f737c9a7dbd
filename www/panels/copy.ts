import { copyText } from "../clipboard";
import { html } from "../dom";
import { type MessageKey, t } from "../i18n";

/** How long “copied” is shown, in milliseconds. */
const SHOWN = 4000;

export interface CopyButton {
  label: MessageKey;
  /** The name shown after “Copied:”. */
  what: () => string;
  /** The text to copy, created on demand. */
  text: () => string;
}

/**
 * A row of copy buttons, and a line that confirms the copying, also to screen readers. If the browser forbids access to
 * the clipboard, the text is shown and selected, to be copied by hand.
 */
export function copyRow(buttons: CopyButton[]): HTMLElement {
  const said = html("span", { class: "said", role: "status" });
  const byHand = html("textarea", { class: "by-hand", readonly: true, rows: 6, hidden: true });
  let timer: number | undefined;
  const say = (message: string): void => {
    said.textContent = message;
    clearTimeout(timer);
    timer = window.setTimeout(() => {
      said.textContent = "";
    }, SHOWN);
  };
  const row = buttons.map(({ label, what, text }) => {
    const button = html("button", { type: "button", class: "small", "data-text": label }, t(label));
    button.addEventListener("click", () => {
      const content = text();
      void copyText(content).then((done) => {
        byHand.hidden = done;
        if (done) {
          say(t("copy.done", { what: what() }));
        } else {
          byHand.value = content;
          byHand.setAttribute("aria-label", t("copy.by-hand"));
          byHand.select();
          say(t("copy.by-hand"));
        }
      });
    });
    return button;
  });
  return html("div", { class: "copy-row" }, ...row, said, byHand);
}
