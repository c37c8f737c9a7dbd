import type { Source } from "./hash";

/** Where `cargo xtask data` puts the prepared images, beside the page. */
const ADDRESS = "./data/cifar10-subset.bin";
const FOLDER = "cifar10-subset/";
/** A label and 32×32 pixels of three bytes. */
const RECORD = 3073;
/** Training images to each test image, as in the whole of CIFAR-10. */
const TRAIN_PARTS = 5;

/** Whether the page was built with the prepared images beside it; the build says so. */
declare const __SUBSET__: boolean | undefined;
export const hasSubset = typeof __SUBSET__ !== "undefined" && __SUBSET__;

/** The prepared images as the two files they are made from: training records first, then a sixth of test records. */
export async function fetchSubset(): Promise<File[]> {
  const response = await fetch(new URL(ADDRESS, document.baseURI));
  if (!response.ok) throw new Error(`${ADDRESS}: ${response.status}`);
  return split(await response.blob());
}

export function split(records: Blob): File[] {
  const count = Math.floor(records.size / RECORD);
  const train = Math.floor((count * TRAIN_PARTS) / (TRAIN_PARTS + 1)) * RECORD;
  return [
    new File([records.slice(0, train)], `${FOLDER}data_batch.bin`),
    new File([records.slice(train)], `${FOLDER}test_batch.bin`),
  ];
}

/** Whether these files are the prepared images. */
export function isSubset(files: readonly File[]): boolean {
  return files[0]?.name.startsWith(FOLDER) === true;
}

/** Where a run has its images from, by its files. */
export function sourceOf(files: readonly File[] | undefined): Source {
  if (files === undefined) return "synthetic";
  return isSubset(files) ? "subset" : "file";
}
