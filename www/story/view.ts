import { type TemplateResult, html, nothing, render } from "lit-html";

import { USUAL } from "../averages/memory";
import { chapterNames } from "../chapters/table";
import { memoryColour } from "../charts/ramp";
import { inFrame } from "../charts/schedule";
import type { Size } from "../charts/size";
import { asksElsewhere, css } from "../dom";
import { keepingFocus } from "../focus";
import { language, number } from "../i18n";
import type { Part } from "../part";
import { scale, still, wide } from "../screen";
import { type State, initialState } from "../state";
import type { Page } from "../views/page";
import { extentOf } from "../charts/axis";
import { type Acts, actions } from "./actions";
import { accuracyPanel, edgeOf, placeOfStep, stepAtPlace, weightPanel } from "./figure";
import { memoryAt, memoryByKey, placeOf, rounded } from "../averages/scale";
import type { Excerpt } from "../history/recorded";
import { type Shown, type Tested, blowOf, comparisonOf, nearestAverage, shownRun } from "./run";
import { nearestText, sentence, tagText } from "./sentence";
import { readings, sliderParts, valueText } from "./slider";
import { trackedAs } from "./tracking";
import { verdictOn } from "./verdict";
import { t } from "./words";

/** The factor of the learning rate of a bad batch. */
const BLOW = 10;
/** Milliseconds in which the time axis grows. */
const GROWTH = 250;
/** Milliseconds after the last key at which the slider counts as released. */
const PAUSE = 700;
/** Pixels next to the edge of the wedge at which it can be taken. */
const REACH = 24;

type Panel = "weight" | "accuracy" | "slider";

