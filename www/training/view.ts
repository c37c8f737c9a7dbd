import { type TemplateResult, html, nothing, render } from "lit-html";

import { type Decay, decayValue, grows } from "../averages/decay";
import { parseSpec, printSpec, warmupOf } from "../averages/spec";
import { memoryColour } from "../charts/ramp";
import { copyText } from "../clipboard";
import { options } from "../controls/options";
import { sameAverages } from "../controls/values";
import type { Experiment } from "../engine";
import { number } from "../i18n";
import { methodLabel } from "../methods";
import type { Part, PartContext } from "../part";
import { type State, initialState } from "../state";
import { termRow } from "../panels/glossary/term";
import type { TermId } from "../panels/glossary/terms";
import type { Page } from "../views/page";
import { averageOf, memoryIn, stepsOf } from "./answers";
import { bar } from "./bar";
import { complaint, field, sentence, wrongOf } from "./field";
import type { OwnLog } from "./log/view";
import { type Key, type Numbers, hasNumber, readNumber, usual } from "./numbers";
import { type Question, type Said, answer, memoryOfAnswer, percent, questions } from "./said";
import { type Library, libraries, snippet } from "./snippets";
import { t } from "./words";

/** The terms of the glossary that the answers use. */
const TERMS: TermId[] = [
  "half-life",
  "horizon",
  "warm-up",
  "initial-share",
  "batch-scaling",
  "variance-left",
];

/** Milliseconds for which a button says what came of it. */
const SAID = 4000;

/** The questions that people ask about an average of their own, each answered with their numbers and a few lines of code. */
export class Training implements Part {
  readonly #host: HTMLElement;
  readonly #page: Page;
  readonly #log: OwnLog;
  #terms = termRow(TERMS);
  #state: State = initialState();
  #dark = false;
  #shown: unknown[] = [];
  #question: Question = "beta";
  #library: Library = "pytorch";
  #numbers: Numbers = usual;
  /** What is being typed: it stays as it is until the reader leaves the field, and longer if it cannot be used. */
  #typed = new Map<Key, string>();
  #copied: "done" | "by-hand" | undefined;
  /** The average that was sent to the run and may not be among its own yet. */
  #asked: string | undefined;

  constructor(host: HTMLElement, page: Page, log: OwnLog) {
    this.#host = host;
    this.#page = page;
    this.#log = log;
    host.setAttribute("aria-labelledby", "training-title");
  }

