import { checkOptions } from "../check-options.ts";
import { VarianceScaling, type FanOptions, type VarianceScalingOptions } from "./variance-scaling.ts";

/** The options of a named case, which are few, and what its name stands for. */
function named(className: string, options: FanOptions, meaning: VarianceScalingOptions): VarianceScalingOptions {
  checkOptions(className, options, "{ seed: 1 }", NamedScaling.optionNames);
  return { ...options, ...meaning };
}

/** The base of the named cases of `VarianceScaling`, whose configuration holds no more than the seed. */
abstract class NamedScaling extends VarianceScaling {
  /** The names of its options. */
  static override readonly optionNames: readonly string[] = ["inputAxes", "outputAxes", "seed"] satisfies (keyof FanOptions)[];

  override getConfig(): Record<string, unknown> {
    return this.fanConfig();
  }
}

/** Uniform within `sqrt(6 / (fanIn + fanOut))`. Keras' default for kernels. Source: Glorot and Bengio, AISTATS 2010. */
export class GlorotUniform extends NamedScaling {
  override readonly className: string = "GlorotUniform";

  constructor(options: FanOptions = {}) {
    super(named("GlorotUniform", options, { scale: 1, mode: "fanAvg", distribution: "uniform" }));
  }
}

/** Truncated normal with variance `2 / (fanIn + fanOut)`. Source: Glorot and Bengio, AISTATS 2010. */
export class GlorotNormal extends NamedScaling {
  override readonly className: string = "GlorotNormal";

  constructor(options: FanOptions = {}) {
    super(named("GlorotNormal", options, { scale: 1, mode: "fanAvg", distribution: "truncatedNormal" }));
  }
}

/** Uniform within `sqrt(6 / fanIn)`. Source: He et al., ICCV 2015. */
export class HeUniform extends NamedScaling {
  override readonly className: string = "HeUniform";

  constructor(options: FanOptions = {}) {
    super(named("HeUniform", options, { scale: 2, mode: "fanIn", distribution: "uniform" }));
  }
}

/** Truncated normal with variance `2 / fanIn`. Source: He et al., ICCV 2015. */
export class HeNormal extends NamedScaling {
  override readonly className: string = "HeNormal";

  constructor(options: FanOptions = {}) {
    super(named("HeNormal", options, { scale: 2, mode: "fanIn", distribution: "truncatedNormal" }));
  }
}

/** Uniform within `sqrt(3 / fanIn)`. Source: Klambauer et al., NeurIPS 2017. */
export class LecunUniform extends NamedScaling {
  override readonly className: string = "LecunUniform";

  constructor(options: FanOptions = {}) {
    super(named("LecunUniform", options, { scale: 1, mode: "fanIn", distribution: "uniform" }));
  }
}

/** Truncated normal with variance `1 / fanIn`. Source: Klambauer et al., NeurIPS 2017. */
export class LecunNormal extends NamedScaling {
  override readonly className: string = "LecunNormal";

  constructor(options: FanOptions = {}) {
    super(named("LecunNormal", options, { scale: 1, mode: "fanIn", distribution: "truncatedNormal" }));
  }
}
