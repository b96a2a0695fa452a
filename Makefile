# Callboard: `make help` lists what there is.
SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Nobody's vendor folder, workspace or -mod setting decides what is built here.
export GOWORK := off
export GOFLAGS := $(filter-out -mod=% -modfile=%,$(GOFLAGS)) -mod=readonly -buildvcs=false
export CGO_ENABLED ?= 0

# What the plugin says that it is.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)

# How long each fuzz target runs.
export FUZZTIME ?= 20s

TOOL := go tool -modfile=hack/tools/go.mod
GEN := $(TOOL) controller-gen
MODULES := . $(patsubst %/go.mod,%,$(wildcard hack/*/go.mod))

##@ Every day

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z0-9-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' Makefile

.PHONY: run
run: ## Start a cluster, the operator and two shops; Ctrl-C stops all (CLUSTER=current: use your kubeconfig)
	@hack/run.sh run

.PHONY: env
env: ## Print the exports for another shell: eval "$(make env)"
	@hack/run.sh env

.PHONY: clean-run
clean-run: ## Forget the data of make run
	@hack/run.sh clean

.PHONY: test
test: ## Run every test, against a real API server where one is needed
	@hack/test.sh

.PHONY: verify
verify: ## Generate, tidy, format, lint, check the arrows; fail if that changes the tree
	@hack/verify.sh

##@ Parts of verify

.PHONY: generate
generate: ## Write deep copies, CRDs and RBAC from the Go sources
	@rm -f config/crd/catalog.callboard.dev_*.yaml
	$(GEN) object crd paths=./api/... output:crd:dir=config/crd
	$(GEN) rbac:roleName=callboard paths=./controllers/... paths=./webhooks/... output:rbac:dir=config/rbac

.PHONY: tidy
tidy: ## Tidy the go.mod of every module
	@for m in $(MODULES); do echo "tidy $$m"; hack/retry.sh go -C "$$m" mod tidy; done

.PHONY: fmt
fmt: ## Format all Go files
	@linter=$$(hack/tools/build.sh golangci-lint-kube-api-linter); "$$linter" fmt

.PHONY: lint
lint: ## Lint; what is judged and why stands in .golangci.yml
	@hack/lint.sh

.PHONY: arrows
arrows: ## Check who imports whom, and sizes
	go test ./hack/arrows

##@ Now and then

.PHONY: build
build: ## Build bin/callboard, and kubectl's plugin bin/kubectl-callboard
	go build -ldflags "-s -w" -o bin/callboard .
	go build -ldflags "-s -w -X main.version=$(VERSION)" -o bin/kubectl-callboard ./cmd/kubectl-callboard

.PHONY: bench
bench: ## Measure speed and size against the bars (ARGS are the bench's own flags)
	@export KUBEBUILDER_ASSETS="$$(hack/devcluster/build.sh --assets)"; go run -C hack/bench . $(ARGS)

.PHONY: bench-admission
bench-admission: ## Measure what admission costs against its bars (ARGS as above)
	@export KUBEBUILDER_ASSETS="$$(hack/devcluster/build.sh --assets)"; go run -C hack/bench . --admission $(ARGS)

.PHONY: bench-score
bench-score: ## Measure the score board against its bars (ARGS as above)
	@export KUBEBUILDER_ASSETS="$$(hack/devcluster/build.sh --assets)"; go run -C hack/bench . --scores $(ARGS)

.PHONY: bench-dashboard
bench-dashboard: ## Measure pages with 10,000 and 100,000 entities against their bars (ARGS as above)
	@go run -C hack/bench . --dashboard $(ARGS)

.PHONY: explorer
explorer: ## Write the embedded files of Swagger UI anew, from dashboard/explorer/package-lock.json
	@dashboard/explorer/embed.sh

.PHONY: lighthouse
lighthouse: ## Measure pages in a browser: performance, accessibility, best practices
	@hack/browser/setup.sh --lighthouse >/dev/null; go run -C hack/browser ./lighthouse $(ARGS)

.PHONY: screenshots
screenshots: ## Take pictures of every page into artifacts/browser
	@hack/browser/setup.sh >/dev/null; CALLBOARD_SCREENSHOTS=1 go test -C hack/browser -count=1 -timeout 20m -run TestPages . $(ARGS)

.PHONY: e2e
e2e: ## Hold the operator to its times on a real control plane (CALLBOARD_TRIES=50, CALLBOARD_REST=300)
	@CALLBOARD_TRIES=$${CALLBOARD_TRIES:-50} CALLBOARD_REST=$${CALLBOARD_REST:-300} CALLBOARD_RUN_STORY=1 go test -count=1 -v -timeout 120m ./hack/e2e

.PHONY: race-visibility
race-visibility: ## Send writes at the same moment that exclude each other; what slips must be flagged in a second
	@go run ./hack/race $(ARGS)

.PHONY: survival
survival: ## Take replicas, certificates, the operator and the installation away while people write
	@go run ./hack/survival $(ARGS)

.PHONY: race
race: ## Run the tests of the root module with the race detector; needs a C compiler
	@CGO_ENABLED=1 hack/test.sh -race

.PHONY: fuzz
fuzz: ## Run each fuzz target for FUZZTIME (20s)
	@hack/fuzz.sh

.PHONY: specs
specs: ## Show every definition below a folder as pages, and print what each costs (SPECS=folder)
	@test -d "$(SPECS)" || { echo "make specs SPECS=folder: name a folder with definitions"; exit 2; }
	CALLBOARD_SPECS="$(abspath $(SPECS))" go test -count=1 -v -run '^TestCorpus$$' ./dashboard/reference

.PHONY: clean
clean: ## Remove what was built in the checkout
	rm -rf bin artifacts
