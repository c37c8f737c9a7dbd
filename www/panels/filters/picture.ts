import { html } from "../../dom";
import { type Shape, grid, tile } from "./tiles";

/** Kernels on a canvas, with a name above and a caption beneath. */
export class Picture {
  readonly element: HTMLElement;
  readonly canvas = html("canvas", { class: "pixels", role: "img" });
  readonly caption = html("figcaption", { class: "about" });
  readonly swatch = html("span");

  constructor(name: string, title: HTMLElement) {
    this.element = html(
      "figure",
      { class: "filters-picture", "data-picture": name },
      html("div", { class: "filters-name" }, this.swatch, title),
      this.canvas,
      this.caption,
    );
  }

  /** Draws the kernels; `scale` is the value of full brightness. */
  paint(values: Float32Array, shape: Shape, scale: number): void {
    const available = this.element.clientWidth;
    const context = this.canvas.getContext("2d");
    if (available === 0 || context === null) return;
    const ratio = devicePixelRatio;
    const { columns, pixel, gap, width, height } = grid(shape, available, ratio);
    const { canvas } = this;
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
      canvas.style.width = `${width / ratio}px`;
      canvas.style.height = `${height / ratio}px`;
    }
    context.imageSmoothingEnabled = false;
    const [outputs, , kernelHeight, kernelWidth] = shape;
    const small = new OffscreenCanvas(kernelWidth, kernelHeight);
    const smallContext = small.getContext("2d");
    for (let output = 0; output < outputs; output++) {
      const image = new ImageData(tile(values, shape, output, scale), kernelWidth, kernelHeight);
      smallContext?.putImageData(image, 0, 0);
      const x = (output % columns) * (kernelWidth * pixel + gap);
      const y = Math.floor(output / columns) * (kernelHeight * pixel + gap);
      context.drawImage(small, x, y, kernelWidth * pixel, kernelHeight * pixel);
    }
  }
}
