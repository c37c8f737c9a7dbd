import { type ImageSource, sourceOf } from "./subset";

/** The source of a run's images. Synthetic images need no files. */
export interface Images {
  source: ImageSource;
  files: File[] | undefined;
}

/** The synthetic images. */
export const synthetic: Images = { source: "synthetic", files: undefined };

/** The images in these files. */
export function imagesOf(files: File[] | undefined): Images {
  return { source: sourceOf(files), files };
}

/** The value of `data` in an experiment on these images, which the command line reads from a checkpoint. */
export function dataName({ source, files }: Images): string {
  if (source !== "file") return source;
  return files?.length === 1 && files[0] !== undefined ? files[0].name : "cifar-10-batches-bin";
}
