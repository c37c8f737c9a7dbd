/** Sentences about where the page comes from: a version kept offline, a run recorded elsewhere. */
export const en = {
  "update.ready": "A newer version of this page is ready. Reload to use it.",
  "update.reload": "Reload",

  "replay.title": "Recorded run",
  "replay.NoWebGpu":
    "This browser has no WebGPU, so the page cannot train on a graphics adapter here. It plays a run recorded on {adapter} with the command line ({program}).",
  "replay.NoAdapter":
    "This browser found no graphics adapter, so the page cannot train on one here. It plays a run recorded on {adapter} with the command line ({program}).",
  "replay.fixed": "The settings of a recorded run cannot be changed.",
  "replay.retry": "Try WebGPU again",
};

export const zh: Record<keyof typeof en, string> = {
  "update.ready": "本页面有新版本，重新加载后生效。",
  "update.reload": "重新加载",

  "replay.title": "录制的运行",
  "replay.NoWebGpu":
    "此浏览器不支持 WebGPU，无法在这里用图形适配器训练。正在播放的是用命令行（{program}）在 {adapter} 上录制的一次运行。",
  "replay.NoAdapter":
    "此浏览器没有找到图形适配器，无法在这里用它训练。正在播放的是用命令行（{program}）在 {adapter} 上录制的一次运行。",
  "replay.fixed": "录制的运行无法更改设置。",
  "replay.retry": "重试 WebGPU",
};
