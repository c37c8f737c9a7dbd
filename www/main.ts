import "./style.css";
import "./styles/run.css";
import "./styles/charts.css";
import "./styles/panels.css";
import "./styles/lessons.css";
import "./styles/serving.css";

import { Announcer } from "./announcer";
import { createCharts } from "./charts";
import { DataControl } from "./controls/data";
import { Panel } from "./controls/panel";
import { RunBar } from "./controls/runbar";
import { byId } from "./dom";
import type { Experiment, Probe } from "./engine";
import { latestPath } from "./history/probes";
import { language, number, onLanguage, restoreLanguage, setLanguage, t, translate } from "./i18n";
import { Lessons } from "./lessons";
import { Link } from "./link";
import { Notice } from "./notice";
import { Calculator } from "./panels/calculator/calculator";
import { Glossary } from "./panels/glossary/glossary";
import { keepForOffline } from "./offline";
import type { Part, Send } from "./part";
import type { FromWorker } from "./protocol";
import { ReplayBanner } from "./replay/banner";
import { type State, initialState, reduce } from "./state";
import { renderAverages } from "./table/averages";
import { datasetName, renderSummary } from "./table/summary";
import * as theme from "./theme";
import { setUpShell } from "./view/shell";

let state = initialState();
/** The files the engine has its images from; undefined for the synthetic ones. */
let files: File[] | undefined;
/** What the engine that is being built has them from, and whether it starts at once. */
let opening: { files: File[] | undefined; start: boolean } | undefined;
let built = false;
/** The experiment the page begins with. */
let defaults: Experiment = {};

const button = (id: string): HTMLButtonElement => byId(id, HTMLButtonElement);
const element = (id: string): HTMLElement => byId(id, HTMLElement);

const link = new Link(receive);
const notice = new Notice({
  box: element("notice"),
  title: element("notice-title"),
  remedy: element("notice-remedy"),
  detail: element("notice-detail"),
  dismiss: button("notice-dismiss"),
});
const announcer = new Announcer(element("live"));
const charts = createCharts();
const panel = new Panel(
  {
    main: element("settings-main"),
    more: element("settings-more"),
    pending: element("pending"),
    apply: button("apply"),
    revert: button("revert"),
  },
  {
    apply: reset,
    liveChanged(key, value) {
      link.send({ type: "change", experiment: { ...state.experiment, [key]: value } });
    },
  },
);
const dataControl = new DataControl(
  {
    synthetic: button("data-synthetic"),
    choose: button("data-choose"),
    file: byId("data-file", HTMLInputElement),
    loaded: element("data-loaded"),
    veil: element("veil"),
  },
  (chosen) => {
    if (state.phase === "failed") connect(chosen);
    else if (state.phase !== "loading" && state.phase !== "opening") open(chosen, false);
  },
);
const send: Send = (message) => {
  link.send(message);
};
const glossary = new Glossary(button("glossary-open"));
const lessons = new Lessons(
  { strip: element("lesson-strip"), stage: element("part-lesson"), gallery: element("part-lessons") },
  {
    open(experiment) {
      panel.show(experiment);
      open(files, false);
    },
    send,
  },
  () => defaults,
);
/** Everything below the run bar that shows the run in a way of its own. */
const parts: Part[] = [
  new ReplayBanner(() => {
    connect(undefined);
  }),
  ...charts.parts,
  lessons,
  new Calculator(element("part-calculator"), send),
];
const runBar = new RunBar(
  {
    toggle: button("toggle"),
    step: button("step"),
    epoch: button("epoch"),
    reset: button("reset"),
    progress: element("progress"),
    status: {
      phase: element("status-phase"),
      step: element("status-step"),
      epoch: element("status-epoch"),
      loss: element("status-loss"),
      speed: element("status-speed"),
      adapter: element("status-adapter"),
    },
  },
  {
    start() {
      // Before the first step there is nothing to lose: what the controls show is what runs.
      if (state.step === 0 && panel.pending) open(files, true);
      else link.send({ type: "start" });
    },
    pause() {
      link.send({ type: "pause" });
      set({ ...state, phase: "pausing" });
    },
    advance(steps) {
      link.send({ type: "advance", steps });
    },
    reset,
  },
);

function reset(): void {
  if (state.phase === "failed") {
    connect(files);
  } else if (panel.pending) {
    open(files, false);
  } else {
    link.send({ type: "reset" });
  }
}

/** A fresh worker that builds an engine on these images as soon as it can. */
function connect(chosen: File[] | undefined): void {
  opening = { files: chosen, start: false };
  set({ ...state, phase: "loading", error: undefined });
  link.connect();
}

