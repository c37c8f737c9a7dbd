import { sameValue } from "./controls/values";
import type { Adjustment, Experiment, Setting } from "./engine";
import { type FileStoreReader, describeFiles } from "./filestore";
import { type LinkContents, type ImageSource, readLink, withOtherKeys } from "./hash";
import type { RunHistory } from "./history/runhistory";
import type { FromWorker, ToWorker } from "./protocol";
import { asksForLength, shortSettings } from "./short";
import { type State, initialState, isActive, reduce } from "./state";
import { type Subset, defaultSource, sourceOf } from "./subset";
import type { SavedRun } from "./vault";

/** The source of a run's images. Synthetic images need no files. */
export interface Images {
  source: ImageSource;
  files: File[] | undefined;
}

const synthetic: Images = { source: "synthetic", files: undefined };

/** Images by the files they come from. */
function imagesOf(files: File[] | undefined): Images {
  return { source: sourceOf(files), files };
}

/** The experiment's value for the source of the images; the command line reads it from a checkpoint. */
function dataName({ source, files }: Images): string {
  if (source !== "file") return source;
  return files?.length === 1 && files[0] !== undefined ? files[0].name : "cifar-10-batches-bin";
}

/** A run that was requested and has not opened yet. */
interface PendingRequest {
  request: number;
  images: Images;
  /** Its immediate effect. */
  onOpened?: (() => void) | undefined;
}

/** The settings' controls, as far as the conductor knows them. */
export interface Controls {
  /** Built once, with these values. */
  build(settings: Setting[], experiment: Experiment): void;
  /** The values of the controls; undefined if one is invalid, which then gets the focus. */
  read(): Experiment | undefined;
  /** Puts values into the controls. */
  show(experiment: Experiment): void;
  /** Shows the experiment of the engine; controls that differ are marked. */
  showRunning(experiment: Experiment): void;
  /** Whether a change waits for a reset. */
  readonly pending: boolean;
}

/** The line to the worker. */
export interface WorkerConnection {
  connect(): void;
  send(message: ToWorker): void;
}

/** The outcome of reading an address. */
export interface AddressOutcome {
  complaints: Adjustment[];
}

/** The change of the page's address that follows from the worker's answer. */
export type AddressChange =
  /** The run's, and the one before can be gone back to. */
  | "entry"
  /** The run's. */
  | "replace"
  /** It stays: the reader has gone on to it, and it is followed next. */
  | "stay";

export interface Observer {
  /** The state is another one than before. */
  changed(state: State, before: State, message: FromWorker | undefined): void;
  /** The parts of the page's address that were adjusted; empty if none was. */
  addressRead(address: AddressOutcome): void;
  /** The images that come with the page could not be had. */
  subsetUnavailable(): void;
  /** The reader's own files, which the address or a kept run needs, are not kept here. */
  filesUnavailable(): void;
}

/** The page's side of the protocol: knows the run's state, and turns what the reader does into messages. */
export class Conductor {
  readonly #worker: WorkerConnection;
  readonly #controls: Controls;
  readonly #observer: Observer;
  readonly #subset: Subset;
  readonly #files: FileStoreReader;
  #state = initialState();
  #settings: Setting[] = [];
  #defaults: Experiment = {};
  /** The adapter is a software (CPU) adapter. */
  #software = false;
  /** The source of the engine's images. */
  #images = synthetic;
  /** The source of the images of the run before the last reset. */
  #previousImages = synthetic;
  /** Requests that the worker has not answered yet; it obeys the last. */
  #requests: PendingRequest[] = [];
  /** The data and settings on which a new worker builds an engine. */
  #nextImages = synthetic;
  /** Counts what asks for other images: what comes of an earlier one is not wanted any more. */
  #generation = 0;
  #requested: Experiment | undefined;
  /** The latest images from files of the reader's, for an address that asks for them again. */
  #ownImages: Images | undefined;
  /** The address that is being followed, until a run is there for it. */
  #link: LinkContents | undefined;
  /** The address that the reader has gone to meanwhile. */
  #pendingAddress: string | undefined;
  #addressChange: AddressChange = "entry";
  #stopAfter: number | null = null;
  #store = false;
  /** Requests that must be repeated to a new worker. */
  readonly #repeated = new Map<ToWorker["type"], ToWorker>();

