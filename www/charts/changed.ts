/** Whether any of the values given is another than at the call before; for parts that draw only what is new. */
export function watcher(): (...values: unknown[]) => boolean {
  let before: unknown[] | undefined;
  return (...values) => {
    const same =
      before?.length === values.length && values.every((value, k) => Object.is(value, before?.[k]));
    before = values;
    return !same;
  };
}
