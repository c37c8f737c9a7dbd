import { type TemplateResult, html, nothing, render } from "lit-html";

import { memoryColour } from "../../charts/ramp";
import { differences as settingsThatDiffer } from "../../charts/runlines";
import { options } from "../../controls/options";
import { size } from "../../controls/size";
import type { Experiment } from "../../engine";
import { number } from "../../i18n";
import { memoryOfMethod } from "../../kept/figures";
import { methodName } from "../../methods";
import { datasetName } from "../../table/names";
import { signed } from "../names";
import { chart } from "./chart";
import { type Pool, pool } from "./pool";
import { type Left, MOST_BYTES, NOT_COMPARED, type Result, type Why, readResults } from "./result";
import { type Paired, paired } from "../../statistics";
import { t } from "./words";

const nameOf = (average: string): string => methodName({ name: average, average });

/** The runs of a class: how the average compares with raw over their seeds, and what is left out. */
export class ClassResults {
  readonly #host: HTMLElement;
  readonly #defaults: () => Experiment;
  #results: Result[] = [];
  /** Files that could not be read. */
  #left: Left[] = [];
  #wanted: string | undefined;

  /** @param defaults the settings from which those of the runs are told apart */
  constructor(host: HTMLElement, defaults: () => Experiment) {
    this.#host = host;
    this.#defaults = defaults;
  }

  /** Adds files to those that are there. */
  async add(files: readonly File[]): Promise<void> {
    const all = await Promise.all(files.map(readFile));
    this.#results = [...this.#results, ...all.flatMap(({ results }) => results)];
    this.#left = [...this.#left, ...all.flatMap(({ left }) => left)];
    this.draw();
  }

  /** Removes all files. */
  clear(): void {
    this.#results = [];
    this.#left = [];
    this.draw();
  }

