import { sameValue } from "./controls/values";
import type { Adjustment, Compute, Experiment, Setting } from "./engine";
import { type FileStoreReader, describeFiles } from "./filestore";
import { type LinkContents, readLink, withOtherKeys } from "./hash";
import type { RunHistory } from "./history/runhistory";
import { type Images, dataName, imagesOf, synthetic } from "./images";
import type { FromWorker, ToWorker } from "./protocol";
import { asksForLength, shortSettings, storySettings } from "./short";
import { type PastRun, type State, initialState, isActive, reduce } from "./state";
import { type ImageSource, type Subset, defaultSource } from "./subset";
import type { SavedRun } from "./vault";

type From<T extends FromWorker["type"]> = Extract<FromWorker, { type: T }>;

/** A run that was requested from the worker and has not opened yet. */
interface PendingRequest {
  request: number;
  images: Images;
  /** Called once the run has opened. */
  onOpened?: (() => void) | undefined;
}

/** The controls of the settings. */
export interface Controls {
  /** Builds the controls, once, with these values. */
  build(settings: Setting[], experiment: Experiment): void;
  /** The values of the controls; undefined if one is invalid, in which case it gets the focus. */
  read(): Experiment | undefined;
  /** Sets the values of the controls. */
  show(experiment: Experiment): void;
  /** Marks the controls whose values differ from the experiment that is running. */
  showRunning(experiment: Experiment): void;
  /** Whether some change takes effect only after a reset. */
  readonly pending: boolean;
}

/** The connection to the worker. */
export interface WorkerConnection {
  connect(): void;
  send(message: ToWorker): void;
}

/** The outcome of reading an address. */
export interface AddressRead {
  complaints: Adjustment[];
}

/** How the page's address changes with the worker's answer. */
export type AddressChange =
  /** A new entry in the browser's history, for the new run. */
  | "entry"
  /** The current entry is replaced by the run's address. */
  | "replace"
  /** No change: the reader has gone to another address, which is opened next. */
  | "stay";

export interface Observer {
  /** The state has changed. */
  changed(state: State, before: State, message: FromWorker | undefined): void;
  /** An address was read, with the adjustments that were made; none if there were none. */
  addressRead(address: AddressRead): void;
  /** The images that come with the page could not be loaded. */
  subsetUnavailable(): void;
  /** The reader's own files, which the address or a saved run needs, are not stored in this browser. */
  filesUnavailable(): void;
}

/**
 * The page's side of the protocol: holds the run's state, and turns the reader's actions into messages to the worker.
 */
export class Conductor {
  readonly #worker: WorkerConnection;
  readonly #controls: Controls;
  readonly #observer: Observer;
  readonly #subset: Subset;
  readonly #files: FileStoreReader;
  #state = initialState();
  #settings: Setting[] = [];
  #defaults: Experiment = {};
  #short: Experiment | undefined;
  #speed: number | null = null;
  /** The source of the engine's images. */
  #images = synthetic;
  /** The source of the images of the run before the last reset. */
  #previousImages = synthetic;
  /** Requests that the worker has not answered yet; only the last one takes effect. */
  #requests: PendingRequest[] = [];
  /** The images on which a new worker builds an engine. */
  #nextImages = synthetic;
  /** The number of requests for a run or for images; results of earlier ones are dropped. */
  #generation = 0;
  #requested: Experiment | undefined;
  /** The last images from the reader's own files, for an address that needs them again. */
  #ownImages: Images | undefined;
  /** The address that is being opened, until its run has started. */
  #link: LinkContents | undefined;
  /** An address that the reader has gone to in the meantime. */
  #pendingAddress: string | undefined;
  #addressChange: AddressChange = "entry";
  #stopAfter: number | null = null;
  /** Where a chapter has its run stop. */
  #hold: number | null = null;
  #store = false;
  /** Messages that are sent again to a new worker. */
  readonly #repeated = new Map<ToWorker["type"], ToWorker>();

  /**
   * @param subset the images that come with the page
   * @param files the store of the reader's own files
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

  /** Training images per second, as they were measured while the page loaded; null where there is a graphics card. */
  get speed(): number | null {
    return this.#speed;
  }

  /** The experiment with which the page starts. */
  get defaults(): Experiment {
    return this.#defaults;
  }

