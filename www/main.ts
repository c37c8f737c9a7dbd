import "./style.css";
import "./styles/run.css";
import "./styles/charts.css";
import "./styles/panels.css";
import "./styles/frame.css";
import "./styles/serving.css";
import "./views/style.css";

import { Announcer } from "./announcer";
import { placeChapters } from "./chapters/place";
import type { ChapterName } from "./chapters/table";
import { Conductor } from "./conductor";
import { DataControl } from "./controls/data";
import { Keyboard } from "./controls/keyboard";
import { RunLength } from "./controls/length";
import { Messages } from "./controls/messages";
import { SettingsForm } from "./controls/settingsform";
import { NetworkEditor } from "./laboratory/network/editor";
import { CompactBar } from "./runbar";
import { Recovery } from "./controls/recovery";
import { RunBar } from "./controls/runbar";
import { RunTools } from "./controls/runtools";
import { HiddenTabPause } from "./controls/hiddentab";
import { chosenCompute } from "./compute";
import { ComputeControl } from "./controls/compute";
import { ScreenLock } from "./controls/screenlock";
import { byId } from "./dom";
import { downloadAnswer } from "./download";
import { requestPersistence, browserFileSystem, fileStoreReader } from "./filestore";
import { exposeState } from "./exposestate";
import { Followed, firstWeights, storyWeight } from "./followed";
import {
  beginRun,
  currentHash,
  currentView,
  currentViewKeys,
  dropPendingHash,
  isEntryOfRun,
  setHash,
  withView,
  withViewKeys,
  writeHash,
} from "./hash";
import { Head } from "./views/head";
import type { ViewName } from "./views/names";
import { Views } from "./views/views";
import { t as viewWord } from "./views/words";
import { language, locale, onLanguage, restoreLanguage, setLanguage, t, translate } from "./i18n";
import { Keeper } from "./kept/keeper";
import { openRunStore } from "./kept/store";
import { WorkerLink } from "./workerlink";
import { Notice } from "./notice";
import { Glossary } from "./panels/glossary/glossary";
import { keepForOffline } from "./offline";
import type { Description } from "./engine";
import type { Part, Send } from "./part";
import type { FromWorker } from "./protocol";
import { ReplayBanner } from "./replay/banner";
import type { State } from "./state";
import { isFull, storySettings } from "./short";
import { fetchSubset, forgetSubset, hasSubset } from "./subset";
import { datasetName } from "./table/names";
import * as theme from "./theme";
import { openVault } from "./vault";
import { Share } from "./view/share";
import { setUpShell } from "./view/shell";
import { PageView } from "./view/pageview";

/** Whether the address has been set since the page was opened. */
let addressWasSet = false;

const button = (id: string): HTMLButtonElement => byId(id, HTMLButtonElement);
const element = (id: string): HTMLElement => byId(id, HTMLElement);

