import type { Content } from "./content";

/** The parts of a chart's appearance that are not its content. */
export interface ChartView {
  width: number;
  height: number;
  /** Size of everything drawn; 1 is for text of 12 pixels. */
  scale: number;
  colours: Colours;
  isShown(key: string): boolean;
}

export interface Colours {
  ink: string;
  muted: string;
  grid: string;
  line: string;
  card: string;
  warn: string;
  accent: string;
}

export function coloursOf(element: Element): Colours {
  const css = getComputedStyle(element);
  const colour = (name: keyof Colours): string => css.getPropertyValue(`--${name}`).trim();
  return {
    ink: colour("ink"),
    muted: colour("muted"),
    grid: colour("grid"),
    line: colour("line"),
    card: colour("card"),
    warn: colour("warn"),
    accent: colour("accent"),
  };
}

const FAMILY = 'system-ui, "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif';

/** A canvas font; uPlot reads whole pixels only. */
export function font(size: number, weight = 400): string {
  return `${weight} ${Math.round(size)}px ${FAMILY}`;
}

let ruler: CanvasRenderingContext2D | null | undefined;

/** Width of a text in CSS pixels. */
export function textWidth(text: string, of: string): number {
  ruler ??= document.createElement("canvas").getContext("2d");
  if (ruler == null) return 0;
  ruler.font = of;
  return ruler.measureText(text).width;
}

/** The titles of both axes do not fit next to each other. */
export function isCrowded(
  { y, right }: Content,
  { width, scale }: Pick<ChartView, "width" | "scale">,
): boolean {
  if (right === undefined) return false;
  const text = font(12 * scale);
  return textWidth(y.title, text) + textWidth(right.title, text) + 16 * scale > width;
}