/** The first screen of the story: one weight and its average, what both networks score, and the memory between them. */
export class Story implements Part {
  readonly #host: HTMLElement;
  readonly #page: Page;
  readonly #excerpt: Excerpt;
  #state = initialState();
  #memory = USUAL;
  /** The memory before it was dragged. */
  #before: number | undefined;
  #sizes: Record<Panel, { width: number; height: number }> = {
    weight: { width: 0, height: 0 },
    accuracy: { width: 0, height: 0 },
    slider: { width: 0, height: 0 },
  };
  /** The last step on the time axis as it is drawn, and as it will be. */
  #extent = { shown: 0, from: 0, to: 0, since: 0 };
  #released: ReturnType<typeof setTimeout> | undefined;
  /** The run whose labels were asked for. */
  #labelled: State["description"];

  constructor(host: HTMLElement, page: Page, excerpt: Excerpt) {
    this.#host = host;
    this.#page = page;
    this.#excerpt = excerpt;
    host.replaceChildren();
    this.#draw();
    const observer = new ResizeObserver((entries) => {
      for (const { target, contentRect } of entries) {
        const { width, height } = contentRect;
        this.#sizes[(target as HTMLElement).dataset.size as Panel] = { width, height };
      }
      this.#draw();
    });
    for (const element of host.querySelectorAll("[data-size]")) observer.observe(element);
    const seen = new Map<Element, boolean>();
    const sight = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) seen.set(target, isIntersecting);
      page.inSight("story", [...seen.values()].some(Boolean));
    });
    for (const element of host.querySelectorAll(".slider, .story-actions")) sight.observe(element);
    wide.addEventListener("change", this.#request);
  }

  render(state: State): void {
    this.#state = state;
    const { description } = state;
    if (description !== undefined && description !== this.#labelled && description.recorded === undefined) {
      if (state.labels?.length !== description.dataset.test) this.#page.send({ type: "test-labels" });
      this.#labelled = description;
    }
    this.#request();
  }

  rebuild(): void {
    this.#request();
  }

  readonly #request = (): void => {
    inFrame(this.#draw);
  };

  readonly #draw = (): void => {
    const shown = shownRun(this.#state, this.#excerpt);
    this.#grow(shown);
    keepingFocus(this.#host, ["#story-go:enabled", "#memory"], () => {
      render(this.#screen(shown), this.#host);
    });
  };

  /** The time axis of a run that goes on grows with it, in a moment; that of a recorded or ended one is whole. */
  #grow({ stage, step, total }: Shown): void {
    const wanted = stage === "running" || stage === "paused" ? extentOf(step, total) : total;
    const extent = this.#extent;
    const now = performance.now();
    if (wanted !== extent.to) {
      const jumps = still.matches || wanted < extent.to || extent.to === 0 || stage === "before";
      this.#extent = {
        shown: jumps ? wanted : extent.shown,
        from: jumps ? wanted : extent.shown,
        to: wanted,
        since: now,
      };
    }
    // A fast run is not to leave the axis while that grows.
    this.#extent.from = Math.min(wanted, Math.max(this.#extent.from, stage === "running" ? step : 0));
    this.#extent.shown = Math.max(this.#extent.shown, this.#extent.from);
    if (this.#extent.shown === this.#extent.to) return;
    const { from, to, since } = this.#extent;
    const share = Math.min(1, (now - since) / GROWTH);
    this.#extent.shown = share === 1 ? to : from + (to - from) * (1 - (1 - share) ** 3);
    if (share < 1) requestAnimationFrame(this.#request);
  }

  /** Memory within this run. */
  #memoryIn({ total }: Shown): number {
    return Math.min(this.#memory, total);
  }

  #screen(shown: Shown): TemplateResult {
    const memory = this.#memoryIn(shown);
    const tested = nearestAverage(shown, memory);
    const { stage, recorded } = shown;
    const colours = { "--average": memoryColour(memory), "--average-text": memoryColour(memory, "text") };
    const processor =
      stage === "before" && this.#state.description?.adapter.software === true && !this.#isReplay();
    // The legend makes room for the note.
    const short = processor ? ".short" : "";
    return html`<div
      class=${`first-screen ${recorded ? "recorded" : "live"} ${processor ? "on-processor" : ""}`}
      .style=${css(colours)}
    >
      <div class="words">
        <h1>
          <span>${t("headline.1")}</span>${language() === "zh" ? "" : " "}<span>${t("headline.2")}</span>
        </h1>
        <p class="legend-lines">
          <i class="swatch-raw"></i>${t(`legend.raw${short}`)}<br />
          <i class="swatch-average"></i>${t(`legend.average${short}`)}
        </p>
        <p class="story-verdict" id="story-verdict" aria-live="polite">
          ${this.#verdict(shown, memory, tested)}
        </p>
        <div class="story-actions">${actions(stage, this.#state, this.#acts)}</div>
        ${processor ? html`<p class="processor-note">${t("processor")}</p>` : nothing}
      </div>
      ${this.#figure(shown, memory, tested)} ${this.#slider(shown, memory)}
      <p class="story-next">
        <a href=${`#chapter=${chapterNames[0]}`} @click=${this.#toChapters}
          >↓ ${t("below", { n: chapterNames.length })}</a
        >
      </p>
    </div>`;
  }

  #isReplay(): boolean {
    return this.#state.description?.recorded !== undefined;
  }

  #figure(shown: Shown, memory: number, tested: Tested | undefined): TemplateResult {
    const { weight: w, accuracy: a } = this.#sizes;
    const extent = this.#extent.shown;
    const size = (of: { width: number; height: number }): Size => ({
      ...of,
      wide: wide.matches,
      scale: scale(),
    });
    const from = placeOfStep(edgeOf(shown, memory), extent, size(w));
    const to = placeOfStep(edgeOf(shown, 0), extent, size(w));
    const ready = w.width > 0 && a.width > 0;
    const { first, length } = shown.weight;
    const late = length > 0 && first > 1;
    return html`<section class="figure" aria-label=${t("figure")}>
      <div class="caption">
        <h2>
          ${late ? t("caption.weight.from", { n: number(shown.parameters), step: number(first) }) : t("caption.weight", { n: number(shown.parameters) })}
        </h2>
        <span class="tag" id="story-tag">${tagText(shown, wide.matches, this.#isReplay())}</span>
      </div>
      <div class="panels">
        <div
          class="now"
          .style=${css({ left: `${from.toFixed(1)}px`, width: `${Math.max(0, to - from).toFixed(1)}px` })}
        ></div>
        <div
          class="panel weight"
          data-size="weight"
          @pointerdown=${this.#edgeTaken}
          @pointermove=${this.#edgeMoved}
          @pointerup=${this.#letGo}
          @pointercancel=${this.#cancelled}
        >
          ${ready ? html`<svg role="img" aria-label=${t("plot.weight")} viewBox=${`0 0 ${w.width} ${w.height}`}>${weightPanel(shown, memory, extent, size(w))}</svg>` : nothing}
        </div>
        <div class="caption">
          <h2>
            ${t("caption.accuracy", { n: number(shown.pictures) })}<small id="story-nearest"
              >${nearestText(shown, memory, tested)}</small
            >
          </h2>
        </div>
        <div class="panel accuracy" data-size="accuracy">
          ${ready ? html`<svg role="img" aria-label=${t("plot.accuracy")} viewBox=${`0 0 ${a.width} ${a.height}`}>${accuracyPanel(shown, tested, extent, size(a))}</svg>` : nothing}
        </div>
      </div>
    </section>`;
  }

  #verdict(shown: Shown, memory: number, tested: Tested | undefined): unknown {
    const verdict = verdictOn(memory, comparisonOf(shown, tested, this.#state), blowOf(shown, tested));
    return sentence(verdict, shown, wide.matches);
  }

  #slider(shown: Shown, memory: number): TemplateResult {
    const words = readings(memory, shown);
    const one = rounded(memory) === 1;
    const title = wide.matches
      ? t(one ? "memory.title.one" : "memory.title", words)
      : t(one ? "memory.short.one" : "memory.short", words);
    return html`<section class="memory-card">
      <p class="says" aria-hidden="true">
        <b>${title}</b> <span>${t(wide.matches ? "memory.share" : "memory.short.share", words)}</span>
        <span class="more">${t("memory.images", words)}</span>
      </p>
      <div
        class="slider"
        id="memory"
        data-size="slider"
        role="slider"
        tabindex="0"
        aria-label=${t("memory.label")}
        aria-valuemin="0"
        aria-valuemax="100"
        aria-valuenow=${Math.round(100 * placeOf(memory, shown.total))}
        aria-valuetext=${valueText(memory, shown)}
        @keydown=${this.#key}
        @pointerdown=${this.#taken}
        @pointermove=${this.#moved}
        @pointerup=${this.#letGo}
        @pointercancel=${this.#cancelled}
        @dblclick=${this.#reset}
      >
        ${sliderParts(memory, shown, { width: this.#sizes.slider.width, wide: wide.matches })}
      </div>
    </section>`;
  }

  #set(memory: number): void {
    this.#memory = memory;
    this.#request();
  }

  readonly #taken = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    const slider = event.currentTarget as HTMLElement;
    slider.setPointerCapture(event.pointerId);
    slider.focus({ preventScroll: true });
    this.#before = this.#memory;
    this.#moved(event);
  };

  readonly #moved = (event: PointerEvent): void => {
    const slider = event.currentTarget as HTMLElement;
    if (this.#before === undefined || !slider.hasPointerCapture(event.pointerId)) return;
    const { left, width } = slider.getBoundingClientRect();
    const { total } = shownRun(this.#state, this.#excerpt);
    this.#set(memoryAt((event.clientX - left) / width, total));
  };

  readonly #edgeTaken = (event: PointerEvent): void => {
    const panel = event.currentTarget as HTMLElement;
    const edge = Number(panel.querySelector<SVGElement>(".grip")?.dataset.edge);
    const x = event.clientX - panel.getBoundingClientRect().left;
    if (event.button !== 0 || !(Math.abs(x - edge) <= REACH)) return;
    panel.setPointerCapture(event.pointerId);
    this.#before = this.#memory;
  };

  /** The edge is the same value on the scale of the time axis. */
  readonly #edgeMoved = (event: PointerEvent): void => {
    const panel = event.currentTarget as HTMLElement;
    if (this.#before === undefined || !panel.hasPointerCapture(event.pointerId)) return;
    const shown = shownRun(this.#state, this.#excerpt);
    const x = event.clientX - panel.getBoundingClientRect().left;
    const step = stepAtPlace(x, this.#extent.shown, {
      ...this.#sizes.weight,
      wide: wide.matches,
      scale: scale(),
    });
    this.#set(Math.min(shown.total, Math.max(1, edgeOf(shown, 0) - step)));
  };

  readonly #letGo = (): void => {
    if (this.#before === undefined) return;
    this.#before = undefined;
    this.#settle();
  };

  /** The browser has taken the gesture for its own, to scroll. */
  readonly #cancelled = (): void => {
    if (this.#before !== undefined) this.#set(this.#before);
    this.#before = undefined;
  };

  readonly #key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && this.#before !== undefined) {
      this.#cancelled();
      return;
    }
    const shown = shownRun(this.#state, this.#excerpt);
    const tested = shown.averages.map(({ memory }) => memory);
    const to = memoryByKey(event, this.#memoryIn(shown), shown.total, tested);
    if (to === undefined) return;
    // These keys are for the slider, not for the run.
    event.preventDefault();
    event.stopPropagation();
    this.#set(to);
    clearTimeout(this.#released);
    this.#released = setTimeout(this.#settle, PAUSE);
  };

  readonly #reset = (): void => {
    this.#set(USUAL);
    this.#settle();
  };

  /** The slider was let go: it settles at a tested average that is near, else this memory is tracked from now on. */
  readonly #settle = (): void => {
    clearTimeout(this.#released);
    const shown = shownRun(this.#state, this.#excerpt);
    const memory = this.#memoryIn(shown);
    const near = nearestAverage(shown, memory);
    const apart = (to: number): number =>
      Math.abs(placeOf(to, shown.total) - placeOf(memory, shown.total)) * this.#sizes.slider.width;
    if (near !== undefined && apart(near.memory) <= 6) this.#set(near.memory);
    else {
      this.#set(Math.min(shown.total, rounded(memory)));
      if (shown.stage === "running" || shown.stage === "paused") this.#track();
    }
  };

  /** Has the run track the average on the slider, if it does not yet and has room for one more. */
  #track(): void {
    const { experiment, limits, description } = this.#state;
    if (experiment === undefined || description === undefined || description.recorded !== undefined) return;
    const ema = trackedAs(this.#memory, experiment.ema, limits?.averages ?? 0);
    if (ema !== undefined) this.#page.conductor.change("ema", ema);
  }

  readonly #acts: Acts = {
    start: () => {
      const total = this.#state.description?.total_steps ?? Infinity;
      // What the slider shows of the recorded run, the reader's own run is to show too.
      if (this.#memory < total) this.#track();
      this.#page.conductor.start();
    },
    pause: () => {
      this.#page.conductor.pause();
    },
    resume: () => {
      this.#page.conductor.start();
    },
    hit: () => {
      this.#page.send({ type: "disturb", factor: BLOW });
    },
    again: () => {
      this.#page.conductor.again(crypto.getRandomValues(new Uint16Array(1))[0] ?? 0);
    },
    next: () => {
      this.#page.chapter("outlier");
    },
  };

  /** The link is to the first chapter; here, the contents of all are on the way to it. */
  readonly #toChapters = (event: MouseEvent): void => {
    if (asksElsewhere(event)) return;
    event.preventDefault();
    document.getElementById("chapters")?.scrollIntoView();
  };
}
