import type { Client, ClientOptions } from "openapi-fetch";
import type { components, paths } from "./schema.js";

export type { components, operations, paths } from "./schema.js";

/** Shapes of the API by their names, for example `Schemas["LoanPage"]`. */
export type Schemas = components["schemas"];

/**
 * A client of the service at `baseUrl`. Its methods take a path of the API as it is described, and
 * answer `data`, or `error`: a problem document.
 */
export function connect(
  baseUrl: string,
  options?: Omit<ClientOptions, "baseUrl">,
): Client<paths>;
