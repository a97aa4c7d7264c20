"""Small CLIP models with random weights, laid out as a `local-dir:` folder. There is nothing to download."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

OPENAI_MEAN = [0.48145466, 0.4578275, 0.40821073]
OPENAI_STD = [0.26862954, 0.26130258, 0.27577711]

TINY: dict[str, Any] = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 64, "layers": 2, "width": 64, "head_width": 32, "patch_size": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
}
"""A ViT in small."""

RESNET: dict[str, Any] = TINY | {
    "vision_cfg": {"image_size": 64, "layers": [1, 1, 1, 1], "width": 16, "patch_size": None, "head_width": 64},
}
"""A ResNet in small: another kind of tower, with batch norms and attention pooling."""

TIMM: dict[str, Any] = TINY | {
    "vision_cfg": {
        "timm_model_name": "convnext_atto",
        "timm_model_pretrained": False,
        "timm_pool": "",
        "timm_proj": "linear",
        "image_size": 64,
    },
}
"""A tower of the package timm."""

COCA: dict[str, Any] = {
    "embed_dim": 32,
    "custom_text": True,
    "vision_cfg": TINY["vision_cfg"] | {"attentional_pool": True, "attn_pooler_heads": 2, "output_tokens": True},
    "text_cfg": TINY["text_cfg"] | {"context_length": 76, "embed_cls": True, "output_tokens": True},
    "multimodal_cfg": {"context_length": 76, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 2},
}
"""A CoCa in small: its picture tower gives tokens beside the vector, its words end in a token of their own."""

VIT_B_32: dict[str, Any] = {
    "embed_dim": 512,
    "vision_cfg": {"image_size": 224, "layers": 12, "width": 768, "patch_size": 32},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 512, "heads": 8, "layers": 12},
}
"""The size of the usual checkpoint, for measuring speed: random weights take as long as learned ones."""


def make_clip(
    folder: Path, architecture: dict[str, Any] = TINY, preprocess: dict[str, Any] | None = None, key: int = 0
) -> Path:
    """`folder` holds a model of that architecture; `key` draws its weights.

    From then on torch has one thread: small models gain nothing from more, and tests share the cores.
    """
    import torch
    from safetensors.torch import save_file

    from artwork.annotate.openclip import open_clip, quiet

    torch.set_num_threads(1)
    settings = {"mean": OPENAI_MEAN, "std": OPENAI_STD, "interpolation": "bicubic", "resize_mode": "shortest"}
    folder.mkdir(parents=True, exist_ok=True)
    configuration = {"model_cfg": architecture, "preprocess_cfg": settings | (preprocess or {})}
    (folder / "open_clip_config.json").write_text(json.dumps(configuration))
    with quiet(), torch.random.fork_rng():
        torch.manual_seed(key)
        model = open_clip().create_model(f"local-dir:{folder}", load_weights=False)
    save_file(
        {name: part.contiguous() for name, part in model.state_dict().items()}, folder / "open_clip_model.safetensors"
    )
    return folder
