# Everything runs with Go and GNU Make alone. The tools are built once into
# ./bin from tools/go.mod, which users of this module never download.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

GO ?= go
# How long `make fuzz` and `make fuzz-long` run in all, divided among the targets.
FUZZTIME ?= 6m
LONGFUZZTIME ?= 60m
# What `make bench` runs, and how often; benchstat wants six or more.
BENCH ?= .
COUNT ?= 1

BIN := bin
# A newer Go builds the tools again: staticcheck reads only code for the Go that built it.
BUILT := $(BIN)/.built-$(shell $(GO) env GOVERSION)
PROTOS := taskservice/taskpb/tasks.proto examples/starter-go/taskpb/tasks.proto
PROTOGEN := $(BIN)/protogen -plugins $(BIN)

.PHONY: help
help: ## Show this list.
	@awk 'BEGIN { FS = ":.*## "; print "make TARGET, where TARGET is one of:" } \
		/^[a-z0-9-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo "Variables: FUZZTIME=$(FUZZTIME) (fuzz), LONGFUZZTIME=$(LONGFUZZTIME) (fuzz-long),"
	@echo "BENCH=$(BENCH) COUNT=$(COUNT) (bench), VERSION (dist)."

.PHONY: run
run: ## Create one task and print its trace as a tree.
	@$(GO) run .

.PHONY: test
test: ## Run the tests.
	@$(GO) test ./...

.PHONY: slow
slow: ## Run the tests in full: all repetitions, large inputs, load runs.
	@TRACELAB_SLOW=1 $(GO) test -timeout 30m ./...

.PHONY: oracle
oracle: ## Compare what internal/redact finds with gitleaks, and what codec reads with the Collector.
	@$(GO) -C tools test ./secretoracle -v -run . | grep -v '^ *---\|^=== '
	@TRACELAB_SLOW=1 $(GO) -C tools/translators test -v . | grep -v '^ *---\|^=== '

# Two timers that fire at once, on two threads of one synctest bubble, crash the race detector of Go 1.26: both use the
# bubble's one race context. With GOMAXPROCS=1 no two goroutines of a test run at the same instant, and a race is still
# found, as the detector looks at what orders two accesses, and not at when they happen. Packages run in parallel.
RACE := GOMAXPROCS=1 $(GO) test -race -timeout 30m -parallel 4 -p $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

.PHONY: race
race: ## Run the tests with the race detector, the tools' tests too.
	@$(RACE) ./...
	@cd tools && $(RACE) ./...

.PHONY: e2e
e2e: ## Run the built program as users do, its completion in shells, and exporters that send to it.
	@GO=$(GO) scripts/commands
	@scripts/e2e
	@GO=$(GO) scripts/e2e-page
	@GO=$(GO) scripts/live
	@GO=$(GO) scripts/services
	@GO=$(GO) scripts/sessions
	@GO=$(GO) scripts/starters
	@GO=$(GO) scripts/tracecontext
	@GO=$(GO) scripts/backends
	@GO=$(GO) scripts/chaos

.PHONY: fuzz
fuzz: ## Run all fuzz targets within FUZZTIME, those of changed packages longest.
	@scripts/fuzz "$(FUZZTIME)"

.PHONY: fuzz-long
fuzz-long: ## Run all fuzz targets within LONGFUZZTIME.
	@scripts/fuzz "$(LONGFUZZTIME)"

.PHONY: bench
bench: $(BUILT) ## Run the benchmarks and summarise them.
	@results=$$(mktemp); trap 'rm -f "$$results"' EXIT; \
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -count $(COUNT) ./... | tee "$$results"; \
	$(BIN)/benchstat "$$results"

.PHONY: mutations
mutations: ## Damage a good trace in many ways, and show which checks fire.
	@$(GO) test ./lab -run '^TestMutations$$'
	@cat lab/testdata/mutations.txt

.PHONY: vet
vet: ## Run go vet, on the tools too.
	@$(GO) vet ./...
	@$(GO) -C tools vet ./...
	@$(GO) -C tools/translators vet ./...
	@$(GO) -C tools/release vet ./image
	@$(GO) -C tools/deploy vet .
	@$(GO) -C examples/starter-go vet ./...

.PHONY: lint
lint: vet $(BUILT) ## Run go vet, staticcheck and the formatting check.
	@$(BIN)/staticcheck ./...
	@cd tools && ../$(BIN)/staticcheck ./...
	@cd examples/starter-go && ../../$(BIN)/staticcheck ./...
	@$(MAKE) fmt-check

.PHONY: fmt
fmt: $(BUILT) ## Format all Go code.
	@$(BIN)/gofumpt -w .

.PHONY: fmt-check
fmt-check: $(BUILT) ## Fail when Go code is not formatted.
	@unformatted=$$($(BIN)/gofumpt -l .); \
	if [[ -n $$unformatted ]]; then \
		printf 'not formatted, run make fmt: %s\n' $$unformatted >&2; exit 1; \
	fi

.PHONY: generate
generate: $(BUILT) ## Generate the protobuf code again.
	@for file in $(PROTOS); do $(PROTOGEN) $$file; done

.PHONY: generate-check
generate-check: $(BUILT) ## Fail when the committed protobuf code is stale.
	@for file in $(PROTOS); do $(PROTOGEN) -check $$file; done

.PHONY: clean-tree
clean-tree: ## Fail when the working tree differs from the last commit.
	@changes=$$(git status --porcelain); \
	if [[ -n $$changes ]]; then \
		printf 'the working tree is not clean:\n%s\n' "$$changes" >&2; exit 1; \
	fi

.PHONY: check
check: ## Run all of the checks that a change has to pass.
	@for step in generate-check lint race clean-tree; do \
		echo "== $$step"; $(MAKE) $$step; \
	done

.PHONY: tools
tools: $(BUILT) ## Build the tools into ./bin.
	@:

$(BUILT): tools/go.mod tools/go.sum $(wildcard tools/*/*.go)
	@echo "building the tools into ./$(BIN)" >&2
	@mkdir -p $(BIN)
	@GOBIN=$(CURDIR)/$(BIN) $(GO) -C tools install tool
	@touch $@

.PHONY: dist
dist: ## Build static binaries for all platforms, an image, their SBOMs and checksums into ./dist.
	@GO=$(GO) scripts/dist

.PHONY: dist-check
dist-check: ## Fail when two builds of the release's binary or image differ, or deploy/ does not match its schemas.
	@GO=$(GO) scripts/dist --check
	@$(GO) -C tools/release test ./image
	@$(GO) -C tools/deploy test .

.PHONY: clean
clean: ## Remove the built tools and releases.
	@rm -rf $(BIN) dist
