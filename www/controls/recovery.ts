import type { AddressRead, Conductor } from "../conductor";
import type { Adjustment } from "../engine";
import { isMessage, locale, number, t } from "../i18n";
import type { FromWorker, StorageFailure } from "../protocol";
import { datasetName } from "../table/names";
import type { SavedRun, Vault } from "../vault";
import { settingName } from "./control";
import type { Messages } from "./messages";

/** The tab that holds this lock stores its run in the browser. */
const LOCK = "emascope.saved-run";

/** The members of the conductor that recovery uses. */
type Used = "state" | "images" | "resumeSaved" | "goBack" | "store" | "load" | "loadSubset";

/** Explains what happened to an interrupted run, and offers ways to continue. */
export class Recovery {
  readonly #conductor: Pick<Conductor, Used>;
  readonly #messages: Pick<Messages, "show" | "hide">;
  readonly #vault: Vault;
  #owner = false;
  #lost = false;

  constructor(conductor: Pick<Conductor, Used>, messages: Pick<Messages, "show" | "hide">, vault: Vault) {
    this.#conductor = conductor;
    this.#messages = messages;
    this.#vault = vault;
  }

  /** Makes this tab the one that stores its run, unless another tab does, and offers the stored run. */
  async begin(): Promise<void> {
    // Missing outside secure contexts, where there is no WebGPU either.
    if (!("locks" in navigator)) {
      await this.#own();
      return;
    }
    const alone = await this.#hold({ ifAvailable: true });
    if (alone) {
      await this.#own();
      return;
    }
    this.#messages.show("other-tab", {
      tone: "warning",
      title: () => t("message.other-tab"),
      details: () => [t("message.other-tab.more")],
      closed: () => undefined,
    });
    await this.#hold({});
    this.#messages.hide("other-tab");
    this.#owner = true;
    this.#conductor.store(true);
  }

  /** Takes the lock until the tab is closed. Resolves with false if another tab has it. */
  #hold(options: LockOptions): Promise<boolean> {
    return new Promise((resolve) => {
      navigator.locks
        .request(LOCK, options, (lock) => {
          resolve(lock !== null);
          return lock === null ? undefined : new Promise(() => undefined);
        })
        .catch(() => {
          resolve(true);
        });
    });
  }

  async #own(): Promise<void> {
    this.#owner = true;
    await this.#offerKept();
    // The stored run stays until there is a newer one.
    this.#conductor.store(true);
  }

  async #offerKept(): Promise<void> {
    // If the browser forbids storage, storing reports that.
    const saved = await this.#vault.read().catch(() => undefined);
    if (saved !== undefined && this.#conductor.state.step === 0) this.#offer(saved);
  }

  #offer(saved: SavedRun): void {
    const { description, experiment, step, savedAt } = saved;
    this.#messages.show("kept", {
      tone: "note",
      title: () => t("message.kept", { step: number(step), total: number(description.total_steps) }),
      details: () => [
        t("message.kept.more", {
          time: when(savedAt),
          network: String(experiment.preset),
          data: datasetName(description.dataset),
        }),
      ],
      actions: [
        {
          label: () =>
            step < description.total_steps
              ? t("message.continue", { step: number(step) })
              : t("message.show"),
          primary: true,
          run: () => {
            void this.#takeUp(saved);
          },
        },
        {
          label: "message.discard",
          run: () => {
            this.#messages.hide("kept");
            // A run that was trained in the meantime has replaced it; that one stays.
            if (this.#conductor.state.savedStep === undefined) this.#vault.clear().catch(() => undefined);
          },
        },
      ],
    });
  }

  async #takeUp(saved: SavedRun): Promise<void> {
    this.#messages.hide("kept");
    // If the images have to be chosen first, the reader continues from there.
    if (!(await this.#conductor.resumeSaved(saved))) this.#offer(saved);
  }

  /** The parts of the page's address that were adjusted or left out. */
  addressRead({ complaints }: AddressRead): void {
    if (complaints.length === 0) {
      this.#messages.hide("address");
      return;
    }
    this.#messages.show("address", {
      tone: "warning",
      title: () => t("message.address"),
      details: () => complaints.map(complaint),
      closed: () => undefined,
    });
  }

  subsetUnavailable(): void {
    this.#messages.show("subset", {
      tone: "warning",
      title: () => t("message.no-subset"),
      details: () => [t("message.no-subset.more")],
      actions: [
        {
          label: "message.no-subset.again",
          primary: true,
          run: () => {
            this.#messages.hide("subset");
            void this.#conductor.loadSubset();
          },
        },
        {
          label: "message.no-subset.drawn",
          run: () => {
            this.#conductor.load(undefined);
          },
        },
      ],
      closed: () => undefined,
    });
  }

  filesUnavailable(): void {
    this.#messages.show("own-file", {
      tone: "warning",
      title: () => t("message.own-file"),
      details: () => [t("message.own-file.more")],
      closed: () => undefined,
    });
  }

  observe(message: FromWorker | undefined): void {
    switch (message?.type) {
      case "opened":
        this.#messages.hide("subset");
        this.#messages.hide("diverged");
        this.#messages.hide("restored");
        if (this.#conductor.images.source === "file") this.#messages.hide("own-file");
        if (message.reason === "restored") this.#restored(message.snapshot.step);
        // The engine is lost, but the stored state of the run is left.
        if (this.#lost && this.#owner) void this.#offerKept();
        this.#lost = false;
        break;
      case "diverged":
        this.#diverged(message.step, message.good);
        break;
      case "not-stored":
        if (message.failure === null) this.#messages.hide("not-stored");
        else this.#notStored(message.failure);
        break;
      case undefined:
      case "ready":
      case "read":
      case "log":
      case "script":
      case "snapshot":
      case "changed":
      case "test-images":
      case "test-labels":
      case "checkpoint":
      case "exported":
      case "surveyed":
      case "measured":
      case "state-saved":
      case "recovering":
      case "reading":
      case "files-stored":
      case "files-not-stored":
      case "processor-measured":
        break;
      case "failed":
        this.#lost ||= message.lost;
        break;
    }
  }

  #restored(step: number): void {
    this.#messages.show("restored", {
      tone: "note",
      title: () => t("message.restored"),
      details: () => [t("message.restored.more", { step: number(step) })],
      closed: () => undefined,
    });
  }

  #diverged(step: number, good: number): void {
    const { experiment } = this.#conductor.state;
    this.#messages.show("diverged", {
      tone: "bad",
      title: () => t("message.diverged", { step: number(step) }),
      details: () => [
        t("message.diverged.more", {
          lr: `${settingName("lr")} ${String(experiment?.lr)}`,
          warmup: `${settingName("warmup_steps")} ${String(experiment?.warmup_steps)}`,
        }),
      ],
      actions: [
        {
          label: () => (good > 0 ? t("message.go-back", { step: number(good) }) : t("message.go-back.start")),
          primary: true,
          run: () => {
            this.#conductor.goBack();
          },
        },
      ],
    });
  }

  #notStored({ reason, error }: StorageFailure): void {
    this.#messages.show("not-stored", {
      tone: "warning",
      title: () => t(`message.not-stored.${reason}`),
      details: () => [t("message.not-stored.more"), t("message.not-stored.error", { error })],
      closed: () => undefined,
    });
  }
}

/** A sentence about the adjustment of one key of a link, with the reason. */
function complaint({ key, value, to, because, known }: Adjustment): string {
  const list = new Intl.ListFormat(locale(), { type: "disjunction" });
  const values = { key: settingName(key), value, to: to ?? "", known: list.format(known) };
  if (because === "unknown-key" && known.length === 0) return t("message.address.unknown-key.unlike", values);
  const leftOut = `message.address.${because}.left-out`;
  return to === null && isMessage(leftOut) ? t(leftOut, values) : t(`message.address.${because}`, values);
}

/** A date and time in the reader's language. */
function when(time: number): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(time);
}
