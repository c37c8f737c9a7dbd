/** Stands in for the generated module's own declarations until the engine has been built. */
declare module "*/generated/emascope.js" {
  export default function init(options: { module_or_path: Response | ArrayBuffer }): Promise<unknown>;
}
