/** What a part of a status may hold at most, from its schema. */
export interface Bounds {
  /** Of a text, characters. */
  length?: number;
  /** Of a whole number. */
  least?: number;
  /** Of a whole number, or how many items. */
  most?: number;
  items?: Bounds;
  fields?: Readonly<Record<string, Bounds>>;
}
