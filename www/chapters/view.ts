import { html, nothing, render } from "lit-html";

import type { Size } from "../charts/size";
import { asksElsewhere } from "../dom";
import { keepingFocus } from "../focus";
import { scale, wide } from "../screen";
import type { Chapter, Path, Seen } from "./chapter";
import { controls } from "./controls";
import { plotArea } from "./figure";
import type { Actions, Shown, Surroundings } from "./frame";
import { type Mark, fitted, markAt, markByKey } from "./mark";
import { outcome, before as withoutOutcome } from "./outcome";
import { placeIn } from "./plot";
import type { Length, RunResult } from "./run";
import { prose } from "./sentences";
import type { ChapterName } from "./table";
import { t } from "./words";

/** Where the focus goes when a button is gone: to what leads on, else to what there is to read. */
const SUCCESSORS = ['[data-do="go"]:enabled', ".plot-area.asks", ".chapter-verdict", "h2"];

/** What runs are made with: it stays what it was when they began. */
interface Plan {
  length: Length;
  knob: number;
}

/** A chapter on the page: its text, the figure with the prediction, the run's buttons, the verdict and what it leaves open. */
export class ChapterView {
  readonly #host: HTMLElement;
  readonly #id: ChapterName;
  readonly #chapter: Chapter;
  readonly #actions: Actions;
  #around: Surroundings;
  #mark: Mark | undefined;
  #knob: number;
  #chosen: Length | undefined;
  #seed = 0;
  /** Of the runs that go on or ended last. */
  #plan: Plan | undefined;
  /** The runs that ended last; undefined while there are none, or the reader guesses again. */
  #done: readonly RunResult[] | undefined;
  /** The path that the prediction is made about, where there are no runs. */
  #path: Path | undefined;
  #size = { width: 0, height: 0 };
  /** While the mark is dragged, where it was before. */
  #dragged: { from: Mark | undefined } | undefined;

  constructor(host: HTMLElement, id: ChapterName, chapter: Chapter, actions: Actions, around: Surroundings) {
    this.#host = host;
    this.#id = id;
    this.#chapter = chapter;
    this.#actions = actions;
    this.#around = around;
    this.#knob = chapter.knob?.start ?? 0;
    this.#draw();
    const figure = host.querySelector(".plot-area");
    if (figure === null) return;
    new ResizeObserver((entries) => {
      const { width, height } = entries.at(-1)?.contentRect ?? this.#size;
      this.#size = { width, height };
      this.#draw();
    }).observe(figure);
  }

  /** Takes the results of the chapter's runs. */
  finish(results: readonly RunResult[]): void {
    this.#done = results;
    // A knob that the run waited with was turned meanwhile.
    this.#plan = { length: this.#plan?.length ?? this.#length, knob: this.#knob };
    const answer = this.#chapter.answer(this.#seen());
    if (this.#mark === undefined || answer === undefined) return;
    this.#actions.keep({ mark: this.#mark, answer, ...(this.#measures ? {} : { seed: this.#seed }) });
  }

  render(around: Surroundings): void {
    this.#around = around;
    this.#draw();
  }

  /** Whether the chapter trains nothing, and looks at the path of a weight. */
  get #measures(): boolean {
    return this.#chapter.runs("short", this.#knob).length === 0;
  }

