/** Sentences about where the page comes from: a version kept offline, a run recorded elsewhere. */
export const en = {
  "update.ready": "A newer version of this page is ready. Reloading starts it.",
  "update.reload": "Reload",

  "replay.title": "Recorded run",
  "replay.NoWebGpu":
    "This browser has no WebGPU, so nothing trains here. What plays is a run made on {adapter} by the command line ({program}).",
  "replay.NoAdapter":
    "This browser found no graphics adapter, so nothing trains here. What plays is a run made on {adapter} by the command line ({program}).",
  "replay.fixed": "It is played as it was recorded: its settings cannot be changed.",
  "replay.retry": "Try WebGPU again",
};

export const zh: Record<keyof typeof en, string> = {
  "update.ready": "本页面有新版本，重新加载后生效。",
  "update.reload": "重新加载",

  "replay.title": "录制的运行",
  "replay.NoWebGpu":
    "此浏览器不支持 WebGPU，因此这里不进行训练。正在回放的是命令行程序（{program}）在 {adapter} 上完成的一次运行。",
  "replay.NoAdapter":
    "此浏览器没有找到图形适配器，因此这里不进行训练。正在回放的是命令行程序（{program}）在 {adapter} 上完成的一次运行。",
  "replay.fixed": "回放的内容与录制时完全一致，设置无法更改。",
  "replay.retry": "再试一次 WebGPU",
};
