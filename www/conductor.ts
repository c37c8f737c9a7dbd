import { same } from "./controls/values";
import type { Adjustment, Experiment, Setting } from "./engine";
import { type Link, type Source, defaultSource, readLink, withOtherKeys } from "./hash";
import type { FromWorker, ToWorker } from "./protocol";
import { asksForLength, short } from "./short";
import { type State, initialState, isActive, reduce } from "./state";
import { isSubset } from "./subset";
import type { SavedRun } from "./vault";

/** Where a run has its images from. The synthetic ones need no files. */
export interface Images {
  source: Source;
  files: File[] | undefined;
}

const synthetic: Images = { source: "synthetic", files: undefined };

/** Images by the files they come from. */
function imagesOf(files: File[] | undefined): Images {
  if (files === undefined) return synthetic;
  return { source: isSubset(files) ? "subset" : "file", files };
}

/** The settings' controls, as far as the conductor knows them. */
export interface Controls {
  /** Built once, with these values. */
  build(settings: Setting[], experiment: Experiment): void;
  /** What the controls have; undefined, with the reader sent to it, if one of them is wrong. */
  read(): Experiment | undefined;
  /** Puts values into the controls. */
  show(experiment: Experiment): void;
  /** Says what the engine runs; the controls are marked where they differ. */
  runs(experiment: Experiment): void;
  /** Whether a change waits for a reset. */
  readonly pending: boolean;
}

/** The line to the worker. */
export interface Wire {
  connect(): void;
  send(message: ToWorker): void;
}

/** What became of an address. */
export interface Addressed {
  complaints: Adjustment[];
  /** It is of a run on files of the reader's, which are not at hand. */
  withoutFiles: boolean;
}

/** What the page's address has to become of what the worker said. */
export type AddressChange =
  /** The run's, and the one before can be gone back to. */
  | "entry"
  /** The run's. */
  | "replace"
  /** It stays: the reader has gone on to it, and it is followed next. */
  | "stay";

export interface Audience {
  /** The state is another one than before. */
  changed(state: State, before: State, message: FromWorker | undefined): void;
  /** What of the page's address could not be taken as it stands; nothing, if all of it was. */
  addressed(address: Addressed): void;
  /** The prepared images are not there. */
  withoutSubset(): void;
}

/** The page's side of the protocol: knows the run's state, and turns what the reader does into messages. */
export class Conductor {
  readonly #wire: Wire;
  readonly #controls: Controls;
  readonly #audience: Audience;
  readonly #fetchSubset: () => Promise<File[]>;
  #state = initialState();
  #settings: Setting[] = [];
  #defaults: Experiment = {};
  /** The processor plays the graphics card. */
  #software = false;
  /** What the engine has its images from. */
  #images = synthetic;
  /** What the run had them from that the last reset ended. */
  #imagesBefore = synthetic;
  /** What the engine that is being built has them from, and what it does at once. */
  #opening: { images: Images; then?: () => void } | undefined;
  #requested: Experiment | undefined;
  /** The latest images from files of the reader's, for an address that asks for them again. */
  #own: Images | undefined;
  /** The address that is being followed, until a run is there for it. */
  #link: (Link & Addressed) | undefined;
  /** The address that the reader has gone to meanwhile. */
  #visited: string | undefined;
  #addressChange: AddressChange = "entry";
  #stopAfter: number | null = null;
  #store = false;
  /** What the page asked for once and a fresh worker has to be told again. */
  readonly #standing = new Map<ToWorker["type"], ToWorker>();

  /** @param fetchSubset brings the images that are served beside the page */
  constructor(wire: Wire, controls: Controls, audience: Audience, fetchSubset: () => Promise<File[]>) {
    this.#wire = wire;
    this.#controls = controls;
    this.#audience = audience;
    this.#fetchSubset = fetchSubset;
  }

  get state(): State {
    return this.#state;
  }

  get settings(): readonly Setting[] {
    return this.#settings;
  }

  /** The experiment the page begins with. */
  get defaults(): Experiment {
    return this.#defaults;
  }

  /** What the engine was last asked to run. */
  get requested(): Experiment | undefined {
    return this.#requested;
  }

  get images(): Images {
    return this.#images;
  }

  /** What the latest message means for the page's address. */
  get addressChange(): AddressChange {
    return this.#visited === undefined ? this.#addressChange : "stay";
  }

  /** The name of the file that is being read. */
  get reading(): string | undefined {
    return this.#state.phase === "opening" ? this.#opening?.images.files?.[0]?.name : undefined;
  }

  get busy(): boolean {
    return this.#state.phase === "loading" || this.#state.phase === "opening";
  }

  /** A fresh worker, which builds an engine on these images as soon as it can. */
  connect(images: Images = this.#images): void {
    this.#opening = { images };
    this.#set({ ...this.#state, phase: "loading", error: undefined });
    this.#wire.connect();
  }

