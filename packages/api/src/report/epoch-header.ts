/**
 * The line above the bar of an epoch. Keras prints none where there is one epoch only, as in `evaluate` and `predict`.
 *
 * @param epoch - The epoch, from 0.
 * @param epochs - How many there are.
 * @returns `Epoch 1/5` and the end of the line, or an empty text.
 */
export function epochHeader(epoch: number, epochs: number): string {
  return epochs > 1 ? `Epoch ${epoch + 1}/${epochs}\n` : "";
}
