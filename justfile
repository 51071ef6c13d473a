# what people run by hand; `.ci/run` calls the same commands

# form, lints, documents, dependencies
check:
    scripts/check

# the golden digests on other machines, emulated
arm:
    scripts/check-arm

# the same with musl
musl:
    scripts/check-musl

# the container image, without Docker; needs root
image:
    scripts/check-image

# undefined behaviour, under Miri
miri:
    scripts/check-miri

# all tests
test:
    scripts/test

# longer ones
nightly:
    cargo test --locked -- --ignored
    BITGAUGE_FUZZ_SECONDS=900 cargo test --locked --test fuzz -- --test-threads 2
    BITGAUGE_FUZZ_SECONDS=900 cargo test --locked --test work_queue nats_garbled
    BITGAUGE_NIGHTLY=1 scripts/test
    scripts/check-miri
    scripts/check-musl
    scripts/check-image
    scripts/build-macos

# promises of reliability under faults, into docs/findings/reliability.md; `just promises nightly` takes hours
promises tier="gate":
    cargo build --release --locked
    python3 bench/promises --tier {{tier}}

# builds the page of web/ anew, into web/dist
page:
    cd web && npm ci && npm run build

# wheels of the program and its Python client, into target/wheels
wheels:
    scripts/build-wheels

# renews schemas and examples in openapi.yaml, and openapi.json
openapi:
    UPDATE=1 cargo test --test api the_schemas_are_those_of_the_types
    UPDATE=1 cargo test --test api the_service_answers_example_requests_as_documented
    UPDATE=1 cargo test --test api the_schemas_are_those_of_the_types

# serves on http://127.0.0.1:8080
serve:
    cargo run --release -- serve
