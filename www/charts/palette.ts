/**
 * Colours and dashes of the series. The hues can be told apart with the common kinds of colour blindness (after Okabe &
 * Ito), darkened or lightened to a contrast of 4.5:1 as text; the dashes distinguish series without colour.
 */
interface Style {
  light: string;
  dark: string;
  /** Lengths of dash and gap in CSS pixels; empty for a solid line. */
  dash: number[];
}

const raw: Style = { light: "#5d6975", dark: "#9aa8b5", dash: [] };

const averages: readonly Style[] = [
  { light: "#a15c00", dark: "#f0a63c", dash: [2, 3] },
  { light: "#0063a6", dark: "#5fb4f2", dash: [] },
  { light: "#00755a", dark: "#2fc79c", dash: [9, 4] },
  { light: "#a33f80", dark: "#e58fc4", dash: [9, 3, 2, 3] },
  { light: "#bb3a05", dark: "#ff8a5c", dash: [4, 3] },
  { light: "#3d6f86", dark: "#8cc8dc", dash: [14, 4] },
  { light: "#6448a8", dark: "#b3a0f0", dash: [14, 3, 2, 3, 2, 3] },
  { light: "#6c6300", dark: "#d3c84a", dash: [6, 2] },
];

export interface SeriesStyle {
  colour: string;
  dash: number[];
  width: number;
}

function styleOf(index: number): Style {
  return index === 0 ? raw : (averages[(index - 1) % averages.length] ?? raw);
}

/** The style of a method by its place in the bank: 0 is the raw weights. */
export function seriesStyle(index: number, dark: boolean): SeriesStyle {
  const style = styleOf(index);
  return { colour: dark ? style.dark : style.light, dash: style.dash, width: index === 0 ? 1.25 : 2 };
}

/** The colour of a method for the document, which follows the theme without being drawn again. */
export function seriesColour(index: number): string {
  const { light, dark } = styleOf(index);
  return `light-dark(${light}, ${dark})`;
}

/** The style of training measurements: less prominent than the methods. */
export function trainingStyle(dark: boolean): SeriesStyle {
  return { colour: dark ? "#b7a48f" : "#7d6a58", dash: [], width: 0.8 };
}
