"""`pj doctor`: what this installation runs on."""


def doctor() -> int:
    """Print versions, threads, kernel cache, GPU and the data found."""
    from rich.table import Table

    from picojoule.cli.console import console

    table = Table("what", "found")
    for what, value in findings():
        table.add_row(what, value)
    console().print(table)
    return 0


def findings() -> list[tuple[str, str]]:
    """What was found, line by line."""
    import torch

    from picojoule.core.kernel_folder import kernel_folder
    from picojoule.data.catalogue import describe, names
    from picojoule.data.files import data_folder
    from picojoule.recipes.folder import fingerprint

    found = [(name, str(value)) for name, value in fingerprint().items()]
    found.append(("torch threads", str(torch.get_num_threads())))
    folder = kernel_folder()
    kernels = "none that can be written, so every start compiles anew; set PICOJOULE_KERNELS to a folder"
    if folder is not None:
        kernels = f"{folder} ({len(list(folder.glob('*.py')))} compiled networks)"
    found.append(("kernel cache", kernels))
    gpu = torch.cuda.get_device_name(0) if torch.cuda.is_available() else "none found (nothing here needs one)"
    found.append(("GPU", gpu))
    found.append(("data folder", str(data_folder())))
    for name in names():
        inspection = describe(name).inspect()
        state = "damaged" if inspection.damaged else "ok" if inspection.complete else "not there (pj data fetch)"
        found.append((f"data {name}", state))
    return found
