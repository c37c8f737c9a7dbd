const PIXELS = 32 * 32;
const RECORD = 1 + 3 * PIXELS;

/**
 * Records in CIFAR-10's binary layout: a label, then the planes red, green, blue. Each class has a colour of its own
 * with a gradient over it, so that a network has something to learn.
 */
export function cifarRecords(count: number, offset = 0): Buffer {
  const bytes = Buffer.alloc(count * RECORD);
  for (let record = 0; record < count; record++) {
    const label = (record + offset) % 10;
    const start = record * RECORD;
    bytes[start] = label;
    for (let plane = 0; plane < 3; plane++) {
      for (let pixel = 0; pixel < PIXELS; pixel++) {
        const shade = (label * (37 + 61 * plane)) % 200;
        const noise = ((record * 7919 + pixel * 104729 + plane * 1299709) >>> 3) % 32;
        bytes[start + 1 + plane * PIXELS + pixel] = shade + noise + ((pixel % 32) >> 2);
      }
    }
  }
  return bytes;
}
