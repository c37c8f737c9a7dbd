import { createCharts } from "../charts";
import { byId } from "../dom";
import { copyRow } from "../panels/copy";
import { FiltersPart } from "../panels/filters/filters";
import { PredictionsPart } from "../panels/predictions/predictions";
import type { Part, PartContext } from "../part";
import type { State } from "../state";
import { csv, json, markdown } from "../table/export";
import { renderSummary } from "../table/summary";
import type { OpenView, Page } from "../views/page";
import { PicturePart } from "./picture";
import { shelf } from "./shelf";
import { SpeedPart } from "./speed";
import "./style.css";

const element = (id: string): HTMLElement => byId(id, HTMLElement);

/** The laboratory: every chart and table of the run. */
export function open({ conductor, send, followed }: Page): OpenView {
  element("summary-copy").append(
    copyRow([
      { label: "copy.markdown", what: () => "Markdown", text: () => markdown(conductor.state) },
      { label: "copy.csv", what: () => "CSV", text: () => csv(conductor.state) },
      { label: "copy.json", what: () => "JSON", text: () => json(conductor.state) },
    ]),
  );
  const charts = createCharts((probes) => {
    followed.set("path", probes);
  });
  const picture = new PicturePart(element("part-picture"), send);
  const parts = element("parts");
  parts.prepend(shelf(parts));
  return {
    parts: [
      ...charts.parts,
      new FiltersPart(element("part-filters"), send),
      new PredictionsPart(element("part-predictions"), send),
      picture,
      new SpeedPart(element("part-speed"), send),
      new Summary(),
    ],
    dropped: (files) => picture.dropped(files),
    chart: () => charts.accuracy.data(),
  };
}

/** The table of claims and measurements. */
class Summary implements Part {
  #shown: unknown[] = [];

  render(state: State, { dark }: PartContext): void {
    const now = [state.points, state.description, dark];
    if (now.every((value, k) => value === this.#shown[k])) return;
    this.#shown = now;
    renderSummary(byId("summary", HTMLTableElement), element("summary-notes"), state, dark);
  }

  rebuild(): void {
    this.#shown = [];
  }
}
