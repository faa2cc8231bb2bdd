/** A learning rate that depends on the number of updates made so far. */
export interface LearningRateSchedule {
  /**
   * The learning rate of one update.
   *
   * @param step - The number of updates before this one: 0 at the first.
   * @returns The rate.
   */
  call(step: number): number;
}
