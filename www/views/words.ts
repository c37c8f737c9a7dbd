import { words } from "../words";

export const t = words({
  en: {
    views: "Views",
    story: "Story",
    laboratory: "Laboratory",
    runs: "Runs",
    training: "Your training",
    title: "{view} — Emascope",
    menu: "Menu",
    "menu.view": "Menu, {view}",
    theme: "Dark colours",
    glossary: "Glossary",
    share: "Link and embed",
    present: "Present",
    keys: "Keys",
    failed: "This view could not be loaded.",
    "failed.more":
      "Is the connection there? Reload the page to try again; a run that was saved can be continued.",
  },
  zh: {
    views: "视图",
    story: "故事",
    laboratory: "实验室",
    runs: "历次训练",
    training: "你的训练",
    title: "{view} — Emascope",
    menu: "菜单",
    "menu.view": "菜单，{view}",
    theme: "深色",
    glossary: "术语表",
    share: "链接与嵌入",
    present: "演示",
    keys: "快捷键",
    failed: "这个视图没能载入。",
    "failed.more": "请检查网络连接，然后重新载入页面；已保存的训练可以继续。",
  },
});
