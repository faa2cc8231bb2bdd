import type { TensorFlowBinding } from "../native/binding.ts";

/**
 * The native module with some of its functions replaced.
 *
 * @param binding - The module, which stays as it is.
 * @param functions - What is called in place of its own.
 * @returns All of it.
 */
export function wrapBinding(binding: TensorFlowBinding, functions: Partial<TensorFlowBinding>): TensorFlowBinding {
  // Its properties are read only, so they are defined anew and not assigned.
  return Object.create(binding, Object.getOwnPropertyDescriptors(functions)) as TensorFlowBinding;
}
