/** A JSON value. Everything that crosses a workflow boundary is one: no Dates, no class instances, no `undefined` in arrays. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };
