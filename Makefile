# What CI runs is `make test`. Every target works from a fresh clone.

MODULES  = . tokens/issuer/boltstore $(patsubst %/go.mod,%,$(filter-out internal/tools/go.mod,$(wildcard internal/*/go.mod)))
FUZZTIME = 5s

.PHONY: test demo e2e resources wycheproof mutate lint race fuzz bench deps

test: deps lint race e2e demo fuzz
	@echo "== everything passed"

demo: ## the main job on real requests, as a table
	go run ./example/quickstart -demo

lint: .bin/staticcheck
	@echo "== gofmt"
	@files=$$(gofmt -l .); test -z "$$files" || { echo "not formatted: $$files"; exit 1; }
	@for m in $(MODULES); do echo "== go vet, staticcheck: $$m"; \
	  (cd $$m && go vet ./... && $(CURDIR)/.bin/staticcheck ./...) || exit 1; done

race:
	@for m in $(MODULES); do echo "== go test -race: $$m"; (cd $$m && go test -race -count=1 ./...) || exit 1; done

e2e: ## the npm client against the issuer, with each call and its outcome on both sides
	cd internal/e2e && go test -count=1 -v .

resources: ## what the worst that anybody can send costs, as a table
	go test -count=1 -v ./internal/resources

wycheproof: ## the public test vectors of the field, with what ran, passed, and is listed as stricter
	cd internal/wycheproof && go test -count=1 -v .

fuzz: ## every fuzz target for FUZZTIME each
	@internal/make/fuzz.sh $(FUZZTIME)

mutate: ## delete each check in turn, and see a test fail; MUTATE='-only checkTimes' for some of them, -list to see them
	go -C internal/mutate run . $(MUTATE)

bench: ## against the raw crypto call and the peers: ratios, requests per second, growth, and which targets hold
	go -C internal/bench run .

# The race detector needs a C compiler, the end-to-end test npm; nothing else is needed beyond Go.
deps:
	@command -v gcc >/dev/null || { apt-get update -q && apt-get install -qy gcc libc6-dev; }
	@command -v npm >/dev/null || { apt-get update -q && apt-get install -qy nodejs npm; }

.bin/staticcheck: internal/tools/go.mod
	@mkdir -p .bin
	cd internal/tools && GOWORK=off go build -o $(CURDIR)/.bin/staticcheck honnef.co/go/tools/cmd/staticcheck
