# Thin wrappers; what they do is in tools/ and CMakePresets.json.
.DEFAULT_GOAL := help
.PHONY: help run build test bench lint clean

help:
	@echo "make run      install what is missing, build, start the daemon with config/jobs.json"
	@echo "make build    install what is missing, build build/release/jobgate"
	@echo "make test     the same with the test tools, then every test"
	@echo "make lint     formatting, clang-tidy, shell and python scripts"
	@echo "make bench    measure, and write docs/performance.md"
	@echo "make clean    remove build/"

build:
	@tools/install-packages build
	@tools/build release jobgate

run: build
	@echo "==> starting jobgate with config/jobs.json; Ctrl-C stops it"
	@exec build/release/jobgate serve --config config/jobs.json

test:
	@tools/install-packages build test
	@tools/install-descriptions
	@tools/build release all
	@tools/run-tests --build build/release

bench:
	@tools/install-packages build bench test
	@tools/install-descriptions
	@tools/build release bench

lint:
	@tools/install-packages build test lint
	@tools/lint

clean:
	rm -rf build
