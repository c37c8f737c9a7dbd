import { type Adapter, isProcessor } from "../engine";
import { t } from "../i18n";

/** The data set's name, which says so if the images are synthetic. */
export function datasetName(dataset: { name: string; synthetic: boolean }): string {
  return dataset.synthetic ? t("table.synthetic") : dataset.name;
}

/** The adapter's name, marked if it is a software adapter or stands for the processor. */
export function adapterName(adapter: Adapter): string {
  if (isProcessor(adapter)) return t("status.processor", { name: adapter.name });
  const says = !adapter.software || /software/i.test(adapter.name);
  return says ? adapter.name : `${adapter.name} (${t("status.software")})`;
}
