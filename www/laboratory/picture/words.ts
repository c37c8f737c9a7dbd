import { words } from "../../words";

export const t = words({
  en: {
    title: "Your own picture",
    about:
      "The network sees your picture at every test: what do the raw weights take it for, and what does their average? It is cropped to a square and reduced to 32×32 pixels, as the training images are. It does not leave this tab.",
    choose: "Choose a picture…",
    camera: "Use the camera",
    shoot: "Take it",
    cancel: "Cancel",
    remove: "Remove",
    hint: "You can also drop or paste one.",
    picture: "Your picture, 32×32 pixels",
    video: "What the camera sees",
    unread: "{name} is not a picture that this browser can read. PNG, JPEG and WebP work everywhere.",
    "no-camera": "The camera cannot be used: {why}",
    recorded: "A recorded run has no weights to classify with.",
    waiting: "The first answer comes when the run is ready.",
    class: "Class",
    table: "How likely each class is, in percent",
    both: "After step {step}, the raw weights say {raw} ({rawShare} %), and {name} says {average} ({averageShare} %).",
    alone: "After step {step}, the weights say {raw} ({rawShare} %).",
    closed:
      "It knows only these ten classes, so it names one of them whatever it is shown, and its percentages say how it decides, not how often it is right.",
  },
  zh: {
    title: "你自己的图片",
    about:
      "每次测试时，网络都会看一眼你的图片：原始权重把它看成什么，权重的平均又看成什么？图片会裁成正方形并缩小到 32×32 像素，与训练图像一样。它不会离开这个标签页。",
    choose: "选择图片…",
    camera: "使用摄像头",
    shoot: "拍照",
    cancel: "取消",
    remove: "移除",
    hint: "也可以把图片拖进来或粘贴。",
    picture: "你的图片，32×32 像素",
    video: "摄像头画面",
    unread: "{name} 不是本浏览器能读取的图片。PNG、JPEG 和 WebP 在任何浏览器里都可以。",
    "no-camera": "无法使用摄像头：{why}",
    recorded: "录制的训练没有权重，无法分类。",
    waiting: "训练就绪后给出第一个答案。",
    class: "类别",
    table: "每个类别的概率（百分比）",
    both: "第 {step} 步之后，原始权重认为是{raw}（{rawShare} %），{name} 认为是{average}（{averageShare} %）。",
    alone: "第 {step} 步之后，权重认为是{raw}（{rawShare} %）。",
    closed:
      "网络只认识这十个类别，无论看到什么都会说出其中之一；百分比表示它如何判断，而不是它有多常判断正确。",
  },
});
