/** What a peer runs on, in words. */

/** The adapter that each WebGPU peer asks for. */
export async function webgpu() {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) throw new Error("this Chromium has no WebGPU adapter");
  const { description, vendor, architecture } = adapter.info;
  return description || `${vendor} ${architecture}`;
}

export function webgl() {
  const gl = new OffscreenCanvas(1, 1).getContext("webgl2");
  if (gl === null) throw new Error("this Chromium has no WebGL");
  const named = gl.getExtension("WEBGL_debug_renderer_info");
  return String(gl.getParameter(named?.UNMASKED_RENDERER_WEBGL ?? gl.RENDERER));
}

/** @param {number} threads */
export const processor = (threads) => `processor, ${threads} ${threads === 1 ? "thread" : "threads"}`;