  render(state: State, { dark }: PartContext): void {
    this.#state = state;
    this.#dark = dark;
    // It is rendered again when it is shown.
    if (this.#host.closest("[hidden]") !== null) return;
    const now = [state.description, state.experiment, state.phase, state.limits, dark];
    if (now.every((value, k) => value === this.#shown[k])) return;
    this.#shown = now;
    this.#draw();
  }

  rebuild(): void {
    this.#terms = termRow(TERMS);
    this.#log.rebuild();
    this.#shown = [];
  }

  #draw(): void {
    const wrong = wrongOf(this.#typed);
    const said = wrong.length > 0 ? undefined : answer(this.#question, this.#numbers);
    render(
      html`<nav class="questions" aria-label=${t("questions")}>
          ${questions.map((question) => this.#link(question))}
        </nav>
        <select class="pick" aria-label=${t("question")} @change=${this.#picked}>
          ${options(questions, this.#question, (question) => t(`q.${question}`))}
        </select>
        <div class="answered">
          <h2 id="training-title">${t(`q.${this.#question}`)}</h2>
          ${this.#sentence(wrong)} ${said === undefined ? nothing : this.#answer(said)} ${this.#terms}
          ${this.#log.element}
        </div>`,
      this.#host,
    );
    this.#log.draw(memoryIn(averageOf(this.#numbers), this.#numbers.steps), this.#dark);
  }

  #link(question: Question): TemplateResult {
    const current = question === this.#question;
    return html`<button
      type="button"
      data-question=${question}
      aria-current=${current ? "true" : "false"}
      @click=${this.#asks}
    >
      ${t(`q.${question}`)}
    </button>`;
  }

  readonly #field = (key: Key): TemplateResult =>
    field(key, this.#numbers, this.#typed, {
      choose: (key, value) => {
        this.#set(key, value);
      },
      type: (key, text) => {
        this.#typed.set(key, text);
        const value = readNumber(key, text);
        if (value === undefined) this.#draw();
        else this.#set(key, value);
      },
      leave: (key) => {
        // A number that cannot be used stays, with what is wrong with it.
        if (wrongOf(this.#typed).includes(key)) return;
        this.#typed.delete(key);
        this.#draw();
      },
    });

  #sentence(wrong: readonly Key[]): TemplateResult {
    const { kind } = this.#numbers;
    const value = hasNumber(kind) ? this.#field(kind) : html``;
    const of = (key: string): TemplateResult => (key === "value" ? value : this.#field(key as Key));
    return html`<p class="sentence">${sentence(t(`s.${this.#question}`), of)}</p>
      <p class="field-error" id="field-error" role="status">${wrong.map(complaint).join(" ")}</p>
      ${this.#question === "beta" ? this.#epochs(wrong) : nothing}`;
  }

  /** The length of the run by its epochs. */
  #epochs(wrong: readonly Key[]): TemplateResult {
    const n = stepsOf(this.#numbers);
    return html`<details>
      <summary>${t("epochs")}</summary>
      <p class="sentence small">
        ${sentence(t("s.epochs"), this.#field, { n: number(n) })}
        <button
          type="button"
          id="use-steps"
          ?disabled=${n === this.#numbers.steps || wrong.some((key) => key !== "steps")}
          @click=${() => {
            this.#typed.delete("steps");
            this.#set("steps", n);
          }}
        >
          ${t("epochs.use", { n: number(n) })}
        </button>
      </p>
    </details>`;
  }

  #answer(said: Said): TemplateResult {
    return html`<div class="answer card" .style=${`--average: ${memoryColour(memoryOfAnswer(said))}`}>
        <p class="bold" role="status">${said.bold}</p>
        ${said.more.map((text) => html`<p>${text}</p>`)}
      </div>
      ${bar(said)} ${this.#beginnings(said)}
      ${
        said.rule
          ? html`<details class="rule">
              <summary>${t("rule.title")}</summary>
              <p>${t("rule.measured")}</p>
              <p>${t("rule.elsewhere")}</p>
            </details>`
          : nothing
      }
      ${this.#code(said)}`;
  }

  #beginnings({ table }: Said): TemplateResult | typeof nothing {
    if (table === undefined) return nothing;
    const { steps, rows } = table;
    return html`<table class="beginnings">
      <caption>
        ${t("table.title", { steps: number(steps) })}
      </caption>
      <thead>
        <tr>
          ${(["start", "initial", "tenth", "reaches"] as const).map((key) => html`<th scope="col">${t(`table.${key}`)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ start, initial, tenth, reaches }) =>
            html`<tr>
              <th scope="row">${rows.length === 1 ? "–" : t(`choice.${start}`)}</th>
              <td>${percent(initial)}</td>
              <td>${percent(tenth)}</td>
              <td>${reaches === undefined ? "–" : reaches > steps ? t("table.never") : number(reaches)}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
  }

  #code(said: Said): TemplateResult {
    const { decay, total } = said;
    const { code, instead, note } = snippet(this.#library, decay, total);
    const library = t(`library.${this.#library}`);
    const other =
      instead === undefined
        ? ""
        : t(grows(decay) ? "instead.kind" : "instead", {
            library,
            wanted: t(`choice.${warmupOf(decay)}`),
            instead: t(instead),
          });
    const starts =
      said.decay.kind === "constant" &&
      this.#question !== "start" &&
      !t(`s.${this.#question}`).includes("{start}");
    return html`<section class="code-box" aria-label=${t("code")}>
      <div class="code-choices">
        <div class="libraries" role="group" aria-label=${t("library")}>
          ${libraries.map(
            (each) =>
              html`<button
                type="button"
                data-library=${each}
                aria-pressed=${each === this.#library ? "true" : "false"}
                @click=${this.#chosen}
              >
                ${t(`library.${each}`)}
              </button>`,
          )}
        </div>
        ${starts ? html`<label>${t("code.start")} ${this.#field("start")}</label>` : nothing}
      </div>
      <pre tabindex="0" role="group" aria-label=${t("code")}><code lang="en">${code}</code></pre>
      <p class="muted">${other === "" ? "" : `${other} `}${t(note)}</p>
      <p class="actions">
        <button type="button" class="primary" id="copy-code" @click=${this.#copy}>${t("copy")}</button>
        <button
          type="button"
          id="take-run"
          ?disabled=${this.#state.description === undefined}
          @click=${this.#take}
        >
          ${t("take")}
        </button>
        ${this.#try(decay)}
      </p>
      <p class="copied" role="status">
        ${this.#copied === undefined ? "" : t(this.#copied === "done" ? "copy.done" : "copy.by-hand", { library })}
      </p>
    </section>`;
  }

  /** The button that adds the answer's average to the run that goes on. */
  #try(decay: Decay): TemplateResult {
    const chosen = printSpec({ decay, every: 1, buffers: "average", from: 0 });
    const { phase, description, experiment, limits } = this.#state;
    const averages = averagesOf(experiment);
    const full = averages.length >= (limits?.averages ?? 0);
    const goesOn = ["paused", "running", "evaluating"].includes(phase) && description?.recorded === undefined;
    const here = averages.some((spec) => sameAverages([spec], [chosen]));
    const says = here
      ? t(this.#asked === chosen ? "try.done" : "try.here")
      : limits !== undefined && full
        ? t("try.full", { n: limits.averages })
        : "";
    return html`<button
        type="button"
        id="try-average"
        ?disabled=${!goesOn || here || full}
        @click=${() => {
          this.#asked = chosen;
          this.#page.conductor.change("ema", [...averages, chosen]);
        }}
      >
        ${t("try", { average: methodLabel({ name: "", average: chosen }) })}
      </button>
      <span class="tried" role="status">${says}</span>`;
  }

  #set<K extends Key>(key: K, value: Numbers[K]): void {
    this.#numbers = { ...this.#numbers, [key]: value };
    this.#draw();
  }

  #ask(question: Question): void {
    this.#question = question;
    this.#typed.clear();
    this.#copied = undefined;
    this.#draw();
  }

  readonly #asks = ({ currentTarget }: Event): void => {
    this.#ask((currentTarget as HTMLElement).dataset.question as Question);
  };

  readonly #picked = ({ currentTarget }: Event): void => {
    this.#ask((currentTarget as HTMLSelectElement).value as Question);
  };

  readonly #chosen = ({ currentTarget }: Event): void => {
    this.#library = (currentTarget as HTMLElement).dataset.library as Library;
    this.#draw();
  };

  readonly #copy = (): void => {
    const code = this.#host.querySelector("pre code");
    void copyText(code?.textContent ?? "").then((done) => {
      this.#copied = done ? "done" : "by-hand";
      this.#draw();
      if (!done && code !== null) getSelection()?.selectAllChildren(code);
      setTimeout(() => {
        this.#copied = undefined;
        this.#draw();
      }, SAID);
    });
  };

  /** Puts the numbers of the page's run in. */
  readonly #take = (): void => {
    const { description, experiment, step } = this.#state;
    if (description === undefined || experiment === undefined) return;
    const decays = description.methods.flatMap(({ average }) => parseSpec(average)?.decay ?? []);
    const decay = decays[Math.floor((decays.length - 1) / 2)];
    const batch = Number(experiment.batch);
    this.#typed.clear();
    this.#numbers = {
      ...this.#numbers,
      steps: description.total_steps,
      at: Math.max(1, step > 0 ? step : description.total_steps),
      batch,
      oldBatch: batch,
      micro: batch,
      schedule: experiment.schedule === "constant" ? "constant" : "decays",
      images: description.dataset.train,
      epochs: Number((description.total_steps / description.steps_per_epoch).toFixed(3)),
      parameters: description.parameters / 1e6,
      ...(decay === undefined ? {} : numbersOf(decay)),
    };
    this.#draw();
  };
}

/** The fields that describe an average. */
function numbersOf(decay: Decay): Partial<Numbers> {
  const { kind } = decay;
  return { kind, [kind]: decayValue(decay), start: warmupOf(decay) };
}

function averagesOf(experiment: Experiment | undefined): string[] {
  return Array.isArray(experiment?.ema) ? experiment.ema.map(String) : [];
}
