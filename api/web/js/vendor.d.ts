/** What the packed libraries offer that come without types. */

declare module "topojson-client/feature" {
  export default function feature(topology: unknown, object: unknown): any;
}

declare module "topojson-client/mesh" {
  export default function mesh(topology: unknown, object: unknown, filter?: (a: any, b: any) => boolean): any;
}
