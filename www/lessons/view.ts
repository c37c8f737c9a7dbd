import { html, icon } from "../dom";
import { type MessageKey, number, t } from "../i18n";
import { termRow } from "../panels/glossary/term";
import { elementsOf } from "../view/parts";
import { reveal } from "../view/reveal";
import type { LessonProgress } from "./driver";
import { type Length, type Lesson, type LessonId, type Prediction, cost } from "./lesson";
import { lessons } from "./list";
import type { Outcome } from "./history";
import { earlierElement, outcomeElement } from "./outcome";
import { dialText, lessonText, predictionText, questionField, segments } from "./question";

const LENGTHS: readonly Length[] = ["short", "long"];
/** Seconds in a minute. */
const MINUTE = 60;

export interface LessonActions {
  choose(id: LessonId): void;
  close(): void;
  run(prediction: Prediction, length: Length, dial: number, seed: number): void;
  stop(): void;
  feed(): void;
  /** Back to the question, without the result. */
  reconsider(): void;
}

/** The state that the view shows, besides the lesson itself. */
export interface LessonState {
  progress: LessonProgress;
  outcomes: readonly Outcome[];
  /** The latest outcome belongs to the run that has just ended. */
  fresh: boolean;
  /** Training images per second, if measured. */
  speed: number | undefined;
  software: boolean;
  /** The number of images on which a test recomputes batch norm's statistics; undefined until the module has loaded. */
  recompute: number | undefined;
  /** The lesson would end the current run. */
  replaces: boolean;
  /** The page plays a recorded run and cannot train. */
  recorded: boolean;
  dark: boolean;
}

/** The open lesson: its text, prediction, run, result and limits. */
export class LessonView {
  readonly #host: HTMLElement;
  readonly #actions: LessonActions;
  #lesson: Lesson | undefined;
  #prediction: Prediction | undefined;
  #length: Length | undefined;
  #dial = 0;
  #seed = 0;
  #state: LessonState | undefined;
  /** The key the body was built for; another key rebuilds it. */
  #built = "";

  #body: HTMLElement = html("div");
  #bar: HTMLElement | undefined;
  #costLine: HTMLElement | undefined;
  #float: HTMLElement = html("div");
  #floatText: HTMLElement = html("span");
  /** Announces events to screen readers; its text is on the page too. */
  #live: HTMLElement = html("p");
  readonly #sight: IntersectionObserver;
  #inSight = true;

  constructor(host: HTMLElement, actions: LessonActions) {
    this.#host = host;
    this.#actions = actions;
    host.setAttribute("aria-labelledby", "lesson-title");
    const behindTheBar = { rootMargin: "-150px 0px 0px" };
    this.#sight = new IntersectionObserver((entries) => {
      this.#inSight = entries.at(-1)?.isIntersecting ?? true;
      this.#showFloat();
    }, behindTheBar);
  }

  get lesson(): Lesson | undefined {
    return this.#lesson;
  }

  open(lesson: Lesson | undefined): void {
    this.#lesson = lesson;
    this.#prediction = undefined;
    this.#length = undefined;
    this.#dial = lesson?.dial?.start ?? 0;
    this.#seed = 0;
    // The content on screen belongs to another lesson and must not be kept.
    this.#state = undefined;
    this.rebuild();
  }

  focus(): void {
    this.#host.querySelector<HTMLElement>("h2")?.focus({ preventScroll: true });
    reveal(this.#host);
  }

  rebuild(): void {
    this.#built = "";
    const lesson = this.#lesson;
    this.#host.hidden = lesson === undefined;
    if (lesson === undefined) {
      this.#host.replaceChildren();
      return;
    }
    this.#body = html("div", { class: "lesson-body" });
    this.#floatText = html("span");
    this.#float = html("div", { class: "lesson-float", hidden: true }, this.#floatText, this.#backButton());
    this.#live = html("p", { class: "hidden", role: "status" });
    const head = this.#head(lesson);
    this.#host.replaceChildren(head, this.#body, this.#live, this.#float);
    this.#sight.disconnect();
    this.#sight.observe(head);
    if (this.#state !== undefined) this.render(this.#state);
  }

  render(state: LessonState): void {
    this.#state = state;
    const lesson = this.#lesson;
    if (lesson === undefined) return;
    const { progress, fresh } = state;
    const built = [
      lesson.id,
      progress.kind,
      progress.kind === "stopped" ? progress.why : "",
      fresh,
      state.replaces,
      state.recorded,
      state.outcomes.length,
      this.#chosenLength(state),
      this.#dial,
    ].join();
    if (built !== this.#built) {
      this.#built = built;
      this.#build(lesson, state);
    }
    this.#showProgress(progress);
    if (this.#costLine !== undefined) this.#costLine.textContent = this.#cost(lesson, state);
    this.#showFloat();
  }

  /** Builds the body, and keeps the focus in it. */
  #build(lesson: Lesson, state: LessonState): void {
    const focused = document.activeElement;
    const within = this.#body.contains(focused);
    const choice = focused instanceof HTMLElement ? focused.dataset.choice : undefined;
    this.#body.replaceChildren(...this.#content(lesson, state));
    if (!within) return;
    const same =
      choice === undefined ? null : this.#body.querySelector<HTMLElement>(`[data-choice="${choice}"]`);
    (same ?? this.#host.querySelector<HTMLElement>("h2"))?.focus({ preventScroll: true });
  }

  #chosenLength(state: LessonState): Length {
    return this.#length ?? (state.software ? "short" : "long");
  }

  #content(lesson: Lesson, state: LessonState): HTMLElement[] {
    this.#bar = undefined;
    this.#costLine = undefined;
    const { progress, fresh, outcomes } = state;
    const length = this.#chosenLength(state);
    const text = html("p", { class: "lesson-text" }, lessonText(lesson, "text", length, this.#dial));
    switch (progress.kind) {
      case "running":
      case "waiting":
        return [text, this.#predicted(lesson), ...this.#running(progress), this.#seen(lesson)];
      case "idle":
      case "done":
      case "stopped": {
        const latest = outcomes.at(-1);
        if (fresh && latest !== undefined) {
          return [
            html("section", { class: "lesson-result" }, this.#result(lesson, latest)),
            this.#seen(lesson),
            this.#next(),
            this.#earlier(lesson, outcomes.slice(0, -1)),
            this.#limits(lesson),
          ];
        }
        const stopped =
          progress.kind === "stopped"
            ? [html("p", { class: "lesson-stopped" }, this.#say(t(`lesson.stopped.${progress.why}`)))]
            : [];
        return [
          text,
          ...stopped,
          this.#form(lesson, state),
          this.#earlier(lesson, outcomes),
          this.#limits(lesson),
        ];
      }
    }
  }

  #head(lesson: Lesson): HTMLElement {
    const index = lessons.indexOf(lesson);
    const move = (label: MessageKey, icon: string, to: Lesson | undefined): HTMLElement =>
      iconButton(label, icon, to === undefined, () => {
        if (to !== undefined) this.#actions.choose(to.id);
      });
    return html(
      "header",
      { class: "lesson-head" },
      html("p", { class: "about" }, t("lesson.number", { n: index + 1, of: lessons.length })),
      html(
        "div",
        { class: "lesson-moves" },
        move("lesson.previous", "previous", lessons[index - 1]),
        move("lesson.next", "next", lessons[index + 1]),
        iconButton("lesson.close", "close", false, () => {
          this.#actions.close();
        }),
      ),
      html("h2", { id: "lesson-title", tabindex: -1 }, t(`lesson.${lesson.id}.title`)),
      ...termRow(lesson.terms),
    );
  }

  #form(lesson: Lesson, state: LessonState): HTMLElement {
    const length = this.#chosenLength(state);
    const texts = {
      question: lessonText(lesson, "question", length, this.#dial),
      hint: lessonText(lesson, "hint", length, this.#dial),
    };
    const run = html("button", { type: "submit", class: "primary" }, icon("play"), t("lesson.run"));
    const first = html(
      "p",
      { class: "about" },
      t(state.recorded ? "lesson.recorded" : "lesson.predict.first"),
    );
    const ready = (): void => {
      run.disabled = state.recorded || this.#prediction === undefined;
      first.hidden = !run.disabled;
    };
    const question = questionField(lesson, this.#prediction, texts, (prediction) => {
      this.#prediction = prediction;
      ready();
    });
    this.#costLine = html("p", { class: "about" });
    const { dial } = lesson;
    const again = (): void => {
      if (this.#state !== undefined) this.render(this.#state);
    };
    const form = html(
      "form",
      { class: "lesson-form" },
      ...(dial === undefined
        ? []
        : [
            segments(
              `lesson.${lesson.id}.dial` as MessageKey,
              dial.values,
              this.#dial,
              (value) => dialText(dial, value),
              (value) => {
                this.#dial = value;
                again();
              },
            ),
          ]),
      question,
      segments(
        "lesson.length",
        LENGTHS,
        length,
        (value) => t(`lesson.length.${value}`),
        (value) => {
          this.#length = value;
          again();
        },
      ),
      this.#costLine,
      ...(state.replaces ? [html("p", { class: "about" }, t("lesson.replaces"))] : []),
      html("div", { class: "lesson-go" }, run, first),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#prediction !== undefined) this.#actions.run(this.#prediction, length, this.#dial, this.#seed);
    });
    ready();
    return form;
  }

  #predicted(lesson: Lesson): HTMLElement {
    const prediction = this.#prediction === undefined ? "–" : predictionText(lesson, this.#prediction);
    return html("p", { class: "lesson-predicted" }, t("lesson.predicted", { prediction }));
  }

  #running(progress: LessonProgress): HTMLElement[] {
    this.#bar = html("div", {
      class: "lesson-bar",
      role: "progressbar",
      "aria-label": t("lesson.running"),
      "aria-valuemin": 0,
      "aria-valuemax": 100,
    });
    const stop = html("button", { type: "button" }, t("lesson.stop"));
    stop.addEventListener("click", () => {
      this.#actions.stop();
    });
    const status = html("p", { class: "lesson-status" });
    const actions = html("div", { class: "lesson-go" }, stop);
    if (progress.kind === "waiting") {
      const feed = html("button", { type: "button", class: "primary" }, t("lesson.feed"));
      feed.addEventListener("click", () => {
        this.#actions.feed();
      });
      actions.prepend(feed);
      status.textContent = this.#say(t("lesson.feed.about"));
    }
    return [html("div", { class: "lesson-run" }, this.#bar, status, actions)];
  }

  #showProgress(progress: LessonProgress): void {
    if (progress.kind !== "running" && progress.kind !== "waiting") return;
    const percent = Math.round(100 * progress.part);
    this.#bar?.style.setProperty("--part", String(progress.part));
    this.#bar?.setAttribute("aria-valuenow", String(percent));
    if (progress.kind === "waiting") return;
    const status = this.#body.querySelector(".lesson-status");
    const said = progress.paused
      ? t("lesson.paused")
      : progress.runs > 1
        ? t("lesson.run.of", { n: progress.run + 1, of: progress.runs })
        : t("lesson.running");
    if (status !== null && status.textContent !== said) status.textContent = this.#say(said);
  }

  #result(lesson: Lesson, outcome: Outcome): HTMLElement {
    const element = outcomeElement(lesson, outcome, this.#state?.dark === true);
    this.#say([...element.querySelectorAll(":scope > p")].map((line) => line.textContent).join(" "));
    return element;
  }

  #say(text: string): string {
    this.#live.textContent = text;
    return text;
  }

  #next(): HTMLElement {
    const again = html("button", { type: "button" }, icon("reset"), t("lesson.again"));
    again.addEventListener("click", () => {
      const length = this.#state === undefined ? "short" : this.#chosenLength(this.#state);
      this.#seed += 1;
      if (this.#prediction !== undefined) this.#actions.run(this.#prediction, length, this.#dial, this.#seed);
    });
    const other = html("button", { type: "button" }, t("lesson.other"));
    other.addEventListener("click", () => {
      this.#actions.reconsider();
    });
    return html("div", { class: "lesson-go" }, again, other);
  }

  #seen(lesson: Lesson): HTMLElement {
    const links = lesson.shownBy.map((name) => {
      const link = html("button", { type: "button", class: "link" }, t(`part.${name}`));
      link.addEventListener("click", () => {
        const [card] = elementsOf(name).filter((card) => card.offsetParent !== null);
        if (card !== undefined) reveal(card);
      });
      return link;
    });
    return html("p", { class: "lesson-seen" }, html("span", {}, t("lesson.seen")), ...links);
  }

  #earlier(lesson: Lesson, outcomes: readonly Outcome[]): HTMLElement {
    if (outcomes.length === 0) return html("div", { hidden: true });
    return html(
      "section",
      { class: "lesson-before" },
      html("h3", {}, t("lesson.before")),
      earlierElement(lesson, outcomes),
    );
  }

  #limits(lesson: Lesson): HTMLElement {
    return html(
      "section",
      { class: "lesson-limits" },
      html("h3", {}, t("lesson.limits")),
      html("p", {}, lessonText(lesson, "limits", "short", this.#dial)),
      html(
        "ul",
        { class: "lesson-sources", "aria-label": t("lesson.sources") },
        ...lesson.sources.map(({ title, authors, year, address }) =>
          html(
            "li",
            {},
            `${authors} (${year}). `,
            html("a", { href: address, rel: "noreferrer", target: "_blank", lang: "en" }, title),
          ),
        ),
      ),
    );
  }

  #cost(lesson: Lesson, state: LessonState): string {
    const { speed, recompute } = state;
    if (recompute === undefined) return "";
    const images = cost(lesson.runs(this.#chosenLength(state), this.#dial), recompute);
    const rounded = number(Number(images.toPrecision(2)));
    if (speed === undefined) return t("lesson.cost", { images: rounded });
    const seconds = images / speed;
    const time =
      seconds < MINUTE
        ? t("lesson.seconds", { n: number(Math.max(1, Math.ceil(seconds))) })
        : t("lesson.minutes", { n: number(Math.ceil(seconds / MINUTE)) });
    return t("lesson.cost.time", { images: rounded, time });
  }

  #backButton(): HTMLElement {
    const back = html("button", { type: "button" }, t("lesson.back"));
    back.addEventListener("click", () => {
      this.focus();
    });
    return back;
  }

  /**
   * On a narrow page the lesson is above the charts; while the charts are in view, a line at the bottom shows its
   * state.
   */
  #showFloat(): void {
    const progress = this.#state?.progress;
    const runs = progress?.kind === "running" || progress?.kind === "waiting";
    const done = this.#state?.fresh === true;
    this.#float.hidden = this.#inSight || !(runs || done);
    if (this.#float.hidden) return;
    const said =
      progress?.kind === "waiting"
        ? t("lesson.feed.about")
        : progress?.kind === "running"
          ? `${t("lesson.running")} · ${t("lesson.unit.percent", { value: number(Math.floor(100 * progress.part)) })}`
          : t("lesson.ready");
    this.#floatText.textContent = said;
  }
}

function iconButton(label: MessageKey, name: string, disabled: boolean, act: () => void): HTMLElement {
  const text = t(label);
  const button = html(
    "button",
    { type: "button", class: "icon-button", "aria-label": text, title: text, disabled },
    icon(name),
  );
  button.addEventListener("click", act);
  return button;
}