  draw(): void {
    const found = pool(this.#results, this.#wanted);
    const left = [...this.#left, ...found.left];
    const any = found.seeds.length > 0 || left.length > 0;
    render(any ? html`${this.#compared(found)}${leftOut(left)}` : nothing, this.#host);
  }

  #compared({ seeds, averages, average, common }: Pool): TemplateResult {
    if (average === undefined || common === undefined) return html`<p role="status">${t("none.title")}</p>`;
    const differences = seeds.map((seed) => seed.average - seed.raw);
    const found = paired(differences);
    const name = nameOf(average);
    const memory = memoryOfMethod({ methods: [{ name: average, average }], step: common.step }, 0);
    const [first] = seeds;
    return html`<div class="class-says">
        <p class="muted">${this.#settings(common)}</p>
        <label
          ><span>${t("average")}</span>
          <select name="class-average" @change=${this.#chosen}>
            ${options(averages, average, nameOf)}
          </select>
        </label>
        <div role="status">
          ${sentences(found, name, first?.seed ?? 0).map((text) => html`<p>${text}</p>`)}
        </div>
        ${
          averages.length > 1 && average === averages[0] && seeds.length > 1
            ? html`<p class="muted">${t("picked", { n: averages.length })}</p>`
            : nothing
        }
      </div>
      <div class="class-figure" .style=${`--average: ${memoryColour(memory ?? 1)}`}>
        ${chart(seeds, found, name)} ${table(seeds, found, name)}
      </div>`;
  }

  /** What all the runs share. */
  #settings({ data, step, experiment }: Result): string {
    const differ = settingsThatDiffer(experiment, this.#defaults(), NOT_COMPARED);
    return t("common", {
      data: datasetName(data),
      steps: number(step),
      settings: differ.length === 0 ? t("defaults") : differ.join(" · "),
    });
  }

  readonly #chosen = ({ currentTarget }: Event): void => {
    this.#wanted = (currentTarget as HTMLSelectElement).value;
    this.draw();
  };
}

async function readFile(file: File): Promise<{ results: Result[]; left: Left[] }> {
  const { name } = file;
  const leave = (why: Why) => ({ results: [], left: [{ from: name, why }] });
  if (file.size > MOST_BYTES) return leave({ what: "large" });
  const text = await file.text().catch(() => undefined);
  return text === undefined ? leave({ what: "unread" }) : readResults(name, text);
}

/** What the seeds say together, and what one of them would have said. */
function sentences({ n, mean, low, high, against, beyond }: Paired, average: string, seed: number): string[] {
  if (n === 1) return [t("says.one", { seed, average, mean: signed(mean, 1) }), t("says.one.more")];
  if (mean === 0) return [t("says.level", { n, average })];
  const side = mean > 0 ? "ahead" : "behind";
  // Of being behind, the interval is told in the same direction as the mean.
  const [from, to] = mean > 0 ? [low, high] : [-high, -low];
  const values = { n, average, mean: number(Math.abs(mean), 1), low: signed(from, 1), high: signed(to, 1) };
  return [
    `${t(`says.${side}`, values)} ${t(low > 0 || high < 0 ? "says.clear" : "says.open")}`,
    t(`says.single.${side}`, { n, against, beyond }),
  ];
}

function table(seeds: Pool["seeds"], { mean }: Paired, name: string): TemplateResult {
  const average = (key: "raw" | "average"): string =>
    number(seeds.reduce((sum, seed) => sum + seed[key], 0) / seeds.length, 1);
  return html`<div class="class-table" role="group" tabindex="0" aria-label=${t("table")}>
    <table>
      <caption class="hidden">
        ${t("table")}
      </caption>
      <thead>
        <tr>
          <th scope="col">${t("seed")}</th>
          <th scope="col">${t("raw")}</th>
          <th scope="col">${name}</th>
          <th scope="col">${t("points")}</th>
          <th scope="col">${t("file")}</th>
        </tr>
      </thead>
      <tbody>
        ${seeds.map(
          ({ from, seed, raw, average }) =>
            html`<tr>
              <th scope="row">${seed}</th>
              <td>${number(raw, 1)}</td>
              <td>${number(average, 1)}</td>
              <td>${signed(average - raw, 1)}</td>
              <td class="from">${from}</td>
            </tr>`,
        )}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">${t("mean")}</th>
          <td>${average("raw")}</td>
          <td>${average("average")}</td>
          <td>${signed(mean, 1)}</td>
          <td></td>
        </tr>
      </tfoot>
    </table>
  </div>`;
}

/** Every file and run that is not among the seeds, with the reason. */
function leftOut(left: readonly Left[]): TemplateResult | typeof nothing {
  if (left.length === 0) return nothing;
  return html`<section class="class-left" aria-labelledby="class-left-title">
    <h3 id="class-left-title">${t("left.title", { n: left.length })}</h3>
    <ul>
      ${left.map(({ from, why }) => html`<li><b>${from}</b> ${reason(why)}</li>`)}
    </ul>
  </section>`;
}

function reason(why: Why): string {
  switch (why.what) {
    case "settings": {
      const { of, others } = why;
      // A setting that the file does not name is as unset as null.
      const unset = Object.fromEntries(Object.keys(others.experiment).map((key) => [key, null]));
      const differ = settingsThatDiffer({ ...unset, ...of.experiment }, others.experiment, NOT_COMPARED);
      return t("left.settings", { settings: differ.join(" · ") });
    }
    case "data": {
      const { data } = why;
      const { train, test } = data;
      return t("left.data", { data: datasetName(data), train: number(train), test: number(test) });
    }
    case "average":
      return t("left.average", { average: nameOf(why.average) });
    case "steps":
      return t("left.steps", { step: number(why.step), others: number(why.others) });
    case "unfinished":
    case "diverged":
      return t(`left.${why.what}`, { step: number(why.step) });
    case "seed":
      return t("left.seed", { seed: why.seed, other: why.other });
    case "json":
      return t("left.json", { line: number(why.line) });
    case "large":
      return t("left.large", { most: size(MOST_BYTES) });
    case "no-result":
      return t("left.no-result", { start: '{"event":"start"' });
    case "empty":
    case "unread":
    case "changed":
    case "disturbed":
      return t(`left.${why.what}`);
  }
}
