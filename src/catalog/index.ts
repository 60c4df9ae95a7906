export { openCatalogThread, type Catalog } from "./catalog.ts";
