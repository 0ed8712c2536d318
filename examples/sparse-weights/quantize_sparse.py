"""Quantizes a transformer that is sparse already to INT8, and publishes it.

Such models come out of training frameworks, which prune while they train. The zeros are kept; what
INT8 rounds to zero is added to them.
"""

import argparse
from pathlib import Path

from quantization import ov, publish, quantized
from sparsity import matmul_weights, summary, zeros


def main() -> None:
    """Reads the command line, makes the model and says where it is."""
    parser = argparse.ArgumentParser(description="Quantize a sparse model, and publish it.")
    parser.add_argument("model", type=Path, help="in floating point, taking token ids")
    parser.add_argument(
        "--rate", type=float, default=0.8, help="zeros that the server asks for, %(default)s"
    )
    parser.add_argument("--output", type=Path, default=Path("build/models"), help="%(default)s")
    options = parser.parse_args()
    if not options.model.exists():
        parser.error(f"model {options.model}: No such file or directory")
    model = ov.Core().read_model(options.model)
    if all(zeros(weights) < options.rate for weights in matmul_weights(model)):
        parser.error(f"model {options.model}: not sparse, it has {summary(model)}")
    smaller = quantized(model)
    place = publish(smaller, options.output / options.model.stem)
    print(f"{place}: {summary(smaller)}")


if __name__ == "__main__":
    main()