const worker = new WorkerLink(chosenCompute, (message) => {
  conductor.receive(message);
});
const notice = new Notice({
  box: element("notice"),
  title: element("notice-title"),
  remedy: element("notice-remedy"),
  detail: element("notice-detail"),
  dismiss: button("notice-dismiss"),
});
const announcer = new Announcer(element("live"));
const settingsForm = new SettingsForm(
  {
    groups: element("settings"),
    pending: element("pending"),
    apply: button("apply"),
    revert: button("revert"),
  },
  {
    apply() {
      conductor.reset();
    },
    liveChanged(key, value) {
      conductor.change(key, value);
    },
  },
);
settingsForm.add(
  new NetworkEditor(
    (message) => {
      worker.send(message);
    },
    () => {
      settingsForm.refresh();
    },
  ),
);
const conductor = new Conductor(
  worker,
  settingsForm,
  {
    changed,
    addressRead(updateAddress) {
      recovery.addressRead(updateAddress);
    },
    subsetUnavailable() {
      recovery.subsetUnavailable();
    },
    filesUnavailable() {
      recovery.filesUnavailable();
    },
  },
  { fetch: fetchSubset, forget: forgetSubset },
  fileStoreReader(browserFileSystem()),
);
const messages = new Messages(element("messages"));
const vault = openVault();
const recovery = new Recovery(conductor, messages, vault);
const kept = new Keeper(openRunStore(), vault, {
  changed(pastRuns) {
    conductor.compareWith(pastRuns);
  },
});
const runLength = new RunLength(conductor, messages);
button("data-subset").hidden = !hasSubset;
const dataControl = new DataControl(
  {
    synthetic: button("data-synthetic"),
    subset: button("data-subset"),
    choose: button("data-choose"),
    file: byId("data-file", HTMLInputElement),
    loaded: element("data-loaded"),
    reading: element("data-reading"),
    stored: {
      box: element("data-kept"),
      text: element("data-kept-text"),
      use: button("data-use"),
      forget: button("data-forget"),
      yes: button("data-forget-yes"),
      no: button("data-forget-no"),
      notStored: element("data-unkept"),
    },
    dropArea: element("drop-area"),
  },
  {
    load(chosen) {
      conductor.load(chosen);
    },
    loadSubset() {
      void conductor.loadSubset();
    },
    loadStored() {
      void conductor.loadStored();
    },
    forget() {
      void conductor.deleteStoredFiles();
    },
    resume(checkpoint, data) {
      conductor.resume(checkpoint, data);
    },
    taken: (files) => views.dropped(files),
    notRead(name, why) {
      messages.show("dropped", {
        tone: "warning",
        title: () => t(`message.dropped.${why}`, { name }),
        details: () => [t(`message.dropped.${why}.more`)],
        closed: () => undefined,
      });
    },
  },
);
const send: Send = (message) => {
  conductor.send(message);
};
const followed = new Followed(send);
const glossary = new Glossary(button("glossary-open"));
/** The parts that render the run; those of a view join them when it is loaded. */
const parts: Part[] = [
  new ReplayBanner(() => {
    conductor.connect();
  }),
];
const views = new Views(
  {
    conductor,
    send,
    followed,
    kept,
    take,
    go: switchTo,
    chapter: openChapter,
    inSight,
    atChapter(at) {
      bar.secondary(at);
    },
    notLoaded,
  },
  {
    opened(added) {
      parts.push(...added);
      for (const part of added) part.rebuild?.();
      render();
    },
    failed: notLoaded,
  },
);
const head = new Head(switchTo);
const bar = new CompactBar(element("bar"), conductor);
parts.push(bar, new ScreenLock());
/** The parts of the story with controls of the run that are in sight. */
const inSightOf = new Set<string>(["story"]);
placeChapters(element("chapters"));
const view = new PageView(
  { bar: element("slides"), badge: element("embedded"), present: button("present") },
  {
    head: element("masthead"),
    run: element("runbar"),
    tools: element("tools"),
  },
  views,
  shown,
);
parts.push(view);
const runBar = new RunBar(
  {
    toggle: button("toggle"),
    step: button("step"),
    epoch: button("epoch"),
    reset: button("reset"),
    undo: button("undo"),
    progress: element("progress"),
    status: {
      phase: element("status-phase"),
      step: element("status-step"),
      epoch: element("status-epoch"),
      loss: element("status-loss"),
      speed: element("status-speed"),
      left: element("status-left"),
      adapter: element("status-adapter"),
      average: byId("status-average", HTMLSelectElement),
      beta: element("status-beta"),
    },
  },
  conductor,
);
const runTools = new RunTools(element("run-tools"), {
  pace(steps_per_second) {
    conductor.send({ type: "pace", steps_per_second });
  },
  stopAfter(epochs) {
    conductor.stopAfter(epochs);
  },
  disturb(factor) {
    conductor.send({ type: "disturb", factor });
  },
  newSeed() {
    conductor.newSeed(crypto.getRandomValues(new Uint16Array(1))[0] ?? 0);
  },
});
const computeControl = new ComputeControl(element("compute"), messages, (compute) => {
  conductor.computeOn(compute);
});
const hiddenTabPause = new HiddenTabPause(conductor);
const pressed = (id: string) => () => {
  button(id).click();
};
new Keyboard(
  [
    { key: " ", name: () => t("keys.space"), help: "keys.toggle", run: pressed("toggle") },
    { key: "arrowright", name: () => "→", help: "keys.step", run: pressed("step") },
    { key: "arrowright", shift: true, name: () => "⇧ →", help: "keys.epoch", run: pressed("epoch") },
    { key: "r", name: () => "R", help: "keys.reset", run: pressed("reset") },
    {
      key: "p",
      name: () => "P",
      help: "keys.present",
      run() {
        view.toggle();
      },
    },
  ],
  button("keys"),
);

function changed(state: State, before: State, message: FromWorker | undefined): void {
  if (message !== undefined) {
    announcer.update(state, before, message);
    downloadAnswer(message, String(conductor.state.experiment?.preset));
    // Only once: some browsers ask the reader, and would do so at every reload.
    if (message.type === "files-stored" && before.storedFiles === undefined) requestPersistence();
    const recorded = state.description?.recorded !== undefined;
    // The address keeps describing the run that a browser with WebGPU would train.
    if (!recorded) address(message);
    settingsForm.receive(message);
    for (const part of parts) part.receive?.(message);
    if (message.type === "opened") follow(message.description);
  }
  kept.observe(state, before, message, conductor.images.source);
  recovery.observe(message);
  computeControl.observe(message);
  runLength.render(state);
  render();
}

/** Follows weights from the first step on, so that views that are opened later have their whole path. */
function follow(description: Description): void {
  followed.set("story", [storyWeight(description)]);
  followed.set("path", firstWeights(description));
}

/**
 * Writes the run's settings into the page's address. Only a new run gets an entry in the browser's history, unless the
 * reader came to it by its address.
 */
