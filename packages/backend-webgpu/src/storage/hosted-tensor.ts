import { UnsupportedOpError } from "@rowan/api";
import type { DType } from "@rowan/api";
import { GpuTensor } from "./gpu-tensor.ts";
import type { Block } from "./gpu-tensor.ts";
import type { HostedRows } from "./hosted-rows.ts";

/** A tensor for which the device has no room: its rows lie on the host, and those in use in a cache on the device. */
export class HostedTensor extends GpuTensor {
  readonly rows: HostedRows;
  /** `[capacity, width]` on the device. */
  cache: GpuTensor;
  /** A write-back is on its way. */
  isWritingBack = false;

  constructor(dtype: DType, rows: HostedRows, cache: GpuTensor) {
    super(dtype, rows.values.length, [], false);
    this.rows = rows;
    this.cache = cache;
  }

  /** It has none: what asks for them works with whole tensors. */
  override get blocks(): readonly Block[] {
    throw new UnsupportedOpError(
      `This operation takes a tensor as a whole, and the device has no room for it. Received: ${this.length} elements of ${this.dtype}, kept on the host. Look rows up and update rows, which works with tables of any size; use \`sparseUpdate: "exact"\` or "lazy"; quantize the table; or raise \`memoryBytes\`.`,
    );
  }
}
