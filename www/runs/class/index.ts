import "./style.css";

export { ClassResults } from "./view";
