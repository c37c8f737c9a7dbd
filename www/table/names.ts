import { t } from "../i18n";

/** The data set's name; synthetic images must not pass for CIFAR-10. */
export function datasetName(dataset: { name: string; synthetic: boolean }): string {
  return dataset.synthetic ? t("table.synthetic") : dataset.name;
}

/** The adapter's name, marked where the GPU is only imitated in software. */
export function adapterName(adapter: { name: string; software: boolean }): string {
  const says = !adapter.software || /software/i.test(adapter.name);
  return says ? adapter.name : `${adapter.name} (${t("status.software")})`;
}
