# Langbiang: build, run, test. `make help` lists the targets.
export CGO_ENABLED = 0

BIN   := bin/langbiang
STORE ?= data/langbiang.gpkg
ADDR  ?= 127.0.0.1:8080
DEMO  ?= 1

UI   := web/ui
# What the front end is made of; dist is made again when any of it is newer.
FRONT := $(shell find $(UI)/src $(UI)/public $(UI)/build -type f 2>/dev/null) $(UI)/index.html $(UI)/vite.config.ts $(UI)/package-lock.json

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

.PHONY: help ui build run test lint pictures bench soak fuzz vuln clean
.DEFAULT_GOAL := help

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

ui: ## the front end, into web/ui/dist (needs Node.js)
	@if command -v npm >/dev/null 2>&1; then $(MAKE) --no-print-directory $(UI)/dist/index.html; \
	else echo "npm (Node.js 20 or newer) is not here: building without the map; the plain pages work." >&2; fi

$(UI)/dist/index.html: $(UI)/node_modules/.package-lock.json $(FRONT)
	cd $(UI) && npm run --silent build

$(UI)/node_modules/.package-lock.json: $(UI)/package-lock.json
	cd $(UI) && npm ci --ignore-scripts --no-audit --no-fund && touch node_modules/.package-lock.json

build: ui ## bin/langbiang, one static binary with the front end in it
	@mkdir -p bin
	go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o $(BIN) ./cmd/langbiang

run: build ## serve STORE (a file or postgres://…) at ADDR; an empty one gets the demonstration city, unless DEMO=0
	@mkdir -p data
ifneq ($(DEMO),0)
	$(BIN) demo --if-empty --store "$(STORE)"
endif
	$(BIN) serve --store "$(STORE)" --addr "$(ADDR)"

test: ## install what is missing, lint, and run every test
	@.ci/test

lint: ## gofmt, go vet, staticcheck
	@.ci/lint

pictures: build ## what people see, in Chromium, into docs/pictures
	@.ci/deps
	@mkdir -p tmp
	PICTURES=$(CURDIR)/tmp .ci/ui e2e
	cp tmp/home.jpg tmp/card.jpg tmp/phone.jpg tmp/compare.jpg docs/pictures/

# The parts of the measuring; each can be run alone: make bench PARTS=TestClick
PARTS ?= TestBench TestTiles TestClick TestMillion TestProfiles TestBake TestMap TestEdits
space := $(subst ,, )

bench: build ## measure everything beside its peers, some 30 minutes, or PARTS of it; writes bench/*.md, leaves profiles in tmp/profiles
	@.ci/deps bench
	CGO_ENABLED=0 go test -tags bench -count=1 -timeout 90m -run '^($(subst $(space),|,$(strip $(PARTS))))$$' -v ./bench -binary $(CURDIR)/$(BIN)

soak: ## the long tests: 50 kills, thousands of places on both stores, every tile of two cities
	@.ci/deps
	LANGBIANG_SOAK=1 LANGBIANG_TEST_KILLS=50 go test -count=1 -timeout 60m ./cmd/... ./store/... ./tiles/... ./demo ./city/... ./spatial/overlay

fuzz: ## every fuzz target for FUZZTIME (2m), two side by side
	@.ci/fuzz

vuln: ## known vulnerabilities of the modules in use (asks a public database)
	go run golang.org/x/vuln/cmd/govulncheck@latest ./...

clean: ## remove what was built; stores in data/ stay
	rm -rf bin $(UI)/dist/assets $(UI)/dist/index.html*
	go clean -testcache