  /** Says something to the worker; what holds for every run is said again to the next worker. */
  send(message: ToWorker): void {
    const { type } = message;
    if (type === "probe" || type === "watch" || type === "pace") this.#standing.set(type, message);
    this.#wire.send(message);
  }

  start(): void {
    this.#withControls(() => {
      this.#sendStop();
      this.#wire.send({ type: "start" });
    });
  }

  /** Before the first step there is nothing to lose: what the controls show is what runs. */
  #withControls(begin: () => void): void {
    if (this.#state.step === 0 && this.#controls.pending) this.#open(this.#images, begin);
    else begin();
  }

  pause(): void {
    this.#wire.send({ type: "pause" });
    if (isActive(this.#state.phase)) this.#set({ ...this.#state, phase: "pausing" });
  }

  advance(steps: number): void {
    this.#withControls(() => {
      this.#advance(steps);
    });
  }

  /** To the end of the epoch that has begun. */
  advanceEpoch(): void {
    this.#withControls(() => {
      const { description, step } = this.#state;
      const perEpoch = description?.steps_per_epoch ?? 1;
      this.#advance(perEpoch - (step % perEpoch));
    });
  }

  #advance(steps: number): void {
    this.#wire.send({ type: "stop-at", step: null });
    this.#wire.send({ type: "advance", steps });
  }

  /** Back to step 0, with what the controls show. */
  reset(): void {
    if (this.#state.phase === "failed") this.connect();
    else if (this.#controls.pending) this.#open(this.#images);
    else this.#wire.send({ type: "reset" });
  }

  undo(): void {
    this.#await();
    this.#wire.send({ type: "undo" });
  }

  goBack(): void {
    this.#await();
    this.#wire.send({ type: "go-back" });
  }

  /** The same settings under another seed, at step 0. */
  newSeed(seed: number): void {
    const experiment = this.#controls.read();
    if (experiment !== undefined) this.open({ ...experiment, seed });
  }

  /** Builds an engine for this experiment, on the images that are loaded. */
  open(experiment: Experiment): void {
    this.#controls.show(experiment);
    this.#load(this.#images);
  }

  /** Builds an engine on other images, for what the controls show; undefined for the synthetic ones. */
  load(files: File[] | undefined): void {
    if (!this.busy) this.#load(imagesOf(files));
  }

  /** The same on the images that are served beside the page. */
  async loadSubset(): Promise<void> {
    const before = this.#state.phase;
    this.#await();
    try {
      this.#load(imagesOf(await this.#fetchSubset()));
    } catch {
      this.#audience.withoutSubset();
      // Whoever asked for a run by its address gets one.
      if (before === "loading" || this.#link !== undefined) this.#load(synthetic);
      else this.#set({ ...this.#state, phase: before });
    }
  }

  /** Goes on from a checkpoint; with data of its own, on that. */
  resume(checkpoint: Blob, files?: File[]): void {
    const images = files === undefined ? this.#images : imagesOf(files);
    this.#opening = { images };
    this.#await();
    this.#wire.send({ type: "resume", checkpoint, files: images.files, story: null });
  }

  /** Goes on from what the browser kept. */
  takeUp({ checkpoint, files, story }: SavedRun): void {
    this.#opening = { images: imagesOf(files) };
    this.#await();
    this.#wire.send({ type: "resume", checkpoint, files, story });
  }

  /** Epochs after which a started run pauses; null for its end. */
  stopAfter(epochs: number | null): void {
    this.#stopAfter = epochs;
    if (isActive(this.#state.phase)) this.#sendStop();
  }

  /** Whether the run may be stored in the browser. */
  store(on: boolean): void {
    this.#store = on;
    this.#wire.send({ type: "store", on });
  }

  /** A change of settings that take effect at once. */
  change(key: string, value: unknown): void {
    this.#wire.send({ type: "change", experiment: { ...this.#state.experiment, [key]: value } });
  }

  forgetPastRuns(): void {
    this.#set({ ...this.#state, pastRuns: [] });
  }

  receive(message: FromWorker): void {
    if (message.type === "ready") {
      this.#software = message.software;
      this.#ready(message.settings, message.experiment);
      return;
    }
    if (message.type === "read") {
      this.#wasRead(message.experiment, message.adjustments);
      return;
    }
    this.#addressChange = this.#link === undefined ? "entry" : "replace";
    const begun = message.type === "opened" ? this.#opening : undefined;
    if (message.type === "opened") {
      if (message.because === "undone") this.#images = this.#imagesBefore;
      else if (this.#state.step > 0) this.#imagesBefore = this.#images;
      if (begun !== undefined) this.#images = begun.images;
      if (this.#images.source === "file") this.#own = this.#images;
      // A recorded run is what it is, whatever was asked for.
      const recorded = message.description.recorded !== undefined;
      const adjusted = message.adjustments.length > 0;
      if (recorded || adjusted || message.because === "resumed" || message.because === "undone") {
        this.#controls.show(message.experiment);
      }
      if (adjusted) {
        const { complaints, withoutFiles } = this.#link ?? { complaints: [], withoutFiles: false };
        this.#audience.addressed({ complaints: [...complaints, ...message.adjustments], withoutFiles });
      }
      this.#link = undefined;
      this.#controls.runs(message.experiment);
      this.#opening = undefined;
    } else if (message.type === "changed") {
      this.#controls.runs(message.experiment);
    } else if (message.type === "failed") {
      this.#opening = undefined;
      // A worker that comes after a lost one still has it to follow.
      if (!message.lost) this.#link = undefined;
    }
    this.#set(reduce(this.#state, message), message);
    if (message.type === "opened" || message.type === "failed") this.#visitNext();
    begun?.then?.();
    if (message.type === "opened" && (message.because === "restored" || message.because === "gone-back")) {
      this.#changeAgain();
    }
  }

  /** What was changed in mid-run since the state that the run went back to. */
  #changeAgain(): void {
    if (this.#controls.pending) return;
    const experiment = this.#controls.read();
    if (experiment === undefined || same(experiment, this.#state.experiment)) return;
    this.#wire.send({ type: "change", experiment });
  }

  /** The reader went to another address of this page. */
  visit(hash: string): void {
    // Before the settings are there, nothing was followed; then the address of that time is.
    if (this.#settings.length === 0) return;
    if (this.busy || this.#link !== undefined) this.#visited = hash;
    else this.#readLink(hash);
  }

  #visitNext(): void {
    const hash = this.#visited;
    this.#visited = undefined;
    if (hash !== undefined) this.visit(hash);
  }

  /** Asks what the settings make of an address; the answer is {@link Conductor.#wasRead}. */
  #readLink(hash: string): void {
    const link = readLink(hash);
    this.#link = { ...link, withoutFiles: link.source === "file" && this.#ownImages() === undefined };
    this.#wire.send({ type: "read", wanted: link.wanted });
  }

  /** The images from files of the reader's, if they are at hand. */
  #ownImages(): Images | undefined {
    return this.#images.source === "file" ? this.#images : this.#own;
  }

  #wasRead(read: Experiment, adjustments: Adjustment[]): void {
    const link = this.#link;
    if (link === undefined) return;
    // Where nothing is said of the run's length, one that suits the adapter.
    const suited = this.#software && !asksForLength(link.wanted.map(([key]) => key)) ? short : {};
    const experiment = { ...read, ...suited };
    link.complaints.push(...adjustments.map(withOtherKeys));
    this.#audience.addressed(link);
    const source = link.withoutFiles ? defaultSource : link.source;
    const asked = this.#settings.every(({ key }) => same(experiment[key], this.#state.experiment?.[key]));
    if (asked && source === this.#images.source) {
      this.#link = undefined;
      this.#visitNext();
      return;
    }
    this.#controls.show(experiment);
    this.#follow(source);
  }

  #ready(settings: Setting[], defaults: Experiment): void {
    const first = this.#settings.length === 0;
    this.#settings = settings;
    this.#defaults = defaults;
    for (const message of this.#standing.values()) this.#wire.send(message);
    this.#wire.send({ type: "store", on: this.#store });
    if (first) {
      this.#controls.build(settings, defaults);
      this.#readLink(location.hash);
    } else {
      this.#open(this.#opening?.images ?? this.#images);
    }
  }

  /** Builds an engine on the images that an address asks for, as far as they can be had. */
  #follow(source: Source): void {
    if (source === this.#images.source) this.#load(this.#images);
    else if (source === "subset") void this.loadSubset();
    else this.#load(source === "file" ? (this.#own ?? synthetic) : synthetic);
  }

  #load(images: Images): void {
    if (this.#state.phase === "failed") this.connect(images);
    else this.#open(images);
  }

  #open(images: Images, then?: () => void): void {
    const experiment = this.#controls.read();
    if (experiment === undefined) {
      // Nothing can be built from what the controls show; the reader is now in the one that is wrong.
      if (this.#state.phase === "loading") this.#set({ ...this.#state, phase: "failed" });
      return;
    }
    this.#opening = then === undefined ? { images } : { images, then };
    this.#requested = experiment;
    this.#await();
    this.#wire.send({ type: "open", experiment, files: images.files, nearest: this.#link !== undefined });
  }

  #await(): void {
    this.#set({ ...this.#state, phase: "opening", error: undefined });
  }

  #sendStop(): void {
    const perEpoch = this.#state.description?.steps_per_epoch ?? 1;
    const step = this.#stopAfter === null ? null : this.#state.step + Math.ceil(this.#stopAfter * perEpoch);
    this.#wire.send({ type: "stop-at", step });
  }

  #set(state: State, message?: FromWorker): void {
    const before = this.#state;
    this.#state = state;
    this.#audience.changed(state, before, message);
  }
}
