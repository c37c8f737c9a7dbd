import type { Experiment } from "../engine";
import { currentViewKeys, setViewKeys } from "../hash";
import type { PartContext, Part } from "../part";
import type { State } from "../state";
import { elementsOf } from "../view/parts";
import { reveal } from "../view/reveal";
import { type RunControls, Driver } from "./driver";
import { renderGallery } from "./gallery";
import type { Length, LessonId, Prediction } from "./lesson";
import { lessons } from "./list";
import { LessonHistory } from "./history";
import { LessonView } from "./view";
import { Strip } from "./strip";

/** The prediction for the current run. */
interface Said {
  prediction: Prediction;
  dial: number;
  seed: number;
}

/** The lessons: chips near the top, the gallery below the charts, and the open lesson next to the charts. */
export class Lessons implements Part {
  readonly #driver: Driver;
  readonly #strip: Strip;
  readonly #view: LessonView;
  readonly #gallery: HTMLElement;
  readonly #history = new LessonHistory();
  readonly #defaults: () => Experiment;
  #said: Said | undefined;
  #fresh = false;
  #speed: number | undefined;
  #state: State | undefined;
  #dark = false;

  /** @param defaults the page's default experiment */
  constructor(
    hosts: { strip: HTMLElement; view: HTMLElement; gallery: HTMLElement },
    controls: RunControls,
    defaults: () => Experiment,
  ) {
    this.#driver = new Driver(controls);
    this.#defaults = defaults;
    this.#gallery = hosts.gallery;
    const choose = (id: LessonId): void => {
      this.open(id, true);
    };
    this.#strip = new Strip(hosts.strip, choose);
    this.#view = new LessonView(hosts.view, {
      choose,
      close: () => {
        const id = this.#view.lesson?.id;
        this.open(undefined, false);
        if (id !== undefined) this.#strip.focus(id);
      },
      run: (prediction, length, dial, seed) => {
        this.#run(prediction, length, dial, seed);
      },
      stop: () => {
        this.#driver.leave();
        controls.send({ type: "pause" });
        this.#show();
      },
      feed: () => {
        const dial = this.#said?.dial ?? 1;
        this.#driver.disturb(dial);
        this.#show();
      },
      reconsider: () => {
        this.#fresh = false;
        this.#show();
      },
    });
    this.#followAddress();
    addEventListener("hashchange", () => {
      this.#followAddress();
    });
  }

  rebuild(): void {
    this.#strip.rebuild();
    this.#view.rebuild();
    this.#showGallery();
    this.#show();
  }

  render(state: State, { dark }: PartContext): void {
    this.#state = state;
    this.#dark = dark;
    if (state.imagesPerSecond !== null) this.#speed = state.imagesPerSecond;
    this.#driver.update(state);
    this.#take();
    this.#show();
  }

  /** Opens a lesson, or closes the one that is open. */
  open(id: LessonId | undefined, byHand: boolean): void {
    if (this.#driver.active) this.#driver.leave();
    this.#fresh = false;
    this.#view.open(lessons.find((lesson) => lesson.id === id));
    setViewKeys({ lesson: id ?? null });
    this.#show();
    if (byHand) this.#view.focus();
  }

  #run(prediction: Prediction, length: Length, dial: number, seed: number): void {
    const { lesson } = this.#view;
    if (lesson === undefined) return;
    this.#said = { prediction, dial, seed };
    this.#fresh = false;
    this.#driver.begin({ ...this.#defaults(), seed }, lesson.runs(length, dial));
    this.#show();
    const [first] = lesson.shownBy.flatMap((name) => elementsOf(name));
    if (first !== undefined) reveal(first);
  }

  /** Compares the measurements of a lesson's runs with the prediction. */
  #take(): void {
    const { progress } = this.#driver;
    const { lesson } = this.#view;
    const said = this.#said;
    if (progress.kind !== "done" || lesson === undefined || said === undefined) return;
    const { results } = progress;
    const dataset = this.#state?.description?.dataset;
    this.#history.add(lesson.id, {
      ...said,
      data: {
        name: dataset?.name ?? "",
        synthetic: dataset?.synthetic ?? false,
        test: results.at(-1)?.testImages ?? 0,
      },
      verdict: lesson.verdict(results, said.dial),
    });
    this.#said = undefined;
    this.#fresh = true;
    this.#driver.leave();
    this.#showGallery();
  }

  #show(): void {
    const { lesson } = this.#view;
    const state = this.#state;
    this.#strip.render(lesson?.id, (id) => this.#history.of(id).length > 0);
    document.documentElement.toggleAttribute("data-lesson", lesson !== undefined);
    const answers = new Set(this.#driver.active || this.#fresh ? lesson?.shownBy : []);
    for (const card of document.querySelectorAll<HTMLElement>("[data-part]")) {
      card.classList.toggle(
        "answers",
        [...answers].some((name) => name === card.dataset.part),
      );
    }
    if (lesson === undefined) return;
    this.#view.render({
      progress: this.#driver.progress,
      outcomes: this.#history.of(lesson.id),
      fresh: this.#fresh,
      speed: this.#speed,
      recompute: state?.limits?.recompute_images,
      software: state?.description?.adapter.software ?? true,
      replaces: !this.#driver.active && (state?.step ?? 0) > 0,
      recorded: state?.description?.recorded !== undefined,
      dark: this.#dark,
    });
  }

  #showGallery(): void {
    renderGallery(
      this.#gallery,
      (id) => this.#history.of(id),
      (id) => {
        this.open(id, true);
      },
    );
  }

  #followAddress(): void {
    const wanted = lessons.find((lesson) => lesson.id === currentViewKeys().lesson);
    if (wanted !== undefined && wanted.id !== this.#view.lesson?.id) this.open(wanted.id, false);
  }
}
