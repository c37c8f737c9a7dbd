/** The side of the network's input. */
export const SIDE = 32;

/** The largest square in the middle of a picture of this size. */
export function middleSquare(width: number, height: number): { x: number; y: number; side: number } {
  const side = Math.min(width, height);
  return { x: Math.floor((width - side) / 2), y: Math.floor((height - side) / 2), side };
}

/** Red, then green, then blue of pixels in RGBA, as in a record of CIFAR-10; what is transparent is white. */
export function planar(rgba: Uint8ClampedArray): Uint8Array<ArrayBuffer> {
  const pixels = rgba.length / 4;
  return Uint8Array.from({ length: 3 * pixels }, (_, at) => {
    const [colour, pixel] = [Math.floor(at / pixels), at % pixels];
    const opacity = (rgba[4 * pixel + 3] ?? 0) / 255;
    return Math.round(255 + opacity * ((rgba[4 * pixel + colour] ?? 0) - 255));
  });
}

/** The middle of a picture at the size of the network's input. Rejects if the browser cannot read it. */
export async function reduced(source: Blob | HTMLVideoElement): Promise<ImageData> {
  const whole = await createImageBitmap(source);
  const { x, y, side } = middleSquare(whole.width, whole.height);
  const small = await createImageBitmap(whole, x, y, side, side, {
    resizeWidth: SIDE,
    resizeHeight: SIDE,
    resizeQuality: "high",
  });
  whole.close();
  const context = new OffscreenCanvas(SIDE, SIDE).getContext("2d");
  if (context === null) throw new Error("no canvas");
  context.drawImage(small, 0, 0);
  small.close();
  return context.getImageData(0, 0, SIDE, SIDE);
}
