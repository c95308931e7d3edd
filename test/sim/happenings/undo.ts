/** Takes back what lasts for a while. */
export type Undo = () => void;
