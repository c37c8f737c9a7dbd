import type { Lesson } from "../lesson";
import { batch } from "./batch";
import { beta } from "./beta";
import { buffers } from "./buffers";
import { decay } from "./decay";
import { labels } from "./labels";
import { noise } from "./noise";
import { outlier } from "./outlier";

/** The lessons in the recommended order. */
export const lessons: readonly Lesson[] = [noise, outlier, beta, decay, labels, buffers, batch];
