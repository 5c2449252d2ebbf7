"""Adds a line for every fact that has none, or whose latest line lacks a field."""

from tests.architecture.golden.book import (
    PUBLIC,
    STORED,
    add,
    lines,
    public_samples,
    stored_samples,
)


def main() -> None:
    for file, found in ((PUBLIC, public_samples()), (STORED, stored_samples())):
        file.touch()
        latest = {line.fact: line for line in lines(file)}
        for line in found:
            if latest.get(line.fact) != line:
                add(file, line)
                print(f"{file.name}: {line.fact}")


if __name__ == "__main__":
    main()
