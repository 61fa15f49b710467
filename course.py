"""The front door: checks the Python, has .venv made once, and hands over to course_utils.

Only the standard library is used, and no syntax newer than Python 3.6, so that an old Python can
still read this file and say what is missing. How .venv is made is in course_utils/cli/install.py,
what the commands do in the files beside it. It teaches nothing; README.md shows its two commands.

Settings: COURSE_VENV is another folder than .venv; COURSE_NO_VENV=1 uses the running Python.
"""

import os
import subprocess
import sys

OLDEST, NEWEST = (3, 11), (3, 13)


def version_problem(version):
    """The sentence for a Python that is too old or too new; None for one that will do.

    Args:
        version: sys.version_info, or a tuple like it.
    """
    if OLDEST <= tuple(version[:2]) <= NEWEST:
        return None
    return (
        "Python 3.11, 3.12 or 3.13 is needed, this is %d.%d (%s).\n"
        "Install one of them, then start again with it, such as: python3.12 course.py lab"
        % (version[0], version[1], sys.executable)
    )


def running_python_will_do():
    """Whether to use the running Python as it is: when told to, or in a conda that has us."""
    if os.environ.get("COURSE_NO_VENV") == "1":
        return True
    conda = os.environ.get("CONDA_PREFIX")
    if not conda or os.path.realpath(conda) != os.path.realpath(sys.prefix):
        return False
    from importlib import metadata

    try:
        return bool(metadata.version("anatomy-of-intelligence"))
    except metadata.PackageNotFoundError:
        return False


def take_torch_index(arguments):
    """Split `--torch-index URL` (or `--torch-index=URL`) off the arguments, wherever it stands."""
    rest, index, after = [], None, iter(arguments)
    for argument in after:
        if argument == "--torch-index":
            index = next(after, "")
        elif argument.startswith("--torch-index="):
            index = argument.split("=", 1)[1]
        else:
            rest.append(argument)
    return rest, index


def hand_over(python, arguments, root):
    """Run `python -m course_utils` and return its exit code; Ctrl-C is the child's to answer."""
    # The course is this one, whatever was moved, is set or lies in the folder we stand in (-P);
    # kernels are told by the variable.
    settings = dict(os.environ)
    paths = [root] + [path for path in [os.environ.get("PYTHONPATH")] if path]
    settings["PYTHONPATH"] = os.pathsep.join(paths)
    child = subprocess.Popen([str(python), "-P", "-m", "course_utils"] + arguments, env=settings)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue  # the child got it too: wait for its own sentence and exit code


def main(arguments):
    """Make sure that everything is installed, then let course_utils do what was asked."""
    root = os.path.dirname(os.path.abspath(__file__))
    rest, torch_index = take_torch_index(arguments)
    if torch_index is not None and "://" not in torch_index:
        print("--torch-index needs an address after it; README.md shows one for a GPU.")
        return 1
    if running_python_will_do():
        return hand_over(sys.executable, rest, root)
    sys.path.insert(0, root)
    from course_utils import __main__ as commands
    from course_utils.cli import install

    if not rest or rest[0] not in commands.COMMANDS:
        return commands.main(rest)  # lists the commands; that needs nothing installed
    try:
        python = install.ensure(install.chosen_folder(), rest[0] if rest else "", torch_index)
    except KeyboardInterrupt:
        print("\nstopped; nothing half-made was left")
        return 130
    except install.InstallError as error:
        print(error)
        return 1
    return hand_over(python, rest, root)


if __name__ == "__main__":
    if version_problem(sys.version_info):
        sys.exit(version_problem(sys.version_info))
    sys.exit(main(sys.argv[1:]))
