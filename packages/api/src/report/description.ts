import type { PartialShape } from "../tensor/shape.ts";

/** How many numbers some weights hold, and how many bytes they take. */
export interface ParameterTotals {
  /** The number of scalars. */
  readonly count: number;
  /** Their size in bytes; a fraction where a number takes less than one. */
  readonly bytes: number;
}

/** What a summary tells about one layer. */
export interface LayerDescription {
  readonly name: string;
  /** The class as Keras names it, such as `Embedding`. */
  readonly className: string;
  /** The shape of the output, `null` for an extent that is not known; `null` altogether when no shape is known yet. */
  readonly outputShape: PartialShape | null;
  /** Whether the layer's weights exist. */
  readonly built: boolean;
  readonly trainable: boolean;
  /** All weights of the layer, trained or not; zeros when it is not built. */
  readonly parameters: ParameterTotals;
  /** The layers inside, when this layer is a model. */
  readonly layers?: readonly LayerDescription[];
}

/** What a summary tells about a model. */
export interface ModelDescription {
  readonly name: string;
  readonly built: boolean;
  /** The layers in order, without an input layer. */
  readonly layers: readonly LayerDescription[];
  /** The weights that training changes, of all layers together. */
  readonly trainable: ParameterTotals;
  /** The weights that training leaves alone, of all layers together. */
  readonly nonTrainable: ParameterTotals;
  /** The optimizer's variables, once it has made them: iteration, learning rate and slots. */
  readonly optimizer?: ParameterTotals;
}
