"""Prunes a transformer to 80% zeros, quantizes it to INT8 and publishes it.

Setting the smallest weights to 0 at one go costs accuracy. A trained model is fine-tuned while it
is pruned, with its training framework; what comes out of that is for `quantize_sparse.py`.
"""

import argparse
from pathlib import Path

from quantization import ov, publish, quantized
from sparsity import prune, summary


def main() -> None:
    """Reads the command line, makes the model and says where it is."""
    parser = argparse.ArgumentParser(description="Prune and quantize a model, and publish it.")
    parser.add_argument("model", type=Path, help="in floating point, taking token ids")
    parser.add_argument("--zeros", type=float, default=0.8, help="default: %(default)s")
    parser.add_argument("--output", type=Path, default=Path("build/models"), help="%(default)s")
    options = parser.parse_args()
    if not 0 < options.zeros < 1:
        parser.error(f"--zeros {options.zeros}: not between 0 and 1")
    if not options.model.exists():
        parser.error(f"model {options.model}: No such file or directory")
    model = ov.Core().read_model(options.model)
    prune(model, options.zeros)
    smaller = quantized(model)
    place = publish(smaller, options.output / options.model.stem)
    print(f"{place}: {summary(smaller)}")


if __name__ == "__main__":
    main()
