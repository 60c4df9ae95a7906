export { openCatalogThread, type Catalog } from "./catalog.ts";
export type { Following } from "./messages.ts";
export type { RequestPage } from "./requests.ts";
