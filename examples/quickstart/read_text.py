"""Reads the line of text in a picture, with the model that the quickstart serves.

    $ python examples/quickstart/read_text.py examples/quickstart/sample.png
    sample.png: "Served by OpenVINO, scaled by requests" (99.9% sure)

It speaks the Open Inference Protocol (KServe v2) over REST, with its binary tensor extension: the
body is a JSON header that describes the picture, then the picture's bytes. What comes back is
small, so it comes as plain JSON.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from statistics import fmean
from typing import Any

import httpx
from PIL import Image, ImageOps

URL = "http://localhost:18081"
MODEL = "ocr"
HEIGHT, WIDTH = 48, 640
GREY = (128, 128, 128)
BLANK = 0


def main() -> None:
    """Reads each picture named on the command line and prints its text."""
    parser = argparse.ArgumentParser(description="Read the line of text in a picture.")
    parser.add_argument("pictures", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--url", default=URL, help="default: %(default)s")
    parser.add_argument("--model", default=MODEL, help="default: %(default)s")
    arguments = parser.parse_args()
    for picture in arguments.pictures:
        try:
            text, confidence = read_text(picture, arguments.url, arguments.model)
        except OSError as error:
            sys.exit(f"{picture}: {error}")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            sys.exit(f"{arguments.url}: {error}")
        print(f'{picture.name}: "{text}" ({confidence:.1%} sure)')


def read_text(picture: Path, url: str, model: str) -> tuple[str, float]:
    """The text in a picture and how sure the model is of it, from 0 to 1.

    Raises OSError for a file that is no picture, httpx.HTTPError where the server has no answer.
    """
    with Image.open(picture) as image:
        body, headers = encode(image)
    reply = httpx.post(f"{url}/v2/models/{model}/infer", content=body, headers=headers)
    if reply.is_error:
        why = f"{reply.status_code} {reply.text}"
        raise httpx.HTTPStatusError(why, request=reply.request, response=reply)
    return decode(reply.json())


def encode(image: Image.Image) -> tuple[bytes, dict[str, str]]:
    """The body and the headers of the request that asks for the text in `image`."""
    line = ImageOps.pad(image.convert("RGB"), (WIDTH, HEIGHT), color=GREY, centering=(0, 0))
    pixels = line.tobytes()
    picture = {
        "name": "image",
        "shape": [1, HEIGHT, WIDTH, 3],
        "datatype": "UINT8",
        "parameters": {"binary_data_size": len(pixels)},
    }
    header = json.dumps({"inputs": [picture]}).encode()
    return header + pixels, {
        "Content-Type": "application/octet-stream",
        "Inference-Header-Content-Length": str(len(header)),
    }


def decode(answer: Mapping[str, Any]) -> tuple[str, float]:
    """The text in the server's answer, and the mean confidence of its letters.

    The model looks at the line step by step. Steps that see the same character see one letter; a
    blank between them tells the two l of "hello" apart.
    """
    tensors = {tensor["name"]: tensor["data"] for tensor in answer["outputs"]}
    steps = zip(tensors["characters"], tensors["confidences"], strict=True)
    letters = [
        (chr(character), max(confidence for _, confidence in seen))
        for character, seen in groupby(steps, key=itemgetter(0))
        if character != BLANK
    ]
    text = "".join(letter for letter, _ in letters)
    return text, fmean(confidence for _, confidence in letters) if letters else 0.0


if __name__ == "__main__":
    main()