  get #length(): Length {
    return this.#chosen ?? (this.#around.software ? "short" : "long");
  }

  #seen(): Seen {
    const { progress, results } = this.#around;
    const goesOn = progress.kind === "running" || progress.kind === "waiting";
    const done = goesOn ? undefined : this.#done;
    const plan = goesOn || done !== undefined ? this.#plan : undefined;
    const knob = this.#knob;
    const asked = done === undefined ? knob : (plan?.knob ?? knob);
    return {
      results: done ?? (goesOn ? results : []),
      done: done !== undefined,
      length: plan?.length ?? this.#length,
      knob: this.#chapter.knob?.when === "done" ? knob : asked,
      asked,
      mark: this.#mark,
      path: this.#path ?? this.#around.path,
    };
  }

  #shown(): Shown {
    const seen = this.#seen();
    const { kind } = this.#around.progress;
    const when = kind === "waiting" ? "waiting" : "before";
    return {
      id: this.#id,
      chapter: this.#chapter,
      around: this.#around,
      seen,
      asks: !seen.done && kind !== "running" && this.#chapter.asks === when,
      measures: this.#measures,
    };
  }

  #sizeNow(): Size {
    return { ...this.#size, wide: wide.matches, scale: scale() };
  }

  readonly #draw = (): void => {
    keepingFocus(this.#host, SUCCESSORS, () => {
      this.#drawAll();
    });
  };

  #drawAll(): void {
    const shown = this.#shown();
    const { chapter, seen, asks, around } = shown;
    const facts = chapter.facts?.(seen) ?? {};
    render(
      html`<div class="column">
          <p class="chapter-number">
            <a href=${`#chapter=${this.#id}`} title=${t("link")} @click=${this.#link}
              >${t("number", { n: around.number, of: around.of })}</a
            >
          </p>
          <h2 id=${`${this.#id}-title`} tabindex="-1">${chapter.t("question")}</h2>
          ${prose(chapter.t("text", facts))}
        </div>
        <figure class="chapter-figure">
          <figcaption>
            <span>${chapter.t(asks ? "ask" : "figure", facts)}</span>
            ${this.#tag(seen)}
          </figcaption>
          ${plotArea(shown, this.#sizeNow(), this.#hands)} ${controls(shown, this.#choices)}
        </figure>
        <div class="column">${seen.done ? outcome(shown, this.#next) : withoutOutcome(shown)}</div>`,
      this.#host,
    );
  }

  /** Whose measurements the figure shows. */
  #tag({ results, path }: Seen): unknown {
    if (results.length === 0 && !this.#measures) return nothing;
    const recorded = this.#measures && path.recorded;
    return html`<span class="tag">${t(recorded ? "recorded" : "yours")}</span>`;
  }

  readonly #link = (event: MouseEvent): void => {
    if (asksElsewhere(event)) return;
    event.preventDefault();
    this.#actions.go(this.#id);
  };

  readonly #run = (): void => {
    this.#done = undefined;
    this.#plan = { length: this.#length, knob: this.#knob };
    if (this.#measures) {
      // There is nothing to train: the page's run goes on.
      this.finish([]);
      this.#draw();
      return;
    }
    if (this.#chapter.asks === "waiting") this.#mark = undefined;
    this.#actions.run(this.#length, this.#knob, this.#seed);
  };

  readonly #choices = {
    run: this.#run,
    proceed: (): void => {
      this.#actions.proceed(this.#knob);
    },
    pause: (): void => {
      this.#actions.pause();
    },
    resume: (): void => {
      this.#actions.resume();
    },
    stop: (): void => {
      this.#actions.stop();
    },
    turn: (knob: number): void => {
      this.#knob = knob;
      this.#fit();
    },
    take: (length: Length): void => {
      this.#chosen = length;
      this.#fit();
    },
  };

  readonly #next = {
    next: (): void => {
      const { next } = this.#around;
      if (next !== undefined) this.#actions.go(next.name);
    },
    again: (): void => {
      this.#seed += 1;
      this.#run();
    },
    other: (): void => {
      this.#done = undefined;
      this.#path = undefined;
      this.#mark = undefined;
      this.#draw();
      this.#host.querySelector<HTMLElement>(".plot-area")?.focus({ preventScroll: true });
    },
  };

  /** The places for the mark may have changed. */
  #fit(): void {
    const seen = this.#seen();
    if (this.#mark !== undefined && !seen.done) this.#mark = fitted(this.#chapter.mark(seen), this.#mark);
    this.#draw();
  }

  /** Places the mark, about the path as it is now. */
  #place(mark: Mark | undefined): void {
    this.#mark = mark;
    if (this.#measures) this.#path = mark === undefined ? undefined : (this.#path ?? this.#around.path);
    this.#draw();
  }

  readonly #hands = {
    key: (event: KeyboardEvent): void => {
      const { seen, asks } = this.#shown();
      if (event.ctrlKey || event.metaKey || event.altKey || !asks) return;
      if (event.key === "Enter" && this.#mark !== undefined) {
        this.#host.querySelector<HTMLElement>('[data-do="go"]')?.focus();
      } else {
        const to = markByKey(this.#chapter.mark(seen), this.#chapter.plot(seen), this.#mark, event);
        if (to === undefined) return;
        this.#place(to);
      }
      // These keys are for the mark, not for the run.
      event.preventDefault();
      event.stopPropagation();
    },
    taken: (event: PointerEvent): void => {
      if (event.button !== 0 || !this.#shown().asks) return;
      const plot = event.currentTarget as HTMLElement;
      plot.setPointerCapture(event.pointerId);
      plot.focus({ preventScroll: true });
      this.#dragged = { from: this.#mark };
      this.#hands.moved(event);
    },
    moved: (event: PointerEvent): void => {
      if (this.#dragged === undefined) return;
      const { left, top } = (event.currentTarget as HTMLElement).getBoundingClientRect();
      const seen = this.#seen();
      const plot = this.#chapter.plot(seen);
      const place = placeIn(plot, this.#sizeNow());
      const at = [event.clientX - left, event.clientY - top] as const;
      this.#place(markAt(this.#chapter.mark(seen), plot, place, at));
    },
    letGo: (): void => {
      this.#dragged = undefined;
    },
    cancelled: (): void => {
      if (this.#dragged !== undefined) this.#place(this.#dragged.from);
      this.#dragged = undefined;
    },
  };
}
