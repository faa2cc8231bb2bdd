/** The type of a parameter of a kernel, as WGSL calls it. */
export type ParameterType = "u32" | "i32" | "f32";

/** A buffer that a kernel works on. */
export interface KernelBuffer {
  readonly name: string;
  /** The type in WGSL, e.g. `array<vec4<u32>>`. */
  readonly type: string;
  readonly access: "read" | "read_write";
}

/** A compute shader in WGSL, with what must be bound to it. */
export interface Kernel {
  readonly name: string;
  readonly parameters: readonly ParameterType[];
  readonly buffers: readonly KernelBuffer[];
  readonly code: string;
  /** Work items in a workgroup. */
  readonly workgroupSize: number;
}

/** What a kernel is made of. */
export interface KernelSource {
  readonly name: string;
  /** Numbers that differ from call to call; the body reads them as `p.name`. */
  readonly parameters: Readonly<Record<string, ParameterType>>;
  /** `["source: array<u32>"]`. */
  readonly reads?: readonly string[];
  readonly writes: readonly string[];
  /** Declarations in front of the body. */
  readonly declarations?: string;
  /** Runs for each `index`, a u32 counted through all work items, with `lane`, the place in the workgroup, and `group`, its number. */
  readonly body: string;
  readonly workgroupSize?: number;
  /** Uses subgroup functions. */
  readonly subgroups?: boolean;
}

/** Below, NaN is told by its bits: WGSL lets a compiler assume that there is none. */
const prelude = /* wgsl */ `
fn isNan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }
fn isInfinite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) == 0x7f800000u; }
fn fromBits(bits: u32) -> f32 { return bitcast<f32>(bits); }
`;

/** Work items in a workgroup where nothing speaks for another number. */
const usualSize = 64;

/**
 * Puts a kernel together.
 *
 * @param source - Its parts.
 * @returns The kernel, with its whole WGSL.
 */
export function defineKernel(source: KernelSource): Kernel {
  const { name, parameters, reads = [], writes, declarations = "", body, workgroupSize = usualSize, subgroups = false } = source;
  const buffers = [...reads.map((text) => bufferOf(text, "read")), ...writes.map((text) => bufferOf(text, "read_write"))];
  const code = `${subgroups ? "enable subgroups;\n" : ""}struct Parameters { ${Object.entries({ ...parameters, unused: "u32" })
    .map(([key, type]) => `${key}: ${type}`)
    .join(", ")} }
@group(0) @binding(0) var<uniform> p: Parameters;
${buffers.map(({ name: variable, type, access }, i) => `@group(0) @binding(${i + 1}) var<storage, ${access}> ${variable}: ${type};`).join("\n")}
${prelude}${declarations}
@compute @workgroup_size(${workgroupSize})
fn main(@builtin(workgroup_id) place: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let group = place.y * grid.x + place.x;
  let index = group * ${workgroupSize}u + lane;
${body}
}
`;
  return { name, parameters: Object.values(parameters), buffers, code, workgroupSize };
}

function bufferOf(text: string, access: KernelBuffer["access"]): KernelBuffer {
  const at = text.indexOf(":");
  return { name: text.slice(0, at).trim(), type: text.slice(at + 1).trim(), access };
}

/**
 * Makes a kernel for each combination of some options once.
 *
 * @param make - From options to a kernel.
 * @returns The same function, which remembers.
 */
export function perOptions<A extends readonly (string | number | boolean)[]>(make: (...options: A) => Kernel): (...options: A) => Kernel {
  const known = new Map<string, Kernel>();
  return (...options) => {
    const key = options.join("|");
    const kernel = known.get(key) ?? make(...options);
    known.set(key, kernel);
    return kernel;
  };
}