function address(message: FromWorker): void {
  const { state, addressChange } = conductor;
  const opened = message.type === "opened";
  // An address that could not be opened is replaced by that of the current run.
  const failed = message.type === "failed" && addressChange === "replace";
  if (!opened && message.type !== "changed" && !failed) return;
  if (state.experiment === undefined || addressChange === "stay") return;
  // Steps through the browser's history between the views of this run do not open another one.
  if (opened && ["new", "resumed", "undone"].includes(message.reason)) beginRun();
  setHash(
    hashIn(currentView()),
    opened && message.reason === "new" && addressChange === "entry" && addressWasSet,
  );
  addressWasSet = true;
}

/** The hash of the run in a view. */
function hashIn(view: ViewName): string {
  const { settings, images, state, defaults } = conductor;
  const { experiment, description } = state;
  // The address keeps describing the run that a browser that can train would open.
  if (experiment === undefined || description?.recorded !== undefined) return withView(currentHash(), view);
  const story = view === "story";
  // Without a graphics card, the full length has to be named.
  const named = conductor.short !== undefined && !story && isFull(experiment, defaults) ? ["epochs"] : [];
  const own = story ? storySettings(conductor.short) : {};
  return withView(writeHash(experiment, settings, images.source, currentViewKeys(), own, named), view);
}

/** The reader has chosen a view. */
function switchTo(name: ViewName): void {
  if (name === currentView() && document.documentElement.dataset.view === "page") return;
  setHash(withView(withViewKeys(hashIn(name), { chapter: null, present: null, embed: null }), name), true);
  view.show();
}

/** Goes to a chapter, from wherever the reader is: in a presentation to its slide, else to its place in what is shown. */
function openChapter(chapter: ChapterName): void {
  const presented = currentViewKeys().present !== undefined;
  const hash = withViewKeys(hashIn("story"), { chapter, ...(presented ? { present: chapter } : {}) });
  setHash(withView(hash, "story"), true);
  // The view and the chapters follow the address, of whose change by script the browser says nothing.
  dispatchEvent(new HashChangeEvent("hashchange"));
}

function take(files: File[]): void {
  dataControl.take(files);
}

function render(): void {
  const { state } = conductor;
  const dark = theme.isDark();
  runBar.render(state);
  runTools.render(state);
  notice.render(state, conductor.requested);
  dataControl.render(state, conductor.images.source, conductor.preparing);
  settingsForm.disable(state.description?.recorded !== undefined);

  const { description } = state;
  for (const tag of document.querySelectorAll<HTMLElement>("[data-dataset]")) {
    tag.textContent = description === undefined ? "" : datasetName(description.dataset);
    tag.classList.toggle("synthetic", description?.dataset.synthetic === true);
  }
  for (const part of parts) part.render(state, { dark });
}

function showLanguage(): void {
  document.documentElement.lang = locale();
  translate(document);
  head.translate(views.current);
  for (const choice of document.querySelectorAll<HTMLButtonElement>("[data-language]")) {
    choice.setAttribute("aria-pressed", String(choice.dataset.language === language()));
  }
  showTheme();
  settingsForm.translate();
  computeControl.translate();
  runBar.translate();
  runTools.translate();
  messages.translate();
  glossary.rebuild();
  for (const part of parts) part.rebuild?.();
  render();
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
/** Draws everything again, after a change of theme or font size. */
function rebuild(): void {
  for (const part of parts) part.rebuild?.();
  render();
}

function inSight(part: string, seen: boolean): void {
  if (seen) inSightOf.add(part);
  else inSightOf.delete(part);
  placeBar();
}

function notLoaded(): void {
  messages.show("view", {
    tone: "bad",
    title: () => viewWord("failed"),
    details: () => [viewWord("failed.more")],
    closed: () => undefined,
  });
}

function placeBar(): void {
  const when = document.documentElement.dataset.bar;
  element("bar").hidden = !(when === "always" || (when === "out-of-sight" && inSightOf.size === 0));
}

/** Another view is shown, or the same one in another size. */
function shown(): void {
  head.translate(views.current);
  placeBar();
  rebuild();
}

onLanguage(showLanguage);
theme.onTheme(() => {
  showTheme();
  rebuild();
});

exposeState(() => ({
  state: conductor.state,
  chart: views.chart(),
  pending: settingsForm.pending,
}));

setUpShell(element("runbar"), element("tools"));
new Share(button("share-open"));
restoreLanguage();
theme.apply();
showLanguage();
placeBar();
conductor.connect();
void kept.begin();
void recovery.begin();
void conductor.lookForStoredFiles();
window.addEventListener("popstate", () => {
  dropPendingHash();
  view.show();
  if (isEntryOfRun()) setHash(hashIn(currentView()), false);
  else conductor.visit(location.hash);
});
document.addEventListener("visibilitychange", () => {
  kept.flush();
  hiddenTabPause.visibilityChanged(document.visibilityState === "hidden");
});
keepForOffline((reload) => {
  element("update").hidden = false;
  button("update-reload").onclick = reload;
});
