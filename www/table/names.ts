import { t } from "../i18n";

/** The data set's name, which says so if the images are synthetic. */
export function datasetName(dataset: { name: string; synthetic: boolean }): string {
  return dataset.synthetic ? t("table.synthetic") : dataset.name;
}

/** The adapter's name, marked if it is a software adapter. */
export function adapterName(adapter: { name: string; software: boolean }): string {
  const says = !adapter.software || /software/i.test(adapter.name);
  return says ? adapter.name : `${adapter.name} (${t("status.software")})`;
}