/** Builds an engine from what the controls show. */
function open(chosen: File[] | undefined, start: boolean): void {
  const experiment = panel.read();
  if (experiment === undefined) {
    // Nothing can be built from what the controls show; the reader is now in the one that is wrong.
    if (state.phase === "loading") set({ ...state, phase: "failed" });
    return;
  }
  opening = { files: chosen, start };
  set({ ...state, phase: "opening", error: undefined });
  link.send({ type: "open", experiment, files: chosen });
}

function receive(message: FromWorker): void {
  switch (message.type) {
    case "ready":
      if (!built) panel.build(message.settings, message.experiment);
      built = true;
      defaults = message.experiment;
      open(opening?.files, false);
      return;
    case "opened":
      if (opening !== undefined) files = opening.files;
      panel.runs(message.experiment);
      if (opening?.start === true) link.send({ type: "start" });
      opening = undefined;
      break;
    case "failed":
      opening = undefined;
      break;
    case "snapshot":
    case "test-images":
    case "checkpoint":
    case "exported":
    case "kept":
    case "not-stored":
    case "diverged":
    case "recovering":
      break;
    case "changed":
      panel.runs(message.experiment);
      break;
  }
  const before = state;
  set(reduce(state, message));
  announce(before, message);
}

function announce(before: State, message: FromWorker): void {
  const last = state.points.at(-1);
  if (message.type === "opened") {
    announcer.say(t("status.live.opened", { data: datasetName(message.description.dataset) }));
  } else if (last !== undefined && last !== before.points.at(-1)) {
    const [raw, ...averages] = last.methods.map((method) => method.accuracy);
    announcer.say(
      t("status.live.accuracy", {
        step: number(last.step),
        raw: number(raw ?? 0, 1),
        best: averages.length === 0 ? "–" : number(Math.max(...averages), 1),
      }),
    );
  } else if (state.phase !== before.phase && state.phase !== "evaluating") {
    const phase = state.phase === "paused" ? t("phase.halted") : t(`phase.${state.phase}`);
    announcer.say(t("status.live", { phase, step: number(state.step) }));
  }
}

function set(next: State): void {
  const before = state;
  state = next;
  render(next.points !== before.points || next.description !== before.description);
}

/** @param measured the tables and the chart have something new to show */
function render(measured: boolean): void {
  const dark = theme.isDark();
  runBar.render(state);
  notice.render(state.error);
  dataControl.render(state, state.phase === "opening" ? opening?.files?.[0]?.name : undefined);

  const { description } = state;
  renderAverages(byId("averages", HTMLTableElement), state, dark);
  for (const tag of document.querySelectorAll<HTMLElement>("[data-dataset]")) {
    tag.textContent = description === undefined ? "" : datasetName(description.dataset);
    tag.classList.toggle("synthetic", description?.dataset.synthetic === true);
  }
  for (const part of parts) part.render(state, { dark });
  if (measured) renderSummary(byId("summary", HTMLTableElement), element("summary-notes"), state, dark);
}

function showLanguage(): void {
  document.documentElement.lang = language() === "zh" ? "zh-CN" : "en";
  document.title = t("page.title");
  translate(document);
  for (const choice of document.querySelectorAll<HTMLButtonElement>("[data-language]")) {
    choice.setAttribute("aria-pressed", String(choice.dataset.language === language()));
  }
  showTheme();
  panel.translate();
  glossary.rebuild();
  for (const part of parts) part.rebuild?.();
  render(true);
}

function showTheme(): void {
  const dark = theme.isDark();
  button("theme").setAttribute("aria-pressed", String(dark));
}

for (const choice of document.querySelectorAll<HTMLButtonElement>("[data-language]")) {
  choice.addEventListener("click", () => {
    setLanguage(choice.dataset.language === "zh" ? "zh" : "en");
  });
}
button("theme").addEventListener("click", () => {
  theme.setDark(!theme.isDark());
});
onLanguage(showLanguage);
theme.onTheme(() => {
  showTheme();
  for (const part of parts) part.rebuild?.();
  render(true);
});

declare global {
  interface Window {
    /** For tests and the curious: what the page knows, copied. */
    emascope: { snapshot(): Known };
  }
}

interface Known extends Omit<State, "probes"> {
  /** Of the followed weights, which steps are there in full. */
  probes: { probed: readonly Probe[]; methods: number; steps: number[] };
  chart: (number | null | undefined)[][];
  pending: boolean;
}

window.emascope = {
  snapshot(): Known {
    const { probed, methods } = state.probes;
    const probes = { probed, methods, steps: [...latestPath(state.probes, 0, 0).steps] };
    const series = charts.accuracy.data().map((series) => [...series]);
    return structuredClone({ ...state, probes, chart: series, pending: panel.pending });
  },
};

setUpShell(element("runbar"));
restoreLanguage();
theme.apply();
showLanguage();
connect(undefined);
keepForOffline((reload) => {
  element("update").hidden = false;
  button("update-reload").onclick = reload;
});
