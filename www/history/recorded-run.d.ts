/** A module that `serving/excerpt.ts` makes when the page is built: an `Excerpt` as JSON. */
declare module "virtual:recorded-run" {
  const json: string;
  export default json;
}
