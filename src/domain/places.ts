/**
 * Where within a cloud nodes of one flavor can be made: its availability zones, those that rest left out. A zone whose rest is over gets
 * one node at a time until one has joined; healthy ones share the rest, the emptiest first.
 */
import { placeOf, type PlanCloud } from './plan-types.ts';

interface Place {
  zone: string | undefined;
  /** How many more can be put there now. */
  left: number;
  /** Nodes there, planned ones included. */
  nodes: number;
}

/** What stands in a place already. */
export interface Standing {
  nodes: number;
  /** Of these, those that have not joined. */
  starting: number;
}

export class Places {
  readonly #places: Place[];
  readonly #taken: Place[] = [];

  /** `standing`: by `placeOf`. */
  constructor(cloud: PlanCloud, flavor: string, standing: ReadonlyMap<string, Standing>, now: number) {
    const zones = cloud.zones.length === 0 ? [undefined] : cloud.zones;
    this.#places = zones.map((zone) => {
      const place = placeOf(zone, flavor);
      const { nodes, starting } = standing.get(place) ?? { nodes: 0, starting: 0 };
      const rest = cloud.rests.get(place);
      const left = rest === undefined ? Infinity : rest.until > now ? 0 : Math.max(0, 1 - starting);
      return { zone, left, nodes };
    });
  }

  /** How many nodes can be put there now. */
  get left(): number {
    let left = 0;
    for (const place of this.#places) left += place.left;
    return left;
  }

  take(times: number): void {
    for (let n = 0; n < times; n++) {
      const place = this.#emptiest();
      if (!place) return;
      place.left -= 1;
      place.nodes += 1;
      this.#taken.push(place);
    }
  }

  /** The open place with the fewest nodes; of equals the first. */
  #emptiest(): Place | undefined {
    let best: Place | undefined;
    for (const place of this.#places) if (place.left > 0 && (!best || place.nodes < best.nodes)) best = place;
    return best;
  }

  release(times: number): void {
    for (const place of this.#taken.splice(Math.max(0, this.#taken.length - times))) {
      place.left += 1;
      place.nodes -= 1;
    }
  }

  /** The zones of the nodes taken, in the order in which they were. */
  zones(): (string | undefined)[] {
    return this.#taken.map(({ zone }) => zone);
  }
}
