import { type TemplateResult, html, nothing, render } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { repeat } from "lit-html/directives/repeat.js";

import { memoryColour } from "../charts/ramp";
import { duration } from "../controls/duration";
import { options } from "../controls/options";
import { size } from "../controls/size";
import { html as element } from "../dom";
import { download } from "../download";
import { language, locale, number } from "../i18n";
import { runsAsCsv, runsAsJson } from "../kept/export";
import { type Figures, type Score, figuresOf } from "../kept/figures";
import { MOST_CHECKPOINTS, MOST_RUNS } from "../kept/keeper";
import type { KeptRun } from "../kept/run";
import type { Part, PartContext } from "../part";
import { type State, initialState } from "../state";
import { adapterName } from "../table/names";
import type { Page } from "../views/page";
import { Comparison } from "./comparison";
import { listed, memoryText, runName, signed, whatDiffers } from "./names";
import { Files } from "./files";
import { type Order, type Row, type Sortable, ordered, sortable } from "./order";
import { Together } from "./together";
import { t } from "./words";

/** The table of the runs, and the comparison of those that are chosen. */
export class Runs implements Part {
  readonly #page: Page;
  readonly #host: HTMLElement;
  readonly #table: HTMLElement;
  readonly #comparison: Comparison;
  readonly #taken: HTMLElement;
  readonly #files: Files;
  readonly #together: Together;
  #state: State = initialState();
  #dark = false;
  #shown: unknown[] = [];
  /** By id, in the order in which they were chosen. */
  #chosen: string[] = [];
  #order: Order = { by: "number", descending: true };

