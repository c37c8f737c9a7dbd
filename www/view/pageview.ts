import { isTaken } from "../controls/keyboard";
import { html, icon } from "../dom";
import { currentHash, currentView, currentViewKeys, setViewKeys, withViewKeys } from "../hash";
import { type MessageKey, t } from "../i18n";
import type { Part } from "../part";
import { elementsOf, partNames, partTitle } from "./parts";
import { slides } from "./slides";
import type { Views } from "../views/views";
import { hostOf } from "../views/views";
import { viewNames } from "../views/names";
import { type Visible, frameNames, visible } from "./visible";

/** The visible parts of the page: all of them, those a link chose, or one slide of a presentation. */
export class PageView implements Part {
  readonly #bar: HTMLElement;
  readonly #badge: HTMLElement;
  readonly #frame: Record<(typeof frameNames)[number], HTMLElement>;
  readonly #views: Views;
  readonly #changed: () => void;
  #now: Visible = visible(currentView(), currentViewKeys());

  /**
   * @param frame the elements around the parts
   * @param changed called when the font size changes, on which the charts depend, or the view
   */
  constructor(
    hosts: { bar: HTMLElement; badge: HTMLElement; present: HTMLButtonElement },
    frame: Record<(typeof frameNames)[number], HTMLElement>,
    views: Views,
    changed: () => void,
  ) {
    this.#bar = hosts.bar;
    this.#badge = hosts.badge;
    this.#frame = frame;
    this.#views = views;
    this.#changed = changed;
    hosts.present.addEventListener("click", () => {
      this.present(true);
    });
    addEventListener("hashchange", () => {
      this.show();
    });
    addEventListener("keydown", (event) => {
      this.#key(event);
    });
    this.show();
  }

  /** This part does not depend on the run. */
  render(): void {
    return undefined;
  }

  rebuild(): void {
    this.#buildBar();
    this.#buildBadge();
  }

  /** Switches between the presentation and the page. */
  present(on: boolean): void {
    setViewKeys({ present: on ? (slides[0]?.name ?? "") : null });
    this.show();
    if (on) this.#bar.querySelector<HTMLElement>("[aria-current]")?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }

  toggle(): void {
    if (this.#now.mode !== "embed") this.present(this.#now.mode !== "present");
  }

  #go(slide: number): void {
    const to = slides[Math.max(0, Math.min(slide, slides.length - 1))];
    if (to === undefined) return;
    setViewKeys({ present: to.name });
    this.show();
    scrollTo(0, 0);
  }

  /** The keys of a presentation, which presenter remotes send too. */
  #key(event: KeyboardEvent): void {
    if (this.#now.mode !== "present" || isTaken(event)) return;
    // Escape first closes dialogs and other layers.
    if (document.querySelector(":popover-open") !== null) return;
    const { slide } = this.#now;
    if (event.key === "Escape") this.present(false);
    else if (event.key === "PageDown") this.#go(slide + 1);
    else if (event.key === "PageUp") this.#go(slide - 1);
    else return;
    event.preventDefault();
  }

  /** Shows what the address says. */
  show(): void {
    const view = currentView();
    const now = visible(view, currentViewKeys());
    this.#views.show(view, now.views, () => {
      this.#swap(now);
    });
  }

  #swap(now: Visible): void {
    const before = this.#now;
    this.#now = now;
    const { dataset } = document.documentElement;
    dataset.view = now.mode;
    dataset.bar = now.bar;
    dataset.count = String(now.parts.length);
    for (const name of viewNames) hostOf(name).hidden = !now.views.includes(name);
    dataset.place = now.mode === "page" ? now.views[0] : now.mode;
    for (const name of partNames) {
      for (const card of elementsOf(name)) card.classList.toggle("away", !now.parts.includes(name));
    }
    for (const name of frameNames) this.#frame[name].classList.toggle("away", !now.frame.includes(name));
    document.documentElement.toggleAttribute("data-settings", now.parts.includes("settings"));
    this.#bar.hidden = now.mode !== "present";
    this.#badge.hidden = now.mode !== "embed";
    this.rebuild();
    if (now.mode !== before.mode || now.views.join() !== before.views.join()) this.#changed();
  }

  #buildBar(): void {
    if (this.#bar.hidden) return;
    const focused = this.#bar.contains(document.activeElement)
      ? (document.activeElement as HTMLElement).dataset.to
      : undefined;
    const { slide } = this.#now;
    const button = (
      to: string,
      label: string,
      content: Node | string,
      act: () => void,
    ): HTMLButtonElement => {
      const element = html("button", { type: "button", "data-to": to, title: label }, content);
      if (typeof content !== "string") element.setAttribute("aria-label", label);
      element.addEventListener("click", act);
      return element;
    };
    const move = (to: string, key: MessageKey, by: number): HTMLButtonElement => {
      const element = button(to, t(key), icon(to), () => {
        this.#go(slide + by);
      });
      element.disabled = slides[slide + by] === undefined;
      return element;
    };
    const names = slides.map(({ name }, k) => {
      const title = partTitle(name);
      const element = button(name, title, title, () => {
        this.#go(k);
      });
      if (k === slide) element.setAttribute("aria-current", "true");
      return html("li", {}, element);
    });
    this.#bar.setAttribute("aria-label", t("present.slides"));
    this.#bar.replaceChildren(
      // The head, with the page's name, is hidden.
      html("h1", { class: "hidden" }, "Emascope"),
      move("previous", "present.previous", -1),
      html("ol", {}, ...names),
      move("next", "present.next", 1),
      button("close", t("present.leave"), icon("close"), () => {
        this.present(false);
      }),
    );
    const current = this.#bar.querySelector("[aria-current]");
    current?.scrollIntoView({ block: "nearest", inline: "center" });
    if (focused !== undefined) {
      const move = this.#bar.querySelector<HTMLElement>(`:scope > [data-to="${focused}"]:enabled`);
      (move ?? this.#bar.querySelector<HTMLElement>("[aria-current]"))?.focus({ preventScroll: true });
    }
  }

  #buildBadge(): void {
    if (this.#badge.hidden) return;
    const whole = withViewKeys(currentHash(), { embed: null, hide: null });
    const address = `${location.pathname}${location.search}${whole === "" ? "" : `#${whole}`}`;
    this.#badge.replaceChildren(
      html("span", { class: "hidden", role: "heading", "aria-level": 1 }, "Emascope"),
      html("a", { href: address, target: "_blank", rel: "noopener" }, t("embed.open")),
    );
  }
}
