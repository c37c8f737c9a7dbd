import type { Chapter } from "../chapter";
import type { ChapterName } from "../table";
import { batch } from "./batch";
import { beta } from "./beta";
import { branch } from "./branch";
import { buffers } from "./buffers";
import { decay } from "./decay";
import { labels } from "./labels";
import { noise } from "./noise";
import { outlier } from "./outlier";
import { remember } from "./remember";
import { shake } from "./shake";

/** The chapters by their names. */
export const chapters: Record<ChapterName, Chapter> = {
  shake,
  remember,
  noise,
  outlier,
  beta,
  decay,
  branch,
  labels,
  buffers,
  batch,
};