  constructor(host: HTMLElement, page: Page) {
    this.#page = page;
    this.#host = host;
    this.#table = element("div", { class: "runs-table" });
    this.#comparison = new Comparison(() => {
      document.getElementById("compare")?.focus();
    });
    this.#taken = element("section", { class: "card taken", "aria-labelledby": "files-title" });
    this.#files = new Files(page, () => {
      this.#drawFiles();
    });
    this.#together = new Together(page);
    host.replaceChildren(this.#table, this.#comparison.element, this.#taken, this.#together.element);
  }

  render(state: State, { dark }: PartContext): void {
    this.#state = state;
    // It is rendered again when it is shown.
    if (this.#host.hidden) return;
    const { kept, conductor } = this.#page;
    const now = [
      kept.version,
      kept.refused,
      conductor.defaults,
      state.description,
      state.phase,
      dark,
      language(),
    ];
    if (now.every((value, k) => value === this.#shown[k])) return;
    this.#shown = now;
    this.#dark = dark;
    this.#draw();
  }

  rebuild(): void {
    this.#shown = [];
    if (!this.#host.hidden) this.#comparison.rebuild();
  }

  /** Takes dropped files; whether it did. */
  dropped(files: readonly File[]): boolean {
    return this.#together.dropped(files);
  }

  readonly #draw = (): void => {
    const { runs } = this.#page.kept;
    const ids = new Set(runs.map(({ id }) => id));
    this.#chosen = this.#chosen.filter((id) => ids.has(id));
    render(runs.length === 0 ? this.#empty() : this.#all(runs), this.#table);
    this.#comparison.draw(runs, this.#dark);
    this.#drawFiles();
    this.#together.draw();
  };

  #drawFiles(): void {
    render(this.#files.template(this.#state), this.#taken);
  }

  #empty(): TemplateResult {
    const recorded = this.#state.description?.recorded !== undefined;
    return html`<h1>${t("title")}</h1>
      ${this.#undo()}
      <section class="card runs-empty">
        <h2>${t("empty.title")}</h2>
        <p>${t("empty")}</p>
        <p class="muted">${recorded ? t("empty.recorded") : t("empty.private")}</p>
        ${this.#page.kept.refused ? html`<p class="muted">${t("refused")}</p>` : nothing}
      </section>`;
  }

  #all(runs: readonly KeptRun[]): TemplateResult {
    const rows = ordered(
      runs.map((run) => ({ run, figures: figuresOf(run) })),
      this.#order,
    );
    return html`<h1 id="runs-title">${t("title")}</h1>
      ${this.#tools()} ${this.#undo()}
      <div class="runs-scroller" role="group" tabindex="0" aria-labelledby="runs-title">
        <table role="table" aria-labelledby="runs-title">
          <thead role="rowgroup">
            <tr role="row">
              <td role="cell"></td>
              ${this.#heading("name")}
              <th scope="col" role="columnheader">${t("column.differs")}</th>
              ${(["steps", "raw", "best", "lead", "fluctuation", "seconds", "number"] as const).map((by) => this.#heading(by))}
              <th scope="col" role="columnheader"><span class="hidden">${t("column.open")}</span></th>
            </tr>
          </thead>
          <tbody role="rowgroup">
            ${repeat(
              rows,
              ({ run }) => run.id,
              (row) => this.#row(row),
            )}
          </tbody>
        </table>
      </div>
      <div class="runs-about">
        <p>${t("about.best")} ${t("about.mean")}</p>
        <p>${t("about.lead")}</p>
        <p>${t("about.fluctuation")}</p>
        <p id="runs-taken">${this.#storage()}</p>
      </div>`;
  }

  #tools(): TemplateResult {
    const n = this.#chosen.length;
    return html`<div class="runs-tools">
      <button
        type="button"
        class="primary"
        id="compare"
        ?disabled=${n < 2}
        title=${n < 2 ? t("compare.hint") : ""}
        @click=${this.#compare}
      >
        ${n > 2 ? t("compare", { n }) : t("compare.two")}
      </button>
      <button type="button" id="delete-runs" ?disabled=${n === 0} @click=${this.#delete}>
        ${n > 1 ? t("delete.n", { n }) : t("delete")}
      </button>
      <span class="export">
        <button type="button" id="runs-csv" @click=${this.#exportCsv}>${t("csv")}</button>
        <button type="button" id="runs-json" aria-label=${t("json.label")} @click=${this.#exportJson}>
          ${t("json")}
        </button>
      </span>
      <label class="runs-sort"
        ><span>${t("sort")}</span>
        <select @change=${this.#sortChosen}>
          ${options(sortable, this.#order.by, (by) => t(by === "number" ? "sort.number" : `column.${by}`))}
        </select>
      </label>
    </div>`;
  }

  #undo(): TemplateResult {
    const n = this.#page.kept.deleted;
    return html`<p class="runs-undo" role="status">
      ${
        n === 0
          ? nothing
          : html`<span>${n === 1 ? t("deleted.one") : t("deleted", { n })}</span>
              <button type="button" id="undelete" @click=${this.#undelete}>${t("undo")}</button>`
      }
    </p>`;
  }

  #heading(by: Sortable): TemplateResult {
    const { by: now, descending } = this.#order;
    const sorted = by === now ? (descending ? "descending" : "ascending") : "none";
    return html`<th scope="col" role="columnheader" aria-sort=${sorted}>
      <button type="button" data-sort=${by} @click=${this.#sortPressed}>
        ${t(`column.${by}`)}<span aria-hidden="true"
          >${sorted === "none" ? "" : descending ? " ↓" : " ↑"}</span
        >
      </button>
    </th>`;
  }

  #row({ run, figures }: Row): TemplateResult {
    const { kept, conductor } = this.#page;
    const { id } = run;
    const name = runName(run);
    const on = this.#chosen.includes(id);
    const { raw, best } = figures;
    const planned =
      run.step < run.totalSteps
        ? html`<small>${t("of.steps", { n: number(run.totalSteps) })}</small>`
        : nothing;
    return html`<tr role="row" class=${on ? "chosen" : ""} data-run=${id}>
      <td role="cell" class="choose">
        <label
          ><input
            type="checkbox"
            aria-label=${t("choose", { name })}
            .checked=${live(on)}
            @change=${this.#choose}
        /></label>
      </td>
      <th scope="row" role="rowheader">
        <input
          class="run-name"
          aria-label=${t("name", { n: run.number })}
          placeholder=${t("run", { n: run.number })}
          maxlength="40"
          autocomplete="off"
          .value=${run.name}
          @change=${this.#rename}
        />
      </th>
      <td role="cell" class="differs">${whatDiffers(run, conductor.defaults).join(" · ")}</td>
      ${cell("steps", html`${number(run.step)}${planned}`)} ${cell("raw", this.#score(raw))}
      ${cell("best", best === undefined ? "–" : this.#best(best))} ${cell("lead", leadText(figures))}
      ${cell(
        "fluctuation",
        html`${best?.fluctuation === undefined ? "–" : number(best.fluctuation, 2)}${
          raw.fluctuation === undefined
            ? nothing
            : html`<small>${t("fluctuation.pair", { raw: number(raw.fluctuation, 2) })}</small>`
        }`,
      )}
      ${cell("seconds", html`${duration(run.seconds)}<small class="adapter" title=${adapterName(run.adapter)}>${adapterName(run.adapter)}</small>`)}
      ${cell("number", html`${day(run.began)}<small>${time(run.began)}</small>`)}
      <td role="cell" class="open">
        ${id === kept.current ? html`<span class="tag">${t("now")}</span>` : this.#openButton(run, name)}
      </td>
    </tr>`;
  }

  #openButton(run: KeptRun, name: string): TemplateResult {
    const step = this.#page.kept.checkpointStep(run.id);
    const n = number(step ?? 0);
    const has = step !== undefined;
    return html`<button
        type="button"
        aria-label=${has ? t("open.at.label", { name, n }) : t("open.again.label", { name })}
        ?disabled=${this.#page.conductor.busy || this.#state.description?.recorded !== undefined}
        @click=${this.#open}
      >
        ${t(has ? "open" : "again")}</button
      ><small>${has ? t("open.at", { n }) : t("open.again")}</small>`;
  }

  #score({ final, mean }: Score): TemplateResult {
    return html`${percent(final)}${mean === undefined ? nothing : html`<small>${t("mean", { value: number(mean, 1) })}</small>`}`;
  }

  #best({ final, mean, memory }: NonNullable<Figures["best"]>): TemplateResult {
    const colour = memory === undefined ? "" : `color: ${memoryColour(memory, "text")}`;
    return html`${percent(final)}<small
        >${memory === undefined ? nothing : html`<b .style=${colour}>${memoryText(memory)}</b>`}
        ${mean === undefined ? nothing : t("mean", { value: number(mean, 1) })}</small
      >`;
  }

  #storage(): string {
    const { runs, checkpoints, bytes } = this.#page.kept.taken;
    const what = [
      runs === 1 ? t("taken.runs.one") : t("taken.runs", { n: number(runs) }),
      ...(checkpoints === 0
        ? []
        : [
            checkpoints === 1
              ? t("taken.checkpoints.one")
              : t("taken.checkpoints", { n: number(checkpoints) }),
          ]),
    ];
    if (this.#page.kept.refused) return t("refused");
    const bounds = t("bounds", { runs: number(MOST_RUNS), size: size(MOST_CHECKPOINTS) });
    return `${t("taken", { what: listed(what), size: size(bytes) })} ${bounds}`;
  }

  readonly #choose = ({ currentTarget }: Event): void => {
    const box = currentTarget as HTMLInputElement;
    const id = idOf(box);
    this.#chosen = [...this.#chosen.filter((one) => one !== id), ...(box.checked ? [id] : [])];
    this.#draw();
  };

  readonly #rename = ({ currentTarget }: Event): void => {
    const box = currentTarget as HTMLInputElement;
    box.value = box.value.trim();
    this.#page.kept.rename(idOf(box), box.value);
  };

  readonly #compare = (): void => {
    this.#comparison.open(this.#chosen);
    this.#draw();
    this.#comparison.element.scrollIntoView({ block: "start" });
  };

  readonly #sortPressed = ({ currentTarget }: Event): void => {
    const by = (currentTarget as HTMLElement).dataset.sort as Sortable;
    const again = by === this.#order.by;
    this.#order = { by, descending: again ? !this.#order.descending : by !== "name" };
    this.#draw();
  };

  readonly #sortChosen = ({ currentTarget }: Event): void => {
    const by = (currentTarget as HTMLSelectElement).value as Sortable;
    this.#order = { by, descending: by !== "name" };
    this.#draw();
  };

  readonly #delete = (): void => {
    const ids = [...this.#chosen];
    this.#chosen = [];
    this.#page.kept.delete(ids);
    document.getElementById("undelete")?.focus();
  };

  readonly #undelete = (): void => {
    this.#page.kept.undelete();
    document.getElementById("delete-runs")?.focus();
  };

  readonly #exportCsv = (): void => {
    const { kept, conductor } = this.#page;
    download("emascope-runs.csv", runsAsCsv(kept.runs, conductor.defaults), "text/csv");
  };

  readonly #exportJson = (): void => {
    download("emascope-runs.json", runsAsJson(this.#page.kept.runs), "application/json");
  };

  readonly #open = ({ currentTarget }: Event): void => {
    void this.#openRun(idOf(currentTarget as HTMLElement));
  };

  /** Opens a run at its checkpoint, or without one a new run of its settings, and shows it in the laboratory. */
  async #openRun(id: string): Promise<void> {
    const { kept, conductor } = this.#page;
    const run = kept.runs.find((run) => run.id === id);
    if (run === undefined) return;
    const saved = kept.checkpointStep(id) === undefined ? undefined : await kept.checkpoint(id);
    if (saved === undefined) conductor.openOn({ ...conductor.defaults, ...run.experiment }, run.source);
    else if (!(await conductor.resumeSaved(saved))) return;
    this.#page.go("laboratory");
  }
}

/** A figure, which on a narrow page has the name of its column next to it. */
function cell(column: Sortable, value: unknown): TemplateResult {
  return html`<td role="cell" data-name=${t(`column.${column}`)}><div>${value}</div></td>`;
}

function idOf(inside: HTMLElement): string {
  return inside.closest<HTMLElement>("[data-run]")?.dataset.run ?? "";
}

function leadText({ lead }: Figures): string {
  if (lead === undefined || !Number.isFinite(lead.by)) return "–";
  if (lead.close) return t("lead.close");
  return t("lead.by", { d: signed(lead.by, 1), e: number(lead.error, 1) });
}

/** An accuracy; a run that diverged before its first test has none. */
function percent(value: number): string {
  return Number.isFinite(value) ? t("percent", { value: number(value, 1) }) : "–";
}

function day(when: number): string {
  const [date, now] = [new Date(when), new Date()];
  const year = date.getFullYear() === now.getFullYear() ? {} : ({ year: "numeric" } as const);
  return new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short", ...year }).format(date);
}

function time(when: number): string {
  return new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit" }).format(when);
}
