/**
 * Moves labels apart so that each keeps `gap` from the next and all stay within [low, high], as near to where they
 * want to be as that allows. Returns the places in the order given.
 */
export function spread(wanted: readonly number[], gap: number, low: number, high: number): number[] {
  const order = wanted.map((place, index) => ({ place, index })).sort((a, b) => a.place - b.place);
  // Blocks of touching labels; each block sits at the mean of what its labels want.
  const blocks: { sum: number; count: number }[] = [];
  const start = (block: { sum: number; count: number }): number => {
    const centred = block.sum / block.count - (gap * (block.count - 1)) / 2;
    return Math.max(low, Math.min(centred, high - gap * (block.count - 1)));
  };
  for (const { place } of order) {
    let block = { sum: place, count: 1 };
    let above = blocks.at(-1);
    while (above !== undefined && start(above) + gap * above.count > start(block)) {
      block = { sum: above.sum + block.sum, count: above.count + block.count };
      blocks.pop();
      above = blocks.at(-1);
    }
    blocks.push(block);
  }
  const places = new Array<number>(wanted.length).fill(0);
  let next = 0;
  for (const block of blocks) {
    for (let k = 0; k < block.count; k++) {
      const item = order[next++];
      if (item !== undefined) places[item.index] = start(block) + gap * k;
    }
  }
  return places;
}
