/** Calls back when the element becomes visible in a visible tab, and when it no longer is. */
export function onVisible(element: Element, change: (visible: boolean) => void): void {
  let inWindow = false;
  let before = false;
  const check = (): void => {
    const visible = inWindow && document.visibilityState === "visible";
    if (visible === before) return;
    before = visible;
    change(visible);
  };
  new IntersectionObserver((entries) => {
    inWindow = entries.at(-1)?.isIntersecting ?? false;
    check();
  }).observe(element);
  document.addEventListener("visibilitychange", check);
}
