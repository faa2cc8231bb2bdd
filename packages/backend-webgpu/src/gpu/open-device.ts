import { BackendUnavailableError } from "@rowan/api";

/** A device with what is known about it. */
export interface OpenDevice {
  readonly device: GPUDevice;
  /** What the adapter says about itself, with empty texts where it says nothing. */
  readonly info: AdapterText;
  /** The processor plays the GPU (SwiftShader, lavapipe, WARP). */
  readonly software: boolean;
  /** Its names in one line. */
  readonly adapter: string;
  readonly hasSubgroups: boolean;
}

/** Names of an adapter. */
export interface AdapterText {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
}

/** The limits that kernels profit from. Everything else stays at the default, which every device has. */
const wantedLimits = [
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupsPerDimension",
  "maxComputeWorkgroupStorageSize",
  "maxComputeWorkgroupSizeX",
  "maxComputeInvocationsPerWorkgroup",
] as const;

/** Newer than the type declarations. */
interface AdapterWithInfo {
  readonly info?: Partial<AdapterText> & { readonly isFallbackAdapter?: boolean };
  readonly isFallbackAdapter?: boolean;
}

const softwareNames = /swiftshader|llvmpipe|lavapipe|basic render|\bwarp\b|software/i;

/**
 * Asks for an adapter.
 *
 * @param gpu - The entry point.
 * @param powerPreference - Which of several GPUs.
 * @returns The adapter.
 * @throws BackendUnavailableError where there is none.
 */
export async function requestAdapter(gpu: GPU, powerPreference: GPUPowerPreference): Promise<GPUAdapter> {
  const adapter = await gpu.requestAdapter({ powerPreference });
  if (adapter) return adapter;
  throw new BackendUnavailableError({
    reason: "WebGPU found no adapter: no graphics driver that it can use.",
    remedy:
      typeof (globalThis as { document?: unknown }).document === "undefined"
        ? "Install a driver for the graphics card (Vulkan on Linux). Without a card, a software driver does: set VK_ICD_FILENAMES to the file vk_swiftshader_icd.json of Debian's package chromium, with libvulkan1 installed."
        : "Turn hardware acceleration on in the browser's settings, and update the driver of the graphics card; chrome://gpu says what Chromium thinks of it. Without a card, start Chromium with --enable-unsafe-webgpu --use-webgpu-adapter=swiftshader.",
  });
}

/**
 * What an adapter says about itself.
 *
 * @param adapter - The adapter.
 * @returns Its names, and whether it is software.
 */
export function describeAdapter(adapter: GPUAdapter): Pick<OpenDevice, "info" | "software" | "adapter"> {
  const { info: said = {}, isFallbackAdapter } = adapter as unknown as AdapterWithInfo;
  const { vendor = "", architecture = "", device = "", description = "" } = said;
  const names = [vendor, architecture, device].filter((name) => name !== "").join(" ");
  return {
    info: { vendor, architecture, device, description },
    software: said.isFallbackAdapter === true || isFallbackAdapter === true || softwareNames.test(`${names} ${description}`),
    adapter: names || description || "unnamed adapter",
  };
}

/**
 * Asks for an adapter, and for a device with all that it can give: the largest buffers, and subgroups where it has them.
 *
 * @param gpu - The entry point.
 * @param powerPreference - Which of several GPUs.
 * @returns The device.
 * @throws BackendUnavailableError where no adapter is there, or it gives no device.
 */
export async function openDevice(gpu: GPU, powerPreference: GPUPowerPreference): Promise<OpenDevice> {
  const adapter = await requestAdapter(gpu, powerPreference);
  const features = ["subgroups", "timestamp-query"].filter((name) => adapter.features.has(name)) as GPUFeatureName[];
  const requiredLimits = Object.fromEntries(wantedLimits.map((name) => [name, adapter.limits[name]]));
  try {
    const device = await adapter.requestDevice({ requiredFeatures: features, requiredLimits });
    return { device, ...describeAdapter(adapter), hasSubgroups: device.features.has("subgroups") };
  } catch (cause) {
    throw new BackendUnavailableError(
      { reason: "The WebGPU adapter gave no device.", remedy: "Close programs that use the graphics card, or update its driver." },
      { cause },
    );
  }
}
