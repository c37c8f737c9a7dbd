import { words } from "../words";

/** The answers, by their questions. */
export const t = words({
  en: {
    beta: "β between {low} and {high}",
    "beta.one": "β {high}",
    "beta.kind": "{low} to {high}",
    "beta.more":
      "That is a memory of {from} to {to} steps, {share} of your run; {middle} is in the middle. Around it the accuracy changes little, so there are better things to tune first.",
    "beta.kind.more":
      "That is a memory of {share} of the run, {from} to {to} steps at its end; {middle} is in the middle. It suits runs of any length and batch size.",
    "beta.uniform": "Begin it at step {begin}",
    "beta.uniform.more":
      "An average with equal weights forgets nothing, so the early weights have to be left out. Stochastic weight averaging begins after three quarters of the run, at a high constant rate.",
    "beta.other.constant": "If the rate stayed constant: 5–10% of the run, {middle}.",
    "beta.other.decays":
      "If the rate decayed to zero: about 1% of the run, {middle}. The noise is smaller then, and there is less to average away.",
    "beta.half":
      "Half of it comes from the newest {half} steps. Of noise that is independent from step to step it leaves {noise}; real noise is correlated, so more is left.",

    "worse.start": "{share} of it is still the untrained start.",
    "worse.start.more":
      "That falls below 1% at step {n}. With a bias-corrected start there is none of it, from the first step on.",
    "worse.start.never": "With a bias-corrected start there is none of it, from the first step on.",
    "worse.long": "Its memory is too long for step {at}.",
    "worse.long.more":
      "It remembers about {memory} steps, {share} of the run so far, and {tenth} of it comes from the first tenth, when the network was worse. At most {longest} steps would suit: {beta}.",
    "worse.short": "It is not the memory: that is short.",
    "worse.short.more":
      "It remembers about {memory} steps, {share} of the run so far, so it is nearly the raw network and takes little noise away. It may be one of the causes below.",
    "worse.other": "It is not the memory: that suits.",
    "worse.other.more":
      "It remembers about {memory} steps, {share} of the run so far. It may be one of the causes below.",
    "worse.list":
      "Other causes: batch norm’s statistics are the raw network’s (average them too, or measure them anew before a test); the update comes before the optimizer’s step, or is left out in some steps; the average is kept in half precision; the rate has decayed, so that little noise is left to take away.",

    catchup: "After about {n} steps",
    "catchup.more":
      "By then 1% of the start is left in it, and at step {thousandth} a thousandth. From there on it lags by its memory, about {memory} steps; half of it is younger than {half}.",
    "catchup.now": "It need not: the start is not in it",
    "catchup.now.more":
      "It only lags by its memory, about {memory} steps; half of it is younger than {half}.",
    "catchup.late": "Not in this run",
    "catchup.late.more":
      "It takes {n} steps until only 1% of the start is left. Take a bias-corrected start or a shorter memory.",
    "catchup.never": "Hardly ever: it forgets nothing",

    accumulate: "Update it once per optimizer step",
    "accumulate.more":
      "A step is then {images} images, and β stays {beta}. If it were updated after each of the {k} batches, {between} of {k} updates would see weights that have not moved, and the same memory would need β {each}.",
    gpus: "β {scaled}",
    "gpus.more":
      "A step is now {images} images instead of {micro}, so the memory in steps is divided by {k}: β to the power of {k}. This assumes that the learning rate is scaled too, for Adam by the square root. After the optimizer’s step all GPUs hold the same weights, so each can make the same update without communication; save it from one.",
    "gpus.sharded":
      "Not so with FSDP, where each GPU holds a shard of the weights. It averages its own shard, which needs no communication either: shard a second network in the same way and update it with v.lerp_(w, 1 − β). PyTorch’s AveragedModel copies the network, which FSDP does not allow. To save the average, gather its shards.",
    batch: "β {scaled}",
    "batch.more":
      "The batch is κ = {kappa} times as large, and β^κ keeps the memory the same in images (Busbridge et al. 2023). This assumes that the learning rate is scaled too: by κ for SGD (Goyal et al. 2017), by √κ for Adam (Malladi et al. 2022).",
    "batch.any": "{average}, as before",
    "batch.any.more": "Its memory is a share of the run, whatever the batch size.",
    every: "β {scaled}",
    "every.more":
      "With one update every {every} steps, β to the power of {every} has the same memory, about {memory} steps. With β {beta} left as it is, the memory would be {every} times as long: {longer} steps.",
    resume: "Save the average and its count of updates",
    "resume.none":
      "With a plain start the count does not matter, but the average does: begun again from the raw weights, it takes {n} steps until only 1% of those is left.",
    "resume.lost":
      "If the count is lost, the start begins again: the next update takes {newest} of the newest weights, and the metric drops to that of the raw weights.",
    "resume.more": "Train on from the raw weights and the optimizer’s state, never from the average.",
    half: "Keep it in float32",
    "half.ok": "float32 is enough",
    "half.more":
      "An update adds {rate} of the distance between weight and average. In {precision} that is rounded away unless the two differ by more than {move} of the weight itself, so the average stands still.",
    "half.ok.more":
      "An update adds {rate} of the distance between weight and average; it is rounded away only where the two differ by less than {move} of the weight.",
    evaluate: "Evaluate both, save both, stop by the average",
    "evaluate.more":
      "The averages take {size} in float32, and one more pass over the weights per step. Deploy the average if it wins; train on from the raw weights. Early stopping by the raw metric often stops at noise that the average does not have.",
    start: "At once, with a bias-corrected start",
    "start.more": "It has nothing of the untrained weights, so waiting gains nothing.",
    "start.plain": "With a plain start, {share} of the first weights is left after {steps} steps.",
    "start.grows": "At once: its memory grows with the run",
    "start.grows.more": "{share} of the first weights is left after {steps} steps.",
    "start.uniform": "At step {n}: it forgets nothing",
  },
  zh: {
    beta: "β 取 {low} 到 {high}",
    "beta.one": "β 取 {high}",
    "beta.kind": "{low} 到 {high}",
    "beta.more":
      "也就是记住 {from} 到 {to} 步，占全程的 {share}；折中取 {middle}。在这附近准确率变化很小，不必先调它。",
    "beta.kind.more":
      "也就是记忆占全程的 {share}，结束时为 {from} 到 {to} 步；折中取 {middle}。训练多长、批多大都适用。",
    "beta.uniform": "从第 {begin} 步开始",
    "beta.uniform.more":
      "等权平均什么都不忘，所以要避开早期的权重。随机权重平均（SWA）在全程的四分之三处开始，用较高的恒定学习率。",
    "beta.other.constant": "如果学习率保持恒定：取全程的 5–10%，{middle}。",
    "beta.other.decays": "如果学习率衰减到零：取全程的 1% 左右，{middle}。那时噪声较小，可平均掉的也少。",
    "beta.half":
      "一半来自最近的 {half} 步。如果噪声各步独立，平均后只剩 {noise}；真实的噪声前后相关，会剩得更多。",

    "worse.start": "其中 {share} 还是没训练过的起点。",
    "worse.start.more": "到第 {n} 步才降到 1% 以下。用偏差校正起步，从第一步起就不含起点。",
    "worse.start.never": "用偏差校正起步，从第一步起就不含起点。",
    "worse.long": "对第 {at} 步来说，它的记忆太长。",
    "worse.long.more":
      "它记得最近约 {memory} 步，占已训练步数的 {share}；其中 {tenth} 来自最初的十分之一，那时网络还差。最多记 {longest} 步为宜，即 {beta}。",
    "worse.short": "不是记忆的问题：它很短。",
    "worse.short.more":
      "它只记得最近约 {memory} 步，占已训练步数的 {share}，几乎就是原始网络，去掉的噪声很少。原因可能在下面几条里。",
    "worse.other": "不是记忆的问题：长短合适。",
    "worse.other.more": "它记得最近约 {memory} 步，占已训练步数的 {share}。原因可能在下面几条里。",
    "worse.list":
      "其他原因：批归一化用的是原始网络的统计量（应一并平均，或在测试前重新测量）；更新放在了优化器步之前，或漏了一些步；平均以半精度保存；学习率已经衰减，没剩多少噪声可去。",

    catchup: "约 {n} 步之后",
    "catchup.more":
      "那时起点只剩 1%，到第 {thousandth} 步只剩千分之一。此后它只落后自己的记忆，约 {memory} 步；其中一半来自最近 {half}。",
    "catchup.now": "无须追赶：起点不在其中",
    "catchup.now.more": "它只落后自己的记忆，约 {memory} 步；其中一半来自最近 {half}。",
    "catchup.late": "这次训练里追不上",
    "catchup.late.more": "要 {n} 步之后，起点才只剩 1%。请用偏差校正起步，或缩短记忆。",
    "catchup.never": "几乎不会：它什么都不忘",

    accumulate: "每个优化器步更新一次",
    "accumulate.more":
      "这样一步就是 {images} 张图，β 仍为 {beta}。如果 {k} 个批次每个之后都更新，{k} 次里有 {between} 次权重并没有动；要保持同样的记忆，β 得取 {each}。",
    gpus: "β 取 {scaled}",
    "gpus.more":
      "现在一步是 {images} 张图，而不是 {micro} 张，以步计的记忆要除以 {k}：取 β 的 {k} 次方。前提是学习率也相应换算，Adam 乘以平方根。优化器步之后各 GPU 的权重相同，各自做同样的更新即可，不需要通信；由其中一块保存。",
    "gpus.sharded":
      "用 FSDP 时不同：每块 GPU 只有权重的一个分片，只平均自己的分片，同样不需要通信。按同样的方式切分第二个网络，用 v.lerp_(w, 1 − β) 更新它；PyTorch 的 AveragedModel 要复制网络，而 FSDP 不允许复制。保存平均时，再把分片收齐。",
    batch: "β 取 {scaled}",
    "batch.more":
      "批大小是原来的 κ = {kappa} 倍，β^κ 使以图像数计的记忆不变（Busbridge 等 2023）。前提是学习率也相应换算：SGD 乘以 κ（Goyal 等 2017），Adam 乘以 √κ（Malladi 等 2022）。",
    "batch.any": "{average}，不用改",
    "batch.any.more": "它的记忆是全程的一个比例，与批大小无关。",
    every: "β 取 {scaled}",
    "every.more":
      "每 {every} 步更新一次时，β 的 {every} 次方给出同样的记忆，约 {memory} 步。如果 β 仍取 {beta}，记忆会变成 {every} 倍，即 {longer} 步。",
    resume: "保存平均本身和它的更新次数",
    "resume.none":
      "普通起步时次数无关紧要，平均本身却不能丢：若从原始权重重新开始，要 {n} 步之后这部分才只剩 1%。",
    "resume.lost":
      "如果丢了次数，起步会重来：下一次更新就取最新权重的 {newest}，指标随之跌到原始权重的水平。",
    "resume.more": "继续训练要用原始权重和优化器状态，绝不要用平均。",
    half: "平均用 float32 保存",
    "half.ok": "float32 足够",
    "half.more":
      "每次更新只加上权重与平均之差的 {rate}。用 {precision} 时，除非两者相差超过权重本身的 {move}，这点更新就会被舍掉，平均纹丝不动。",
    "half.ok.more": "每次更新只加上权重与平均之差的 {rate}；只有两者相差不到权重的 {move} 时才会被舍掉。",
    evaluate: "两个都评测，两个都保存，按平均决定何时停",
    "evaluate.more":
      "这些平均以 float32 保存要占 {size}，每步还要多读写一遍权重。平均胜出就部署平均；继续训练用原始权重。按原始权重的指标早停，常常停在平均所没有的噪声上。",
    start: "马上开始，用偏差校正起步",
    "start.more": "它不含未训练的权重，等待没有好处。",
    "start.plain": "若用普通起步，{steps} 步之后，最初的权重还剩 {share}。",
    "start.grows": "马上开始：它的记忆随训练变长",
    "start.grows.more": "{steps} 步之后，最初的权重还剩 {share}。",
    "start.uniform": "从第 {n} 步开始：它什么都不忘",
  },
});