  /**
   * @param subset the images that come with the page
   * @param files where the reader's own files are kept
   */
  constructor(
    worker: WorkerConnection,
    controls: Controls,
    observer: Observer,
    subset: Subset,
    files: FileStoreReader,
  ) {
    this.#worker = worker;
    this.#controls = controls;
    this.#observer = observer;
    this.#subset = subset;
    this.#files = files;
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

  /** The experiment last requested from the engine. */
  get requested(): Experiment | undefined {
    return this.#requested;
  }

  get images(): Images {
    return this.#images;
  }

  /** The effect of the latest run, or of its failure, on the page's address. */
  get addressChange(): AddressChange {
    return this.#pendingAddress === undefined ? this.#addressChange : "stay";
  }

  /** The first of the files that a run is on its way from. */
  get preparing(): string | undefined {
    return this.#state.phase === "opening" ? this.#requests.at(-1)?.images.files?.[0]?.name : undefined;
  }

  get busy(): boolean {
    return this.#state.phase === "loading" || this.#state.phase === "opening";
  }

  /** A fresh worker, which builds an engine on these images as soon as it can. */
  connect(images: Images = this.#images): void {
    this.#requests = [];
    this.#nextImages = images;
    this.#set({ ...this.#state, phase: "loading", error: undefined });
    this.#worker.connect();
  }

  /** Sends a message to the worker; messages that apply to every run are repeated to the next worker. */
  send(message: ToWorker): void {
    const { type } = message;
    if (type === "probe" || type === "watch" || type === "pace") this.#repeated.set(type, message);
    this.#worker.send(message);
  }

  start(): void {
    this.#applyControlsThen(() => {
      this.#sendStop();
      this.#worker.send({ type: "start" });
    });
  }

  /** Before the first step there is nothing to lose: what the controls show is what runs. */
  #applyControlsThen(begin: () => void): void {
    if (this.#state.step === 0 && this.#controls.pending) this.#open(this.#images, begin);
    else begin();
  }

  pause(): void {
    this.#worker.send({ type: "pause" });
    if (isActive(this.#state.phase)) this.#set({ ...this.#state, phase: "pausing" });
  }

  advance(steps: number): void {
    this.#applyControlsThen(() => {
      this.#advance(steps);
    });
  }

  /** To the end of the epoch that has begun. */
  advanceEpoch(): void {
    this.#applyControlsThen(() => {
      const { description, step } = this.#state;
      const perEpoch = description?.steps_per_epoch ?? 1;
      this.#advance(perEpoch - (step % perEpoch));
    });
  }

  #advance(steps: number): void {
    this.#worker.send({ type: "stop-at", step: null });
    this.#worker.send({ type: "advance", steps });
  }

  /** Back to step 0, with what the controls show. */
  reset(): void {
    if (this.#state.phase === "failed") this.#retry();
    else if (this.#controls.pending) this.#open(this.#images);
    else this.#worker.send({ type: "reset" });
  }

  /** After a failure: the images that could not be had are fetched once more, or a fresh worker tries its luck. */
  #retry(): void {
    if (this.#state.error === undefined) this.#openFrom(defaultSource);
    else this.connect();
  }

  undo(): void {
    this.#showOpening();
    this.#worker.send({ type: "undo" });
  }

  goBack(): void {
    this.#showOpening();
    this.#worker.send({ type: "go-back" });
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
    // Reading for another run is cancelled.
    if (this.#state.phase !== "loading") this.#load(imagesOf(files));
  }

  /** The same on the images that come with the page. */
  async loadSubset(): Promise<void> {
    const asked = ++this.#generation;
    const before = this.#state.phase;
    this.#showOpening();
    const images = await this.#imagesFrom("subset");
    if (asked !== this.#generation) return;
    if (images !== undefined) this.#load(images);
    // Whoever has no run yet chooses between another try and drawn images.
    else this.#set({ ...this.#state, phase: this.#state.description === undefined ? "failed" : before });
  }

  /** The same on the reader's own files that are kept; without any, the run stays as it is. */
  async loadStored(): Promise<void> {
    const asked = ++this.#generation;
    const before = this.#state.phase;
    this.#showOpening();
    const files = await this.#readStoredFiles();
    if (asked !== this.#generation) return;
    if (files !== undefined) this.#load(imagesOf(files));
    else {
      this.#observer.filesUnavailable();
      // A run that was requested by its address is opened.
      if (before === "loading" || this.#link !== undefined) this.#openFrom(defaultSource);
      else this.#set({ ...this.#state, phase: before });
    }
  }

  /** Looks for files that are kept; what is kept is then part of the state. */
  async #readStoredFiles(): Promise<File[] | undefined> {
    // A browser that forbids reading reports it when something is to be stored.
    const files = await this.#files.read().catch(() => undefined);
    this.#set({ ...this.#state, storedFiles: files === undefined ? undefined : describeFiles(files) });
    return files;
  }

  /** Reports what is stored, before anybody asks for it. */
  async lookForStoredFiles(): Promise<void> {
    await this.#readStoredFiles();
  }

  /** Deletes the files that are kept; a run that is trained on them goes on. */
  async deleteStoredFiles(): Promise<void> {
    try {
      await this.#files.delete();
      this.#set({ ...this.#state, storedFiles: undefined });
    } catch (thrown) {
      const detail = thrown instanceof Error ? thrown.message : String(thrown);
      this.#set({ ...this.#state, filesNotStored: { reason: "undeleted", detail } });
    }
  }

  /** Goes on from a checkpoint; with data of its own, on that. */
  resume(checkpoint: Blob, files?: File[]): void {
    this.#resume(checkpoint, files === undefined ? this.#images : imagesOf(files), null);
  }

  #resume(checkpoint: Blob, images: Images, history: RunHistory | null): void {
    const request = this.#addRequest(images);
    this.#worker.send({ type: "resume", checkpoint, files: images.files, history, request });
  }

  /** Goes on from what the browser kept; with false, its images could not be had. */
  async resumeSaved({ checkpoint, source, story }: SavedRun): Promise<boolean> {
    const asked = ++this.#generation;
    const before = this.#state.phase;
    this.#showOpening();
    const images = await this.#imagesFrom(source);
    if (asked !== this.#generation) return true;
    if (images === undefined) this.#set({ ...this.#state, phase: before });
    else this.#resume(checkpoint, images, story);
    return images !== undefined;
  }

  /** Images by where they come from; what is loaded, where that is the same. */
  async #imagesFrom(source: ImageSource): Promise<Images | undefined> {
    if (source === this.#images.source) return this.#images;
    if (source === "synthetic") return synthetic;
    if (source === "subset") {
      return this.#fetchSubset();
    }
    const files = await this.#readStoredFiles();
    if (files === undefined) this.#observer.filesUnavailable();
    return files === undefined ? undefined : imagesOf(files);
  }

  async #fetchSubset(): Promise<Images | undefined> {
    const asked = this.#generation;
    const reading = (reading: State["reading"]): void => {
      if (asked === this.#generation) this.#set({ ...this.#state, reading });
    };
    try {
      const files = await this.#subset.fetch((done, total) => {
        reading({ done, total });
      });
      reading(undefined);
      return imagesOf(files);
    } catch {
      reading(undefined);
      if (asked === this.#generation) this.#observer.subsetUnavailable();
      return undefined;
    }
  }

  /** Epochs after which a started run pauses; null for its end. */
  stopAfter(epochs: number | null): void {
    this.#stopAfter = epochs;
    if (isActive(this.#state.phase)) this.#sendStop();
  }

  /** Whether the run may be stored in the browser. */
  store(on: boolean): void {
    this.#store = on;
    this.#worker.send({ type: "store", on });
  }

  /** A change of settings that take effect at once. */
  change(key: string, value: unknown): void {
    this.#worker.send({ type: "change", experiment: { ...this.#state.experiment, [key]: value } });
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
      this.#linkRead(message.experiment, message.adjustments);
      return;
    }
    if (message.type === "opened" || message.type === "failed") {
      this.#addressChange = this.#link === undefined ? "entry" : "replace";
    }
    const begun = message.type === "opened" ? this.#takeRequest(message.request) : undefined;
    if (message.type === "opened") {
      if (message.reason === "undone") this.#images = this.#previousImages;
      else if (this.#state.step > 0) this.#previousImages = this.#images;
      if (begun !== undefined) this.#images = begun.images;
      if (this.#images.source === "file") this.#ownImages = this.#images;
      // A recorded run cannot be changed, whatever was requested.
      const recorded = message.description.recorded !== undefined;
      const adjusted = message.adjustments.length > 0;
      if (recorded || adjusted || message.reason === "resumed" || message.reason === "undone") {
        this.#controls.show(message.experiment);
      }
      if (adjusted) {
        const complaints = [...(this.#link?.complaints ?? []), ...message.adjustments];
        this.#observer.addressRead({ complaints });
      }
      this.#link = undefined;
      this.#controls.showRunning(message.experiment);
    } else if (message.type === "changed") {
      this.#controls.showRunning(message.experiment);
    } else if (message.type === "failed" || message.type === "recovering") {
      const refused = this.#takeRequest(message.request);
      // The worker itself has failed, and answers nothing more.
      const dead = message.type === "failed" && message.lost && message.request === undefined;
      if (dead) this.#requests = [];
      // A worker that comes after a lost one still has it to follow.
      if (message.type === "failed" && !message.lost) this.#link = undefined;
      if (
        message.type === "failed" &&
        message.error.name === "BadFile" &&
        refused?.images.source === "subset"
      ) {
        this.#subset.forget();
        this.#observer.subsetUnavailable();
      }
    }
    const state = reduce(this.#state, message);
    // Something else was requested since, and is on its way.
    const awaited = this.#requests.length > 0 && (message.type === "opened" || message.type === "failed");
    this.#set(awaited ? { ...state, phase: "opening" } : state, message);
    if (message.type === "opened" || message.type === "failed") this.#visitPending();
    begun?.onOpened?.();
    if (message.type === "opened" && (message.reason === "restored" || message.reason === "gone-back")) {
      this.#reapplyChanges();
    }
  }

  /** The request the worker has answered; earlier ones had no effect. */
  #takeRequest(request: number | undefined): PendingRequest | undefined {
    if (request === undefined) return undefined;
    const answered = this.#requests.find((one) => one.request === request);
    this.#requests = this.#requests.filter((one) => one.request > request);
    return answered;
  }

  /** The changes made during the run since the state it returned to. */
  #reapplyChanges(): void {
    if (this.#controls.pending) return;
    const experiment = this.#controls.read();
    if (experiment === undefined || this.#isRunning(experiment)) return;
    this.#worker.send({ type: "change", experiment: { ...experiment, data: this.#state.experiment?.data } });
  }

  /** The reader went to another address of this page. */
  visit(hash: string): void {
    // Before the settings are there, nothing was followed; then the address of that time is.
    if (this.#settings.length === 0) return;
    if (this.busy || this.#link !== undefined) this.#pendingAddress = hash;
    else this.#readLink(hash);
  }

  #visitPending(): void {
    const hash = this.#pendingAddress;
    this.#pendingAddress = undefined;
    if (hash !== undefined) this.visit(hash);
  }

  /** Asks what the settings make of an address; the answer is {@link Conductor.#wasRead}. */
  #readLink(hash: string): void {
    const link = readLink(hash);
    this.#link = link;
    this.#worker.send({ type: "read", wanted: link.wanted });
  }

  #linkRead(read: Experiment, adjustments: Adjustment[]): void {
    const link = this.#link;
    if (link === undefined) return;
    // Without a given length, the run gets one that suits the adapter.
    const suited = this.#software && !asksForLength(link.wanted.map(([key]) => key)) ? shortSettings : {};
    const experiment = { ...read, ...suited };
    link.complaints.push(...adjustments.map(withOtherKeys));
    this.#observer.addressRead(link);
    if (this.#isRunning(experiment) && link.source === this.#images.source) {
      this.#link = undefined;
      this.#visitPending();
      return;
    }
    this.#controls.show(experiment);
    this.#openFrom(link.source);
  }

  /** Whether the engine runs this, whatever its images. */
  #isRunning(experiment: Experiment): boolean {
    const others = this.#settings.filter(({ key }) => key !== "data");
    return others.every(({ key }) => sameValue(experiment[key], this.#state.experiment?.[key]));
  }

  #ready(settings: Setting[], defaults: Experiment): void {
    const first = this.#settings.length === 0;
    this.#settings = settings;
    this.#defaults = defaults;
    for (const message of this.#repeated.values()) this.#worker.send(message);
    this.#worker.send({ type: "store", on: this.#store });
    if (first) {
      this.#controls.build(settings, defaults);
      this.#readLink(location.hash);
    } else {
      this.#open(this.#nextImages);
    }
  }

  /** Builds an engine on the images that an address asks for, as far as they can be had. */
  #openFrom(source: ImageSource): void {
    if (source === this.#images.source) this.#load(this.#images);
    else if (source === "subset") void this.loadSubset();
    else if (source === "synthetic") this.#load(synthetic);
    else if (this.#ownImages !== undefined) this.#load(this.#ownImages);
    else void this.loadStored();
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
    this.#requested = { ...experiment, data: dataName(images) };
    const request = this.#addRequest(images, then);
    const nearest = this.#link !== undefined;
    this.#worker.send({ type: "open", experiment: this.#requested, files: images.files, nearest, request });
  }

  /** Notes a request to the worker under a number that the answer returns. */
  #addRequest(images: Images, then?: () => void): number {
    const request = ++this.#generation;
    this.#requests.push({ request, images, onOpened: then });
    this.#showOpening();
    return request;
  }

  #showOpening(): void {
    this.#set({ ...this.#state, phase: "opening", reading: undefined, error: undefined });
  }

  #sendStop(): void {
    const perEpoch = this.#state.description?.steps_per_epoch ?? 1;
    const step = this.#stopAfter === null ? null : this.#state.step + Math.ceil(this.#stopAfter * perEpoch);
    this.#worker.send({ type: "stop-at", step });
  }

  #set(state: State, message?: FromWorker): void {
    const before = this.#state;
    this.#state = state;
    this.#observer.changed(state, before, message);
  }
}