  /** The settings of a run that is short enough for this machine; undefined if it has a graphics card. */
  get short(): Experiment | undefined {
    return this.#short;
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

  /** The first file of the run that is opening. */
  get preparing(): string | undefined {
    return this.#state.phase === "opening" ? this.#requests.at(-1)?.images.files?.[0]?.name : undefined;
  }

  get busy(): boolean {
    return this.#state.phase === "loading" || this.#state.phase === "opening";
  }

  /** Starts a new worker, which builds an engine on these images once it has loaded. */
  connect(images: Images = this.#images): void {
    this.#requests = [];
    this.#nextImages = images;
    this.#set({ ...this.#state, phase: "loading", error: undefined });
    this.#worker.connect();
  }

  /** Sends a message to the worker; messages that apply to every run are repeated to the next worker. */
  send(message: ToWorker): void {
    const { type } = message;
    const lasting: readonly string[] = ["probe", "watch", "classify", "pace"] satisfies ToWorker["type"][];
    if (lasting.includes(type)) this.#repeated.set(type, message);
    this.#worker.send(message);
  }

  start(): void {
    this.#applyControlsThen(() => {
      this.#sendStop();
      this.#worker.send({ type: "start" });
    });
  }

  /** Before the first step, opens the experiment in the controls first: there is no progress to lose. */
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

  /** Advances to the end of the current epoch. */
  advanceEpoch(): void {
    this.#applyControlsThen(() => {
      const { description, step } = this.#state;
      const perEpoch = description?.steps_per_epoch ?? 1;
      this.#advance(perEpoch - (step % perEpoch));
    });
  }

  #advance(steps: number): void {
    this.#stopAt(Infinity);
    this.#worker.send({ type: "advance", steps });
  }

  /** Returns to step 0, with the values in the controls. */
  reset(): void {
    if (this.#state.phase === "failed") this.#retry();
    else if (this.#controls.pending) this.#open(this.#images);
    else this.#worker.send({ type: "reset" });
  }

  /** After a failure, loads the images again, or starts a new worker. */
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

  /** Opens a run with the same settings and another seed. */
  newSeed(seed: number): void {
    const experiment = this.#controls.read();
    if (experiment !== undefined) this.open({ ...experiment, seed });
  }

  /** Opens a run with the same settings and another seed, and starts it. */
  again(seed: number): void {
    const experiment = this.#controls.read();
    if (experiment === undefined) return;
    this.#controls.show({ ...experiment, seed });
    this.#open(this.#images, () => {
      this.start();
    });
  }

  /** Opens a run of this experiment on the current images. */
  open(experiment: Experiment): void {
    this.#controls.show(experiment);
    this.#load(this.#images);
  }

  /** Opens a run of this experiment on images of this source. */
  openOn(experiment: Experiment, source: ImageSource): void {
    this.#controls.show(experiment);
    this.#openFrom(source);
  }

  /** Opens a run of the experiment in the controls on other images; undefined means the synthetic ones. */
  load(files: File[] | undefined): void {
    // This cancels reading for another run.
    if (this.#state.phase !== "loading") this.#load(imagesOf(files));
  }

  /** Opens a run on the images that come with the page. */
  async loadSubset(): Promise<void> {
    const generation = ++this.#generation;
    const before = this.#state.phase;
    this.#showOpening();
    const images = await this.#imagesFrom("subset");
    if (generation !== this.#generation) return;
    if (images !== undefined) this.#load(images);
    // Without a run, the reader can retry or choose the synthetic images.
    else this.#set({ ...this.#state, phase: this.#state.description === undefined ? "failed" : before });
  }

  /** Opens a run on the reader's stored files; without any, the current run stays. */
  async loadStored(): Promise<void> {
    const generation = ++this.#generation;
    const before = this.#state.phase;
    this.#showOpening();
    const files = await this.#readStoredFiles();
    if (generation !== this.#generation) return;
    if (files !== undefined) this.#load(imagesOf(files));
    else {
      this.#observer.filesUnavailable();
      // A run that was requested by address still opens, on the default images.
      if (before === "loading" || this.#link !== undefined) this.#openFrom(defaultSource);
      else this.#set({ ...this.#state, phase: before });
    }
  }

  /** The stored files; their description becomes part of the state. */
  async #readStoredFiles(): Promise<File[] | undefined> {
    // If the browser forbids storage, storing reports that.
    const files = await this.#files.read().catch(() => undefined);
    this.#set({ ...this.#state, storedFiles: files === undefined ? undefined : describeFiles(files) });
    return files;
  }

  /** Looks for stored files, so that the state describes them. */
  async lookForStoredFiles(): Promise<void> {
    await this.#readStoredFiles();
  }

  /** Deletes the stored files; a run that trains on them goes on. */
  async deleteStoredFiles(): Promise<void> {
    try {
      await this.#files.delete();
      this.#set({ ...this.#state, storedFiles: undefined });
    } catch (thrown) {
      const detail = thrown instanceof Error ? thrown.message : String(thrown);
      this.#set({ ...this.#state, filesNotStored: { reason: "undeleted", detail } });
    }
  }

  /** Continues from a checkpoint, on these files or on the current images. */
  resume(checkpoint: Blob, files?: File[]): void {
    this.#resume(checkpoint, files === undefined ? this.#images : imagesOf(files), null);
  }

  #resume(checkpoint: Blob, images: Images, history: RunHistory | null): void {
    const request = this.#addRequest(images);
    this.#worker.send({ type: "resume", checkpoint, files: images.files, history, request });
  }

  /** Continues the run saved in the browser. Resolves with false if its images could not be loaded. */
  async resumeSaved({ checkpoint, source, story }: SavedRun): Promise<boolean> {
    const generation = ++this.#generation;
    const before = this.#state.phase;
    this.#showOpening();
    const images = await this.#imagesFrom(source);
    if (generation !== this.#generation) return true;
    if (images === undefined) this.#set({ ...this.#state, phase: before });
    else this.#resume(checkpoint, images, story);
    return images !== undefined;
  }

  /** Loads the images of this source, unless they are the current ones. */
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
    const generation = this.#generation;
    const reading = (reading: State["reading"]): void => {
      if (generation === this.#generation) this.#set({ ...this.#state, reading });
    };
    try {
      const files = await this.#subset.fetch((done, total) => {
        reading({ done, total });
      });
      reading(undefined);
      return imagesOf(files);
    } catch {
      reading(undefined);
      if (generation === this.#generation) this.#observer.subsetUnavailable();
      return undefined;
    }
  }

  /** Pauses started runs after this many epochs; null for no pause before the end. */
  stopAfter(epochs: number | null): void {
    this.#stopAfter = epochs;
    if (isActive(this.#state.phase)) this.#sendStop();
  }

  /** Has the run stop after this step, however often the reader pauses it and goes on; null for no such stop. */
  hold(step: number | null): void {
    this.#hold = step;
    this.#sendStop();
  }

  /** Whether the run may be stored in the browser. */
  store(on: boolean): void {
    this.#store = on;
    this.#worker.send({ type: "store", on });
  }

  /** Continues on something else that computes. */
  computeOn(compute: Compute): void {
    if (this.#state.phase === "failed") {
      this.connect();
      return;
    }
    this.#showOpening();
    this.#worker.send({ type: "compute", compute });
  }

  /** Changes a live setting of the current run. */
  change(key: string, value: unknown): void {
    this.#worker.send({ type: "change", experiment: { ...this.#state.experiment, [key]: value } });
  }

  /** Shows the lines of these earlier runs in the charts. */
  compareWith(pastRuns: PastRun[]): void {
    this.#set({ ...this.#state, pastRuns });
  }

  receive(message: FromWorker): void {
    if (message.type === "ready") {
      this.#speed = message.speed;
      this.#short = message.software ? shortSettings(message.speed) : undefined;
      this.#set(reduce(this.#state, message));
      this.#ready(message.settings, message.experiment);
    } else if (message.type === "read") this.#linkRead(message.experiment, message.adjustments);
    else if (message.type === "opened") this.#opened(message);
    else if (message.type === "failed") this.#failed(message);
    else {
      if (message.type === "changed") this.#controls.showRunning(message.experiment);
      if (message.type === "recovering") this.#takeRequest(message.request);
      this.#set(reduce(this.#state, message), message);
    }
  }

  #opened(message: From<"opened">): void {
    const { reason, experiment, adjustments, description } = message;
    this.#addressChange = this.#link === undefined ? "entry" : "replace";
    const answered = this.#takeRequest(message.request);
    if (reason === "undone") this.#images = this.#previousImages;
    else if (this.#state.step > 0) this.#previousImages = this.#images;
    if (answered !== undefined) this.#images = answered.images;
    if (this.#images.source === "file") this.#ownImages = this.#images;
    // The settings of a recorded run are fixed, whatever was requested.
    const recorded = description.recorded !== undefined;
    const adjusted = adjustments.length > 0;
    if (recorded || adjusted || reason === "resumed" || reason === "undone") {
      this.#controls.show(experiment);
    }
    if (adjusted) {
      this.#observer.addressRead({ complaints: [...(this.#link?.complaints ?? []), ...adjustments] });
    }
    this.#link = undefined;
    this.#controls.showRunning(experiment);
    this.#answer(message);
    answered?.onOpened?.();
    if (reason === "restored" || reason === "gone-back") this.#reapplyChanges();
  }

  #failed(message: From<"failed">): void {
    const { error, lost } = message;
    this.#addressChange = this.#link === undefined ? "entry" : "replace";
    const refused = this.#takeRequest(message.request);
    // The worker itself has failed and answers no more requests.
    if (lost && message.request === undefined) this.#requests = [];
    // If the engine was lost, the next worker still has to open the address.
    if (!lost) this.#link = undefined;
    if (error.name === "BadFile" && refused?.images.source === "subset") {
      this.#subset.forget();
      this.#observer.subsetUnavailable();
    }
    this.#answer(message);
  }

  /** Updates the state with the worker's answer to a request. */
  #answer(message: From<"opened" | "failed">): void {
    const state = reduce(this.#state, message);
    // Another run may have been requested since and still be opening.
    this.#set(this.#requests.length > 0 ? { ...state, phase: "opening" } : state, message);
    this.#visitPending();
  }

  /** Removes and returns the request that the worker has answered; earlier ones are superseded. */
  #takeRequest(request: number | undefined): PendingRequest | undefined {
    if (request === undefined) return undefined;
    const answered = this.#requests.find((one) => one.request === request);
    this.#requests = this.#requests.filter((one) => one.request > request);
    return answered;
  }

  /** Makes the changes again that the reader made since the state to which the run has returned. */
  #reapplyChanges(): void {
    if (this.#controls.pending) return;
    const experiment = this.#controls.read();
    if (experiment === undefined || this.#isRunning(experiment)) return;
    this.#worker.send({ type: "change", experiment: { ...experiment, data: this.#state.experiment?.data } });
  }

  /** The reader has gone to another address of this page. */
  visit(hash: string): void {
    // Until the settings have arrived, no address is read; the current one is read then.
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
    const experiment = { ...read, ...this.#suited(link) };
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

  /** What an address leaves to the page: the story's own settings; elsewhere, a length that suits the adapter. */
  #suited({ wanted, view }: LinkContents): Experiment {
    const named = wanted.map(([key]) => key);
    if (view !== "story") return asksForLength(named) ? {} : (this.#short ?? {});
    return Object.fromEntries(
      Object.entries(storySettings(this.#short)).filter(([key]) => !named.includes(key)),
    );
  }

  /** Whether the current run has this experiment, apart from its images. */
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

  /** Opens a run on images of this source, if they are available. */
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

  #open(images: Images, onOpened?: () => void): void {
    const experiment = this.#controls.read();
    if (experiment === undefined) {
      // A control is invalid and has the focus now.
      if (this.#state.phase === "loading") this.#set({ ...this.#state, phase: "failed" });
      return;
    }
    this.#requested = { ...experiment, data: dataName(images) };
    const request = this.#addRequest(images, onOpened);
    const nearest = this.#link !== undefined;
    this.#worker.send({ type: "open", experiment: this.#requested, files: images.files, nearest, request });
  }

  /** Adds a pending request and returns its number, which the worker's answer will carry. */
  #addRequest(images: Images, onOpened?: () => void): number {
    const request = ++this.#generation;
    this.#requests.push({ request, images, onOpened });
    this.#showOpening();
    return request;
  }

  #showOpening(): void {
    this.#set({ ...this.#state, phase: "opening", reading: undefined, error: undefined });
  }

  #sendStop(): void {
    const { description, step } = this.#state;
    const steps = (this.#stopAfter ?? Infinity) * (description?.steps_per_epoch ?? 1);
    this.#stopAt(step + Math.ceil(steps));
  }

  /** Has the run stop at the reader's own stop or the chapter's, whichever comes first. */
  #stopAt(own: number): void {
    const hold = this.#hold !== null && this.#hold > this.#state.step ? this.#hold : Infinity;
    const step = Math.min(own, hold);
    this.#worker.send({ type: "stop-at", step: step === Infinity ? null : step });
  }

  #set(state: State, message?: FromWorker): void {
    const before = this.#state;
    this.#state = state;
    this.#observer.changed(state, before, message);
  }
}
