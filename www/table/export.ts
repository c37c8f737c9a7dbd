/** The table of the run as text to paste elsewhere, always with the conditions of its figures. */

import { constantBeta, parseSpec } from "../averages/spec";
import { csvOf } from "../csv";
import { number, t } from "../i18n";
import { methodName } from "../methods";
import type { State } from "../state";
import { type ComparedRow, compare } from "./claimed";
import { conditions } from "./conditions";
import { datasetName } from "./names";

function rows({ description, summary }: State): ComparedRow[] {
  return compare(description?.methods ?? [], summary);
}

/** The table as shown, in the reader's language. */
export function markdown(state: State): string {
  const head = [
    t("table.method"),
    t("table.claimed"),
    `${t("table.accuracy")}, %`,
    `${t("table.fluctuation")}, ${t("table.points")}`,
    `${t("table.best")}, %`,
    t("table.loss"),
  ];
  const body = rows(state).map(({ method, claim, measured }) => [
    methodName(method),
    claim === undefined ? "" : `${number(claim.accuracy, 1)}, ${t(claim.fluctuation)}`,
    measured === undefined ? "–" : number(measured.accuracy, 1),
    measured?.fluctuation == null ? "–" : number(measured.fluctuation, 2),
    measured === undefined
      ? "–"
      : `${number(measured.best_accuracy, 1)} (${t("table.best.epoch", {
          epoch: number(measured.best_epoch, Number.isInteger(measured.best_epoch) ? 0 : 1),
        })})`,
    measured === undefined ? "–" : number(measured.loss, 3),
  ]);
  const line = (cells: string[]): string =>
    `| ${cells.map((text) => text.replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    line(head),
    "| --- | ---: | ---: | ---: | ---: | ---: |",
    ...body.map(line),
    "",
    ...conditions(state).map(([name, text]) => `- ${name}: ${text}`),
    `- ${t("table.claimed.note")}`,
    `- ${t("table.fluctuation.note")}`,
    `- ${t("table.best.note")}`,
    "",
  ].join("\n");
}

/** One row per method, each with the conditions; unrounded, names in English. */
export function csv(state: State): string {
  const { data, network, run, adapter } = provenance(state);
  const common = {
    data: data?.name,
    synthetic: data?.synthetic,
    train_images: data?.train_images,
    test_images: data?.test_images,
    network: network?.name,
    norm: network?.norm,
    parameters: network?.parameters,
    steps: run.steps,
    batch: run.batch,
    seed: run.seed,
    adapter: adapter?.name,
    software: adapter?.software,
    recorded: run.recorded,
    done_in_mid_run: run.done_in_mid_run.length === 0 ? "" : JSON.stringify(run.done_in_mid_run),
  };
  const records = measurements(state).map(({ claimed, measured, ...method }) => ({
    ...method,
    claimed_accuracy: claimed?.accuracy,
    claimed_fluctuation: claimed?.fluctuation,
    accuracy: measured?.accuracy,
    fluctuation: measured?.fluctuation,
    best_accuracy: measured?.best_accuracy,
    best_epoch: measured?.best_epoch,
    loss: measured?.loss,
    ...common,
  }));
  return csvOf(records);
}

/** Everything, unrounded, with all settings; names in English. */
export function json(state: State): string {
  const units = { accuracy: "percent", best_accuracy: "percent", fluctuation: "percentage points" };
  return `${JSON.stringify({ ...provenance(state), units, methods: measurements(state) }, null, 2)}\n`;
}

function provenance({ description, experiment, points, marks }: State) {
  return {
    data: description && {
      name: description.dataset.synthetic ? "synthetic" : datasetName(description.dataset),
      synthetic: description.dataset.synthetic,
      train_images: description.dataset.train,
      test_images: description.dataset.test,
    },
    network: description && {
      name: description.network,
      norm: experiment?.norm,
      parameters: description.parameters,
    },
    run: {
      steps: points.at(-1)?.step ?? 0,
      epochs: points.at(-1)?.epoch ?? 0,
      batch: experiment?.batch,
      seed: experiment?.seed,
      recorded: description?.recorded !== undefined,
      done_in_mid_run: marks,
      settings: experiment,
    },
    adapter: description?.adapter,
  };
}

function measurements(state: State) {
  return rows(state).map(({ method, index, claim, measured }) => ({
    method: method.name,
    beta: index === undefined ? null : (constantBeta(parseSpec(method.average)) ?? null),
    claimed: claim === undefined ? null : { accuracy: claim.accuracy, fluctuation: claim.level },
    measured: measured ?? null,
  }));
}
