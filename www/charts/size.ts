/** The size of a figure, and whether there is room for labels next to its lines. */
export interface Size {
  width: number;
  height: number;
  wide: boolean;
  /** The page's font size relative to the usual one; a presentation's is larger. */
  scale: number;
}

/** The smallest distance of two labels' lines, in pixels. */
export const LABEL = 18;
