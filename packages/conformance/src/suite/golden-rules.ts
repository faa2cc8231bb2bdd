import type { UpdateRule } from "@rowan/api";

/** One run of Keras: an optimizer, what the weights were after two steps, and the loss before the second. */
export interface GoldenRun {
  readonly name: string;
  /** The rule of step 1 or 2, with Keras' defaults. */
  readonly rule: (step: number) => UpdateRule;
  /** The slots' value before the first step. */
  readonly initialSlot: number;
  /** Row 0, which no step looked up, moves only where a decay moves it. */
  readonly row0: readonly [number, number];
  readonly rows123: readonly number[];
  readonly loss2: number;
  /** The gradient is scaled down to this norm. */
  readonly clipNorm?: number;
}

const row0 = [0.01, -0.02] as const;

function adam(options: { amsgrad?: boolean; decay?: number }): (step: number) => UpdateRule {
  return (step) => ({
    kind: "adam",
    decay: options.decay ?? 0,
    stepSize: (0.001 * Math.sqrt(1 - 0.999 ** step)) / (1 - 0.9 ** step),
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-7,
    amsgrad: options.amsgrad ?? false,
  });
}

function sgd(momentum: number, nesterov: boolean): () => UpdateRule {
  return () => ({ kind: "sgd", decay: 0, learningRate: 0.01, momentum, nesterov });
}

function rmsprop(centered: boolean, momentum: number): () => UpdateRule {
  return () => ({ kind: "rmsprop", decay: 0, learningRate: 0.001, rho: 0.9, momentum, epsilon: 1e-7, centered });
}

/** Weights of Embedding(4, 2) after two steps, by Keras 3.15 with the torch backend, which sums duplicates. */
export const goldenRuns: readonly GoldenRun[] = [
  {
    name: "Adam()",
    rule: adam({}),
    initialSlot: 0,
    row0,
    rows123: [0.03167002648, 0.04167002812, -0.04803466424, 0.06196537614, 0.07074411213, -0.07925587893],
    loss2: 0.2515906692,
  },
  {
    name: "Adam(amsgrad)",
    rule: adam({ amsgrad: true }),
    initialSlot: 0,
    row0,
    rows123: [0.03166969121, 0.04166969284, -0.04803466424, 0.06196537614, 0.07074411213, -0.07925587893],
    loss2: 0.2515906692,
  },
  {
    name: "Adam(clipnorm=0.1)",
    rule: adam({}),
    initialSlot: 0,
    row0,
    rows123: [0.03166995943, 0.04166995734, -0.04802879319, 0.0619712174, 0.07074404508, -0.07925593108],
    loss2: 0.2515907288,
    clipNorm: 0.1,
  },
  {
    name: "AdamW()",
    rule: adam({ decay: 0.004 * 0.001 }),
    initialSlot: 0,
    row0: [0.00999991968, -0.01999983937],
    rows123: [0.03166978434, 0.04166970402, -0.04803426564, 0.06196489558, 0.07074354589, -0.07925523818],
    loss2: 0.251590699,
  },
  {
    name: "SGD()",
    rule: sgd(0, false),
    initialSlot: 0,
    row0,
    rows123: [0.03313333169, 0.04306666553, -0.04451221973, 0.06439021975, 0.07143333554, -0.07806666195],
    loss2: 0.2511493862,
  },
  {
    name: "SGD(momentum=0.9)",
    rule: sgd(0.9, false),
    initialSlot: 0,
    row0,
    rows123: [0.03595333174, 0.04582666606, -0.0428622216, 0.06571021676, 0.07143333554, -0.07806666195],
    loss2: 0.2511493862,
  },
  {
    name: "SGD(momentum=0.9, nesterov)",
    rule: sgd(0.9, true),
    initialSlot: 0,
    row0,
    rows123: [0.03849133104, 0.04831066728, -0.03810912371, 0.06951269507, 0.07272333652, -0.07632666081],
    loss2: 0.2501619756,
  },
  {
    name: "RMSprop()",
    rule: rmsprop(false, 0),
    initialSlot: 0,
    row0,
    rows123: [0.03316226229, 0.0431622602, -0.04398367554, 0.06601552665, 0.07316219807, -0.07683776319],
    loss2: 0.2501695752,
  },
  {
    name: "RMSprop(centered, momentum=0.9)",
    rule: rmsprop(true, 0.9),
    initialSlot: 0,
    row0,
    rows123: [0.03633329645, 0.04633329809, -0.0405305922, 0.06946857274, 0.07333324105, -0.07666671276],
    loss2: 0.2500574291,
  },
  {
    name: "Adagrad()",
    rule: () => ({ kind: "adagrad", decay: 0, learningRate: 0.001, epsilon: 1e-7 }),
    initialSlot: 0.1,
    row0,
    rows123: [0.03070384823, 0.04069617018, -0.04879055917, 0.06106425077, 0.07041282952, -0.07947838306],
    loss2: 0.2519428134,
  },
];
