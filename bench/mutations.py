"""Each row of the certificate fails when what it guards is broken on purpose.

usage: python bench/mutations.py [--only NAME] [--list] [--target-dir DIRECTORY]
Breaks HEAD in a worktree of its own, one small bug at a time, builds it, runs `bitgauge calibrate` and notes which rows
are no longer met; a row without a number is not met. A row is `case: quantity = expected`; every bug names those that
must fail. It runs through the quick cases, or where those say too little through all cases of these rows. DIRECTORY keeps
the build: a bug that was tried on this commit is not tried again unless `--only` (a regular expression)
asks for it, and one that `--only` leaves out stays as it was found, with its commit. All of it takes hours on two cores.
What was found of every bug is kept in bench/mutations.json, so that a few can be tried without the others. Prints its tables
and writes docs/findings/mutations.md. Ends in 1 if a bug was survived or a row never failed.
"""
import argparse, collections, concurrent.futures, json, os, pathlib, re, shutil, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/findings/mutations.md"
KNOWN = ROOT / "bench/mutations.json"
# one small change is built in a fraction of the time; digests do not depend on it
FAST_BUILD = {"CARGO_INCREMENTAL": "1", "CARGO_PROFILE_RELEASE_LTO": "off"}
Mutation = collections.namedtuple("Mutation", "name file old new suite rows why")
SCIENCE = "src/science/"
SIGNS = {"equal": "=", "at_most": "<=", "at_least": ">="}


def bug(name, file, old, new, rows, suite="quick", why=""):
    """`why` says of a bug that is survived what the certificate lacks."""
    return Mutation(name, SCIENCE + file, old, new, suite, rows, why)


MUTATIONS = [
    # what every quantity goes through
    bug("nats for bits", "bits.rs", "Self(nats.0 * std::f64::consts::LOG2_E)", "Self(nats.0)",
        r"^a Gaussian channel|^a \+-1 code.*[^<]= |^dropout of|^optimism|^least-norm|^a linear code|several right"
        r"|noise_bits|gap_bits|kt_bits|memorized_bits >=|16 strings.*memorized|sample_cost|evaluation without", "named"),
    bug("training draw as held-out draw", "trial/measuring.rs", "stream(Purpose::HeldOutData)",
        "stream(Purpose::TrainingData)", r"gap_bits|held_out_bits"),
    bug("half of a Gaussian code, its constant, left out", "evaluation/densities.rs",
        "0.5 * inverse * z * z + log_sd + LN_ROOT_TAU - half_log", "0.5 * inverse * z * z + log_sd - half_log",
        r"least squares.*noise_bits"),
    # memory
    bug("bits of each sample clipped at zero", "estimator/memorized_bits.rs",
        "            null(Decoder::Raw),\n",
        "            Some({\n"
        "                let given = subject.on_held_out();\n"
        "                let each = given.distribution.prior_cross_entropy(given.dataset).0 / given.dataset.len() as f64;\n"
        "                let nats = given.evaluation.code_lengths().iter().map(|l| (each - l.0).max(0.0)).sum::<f64>();\n"
        "                nats * std::f64::consts::LOG2_E\n"
        "            }),\n",
        r"held_out_bits <="),
    bug("mean of bits for their sum", "estimator/memorized_bits.rs",
        "let soft = bits(Decoder::Raw);",
        "let soft = bits(Decoder::Raw).map(|bits| bits / subject.train.len() as f64);",
        r"memorized_bits >=|16 strings.*memorized"),
    bug("log2 for nats in a law", "source/random_labels.rs", "Nats(libm::log(self.classes as f64))",
        "Nats(libm::log2(self.classes as f64))", r"memorized_bits <=|prequential_gain"),
    bug("prior for the Bayes law", "decoder.rs", "given.distribution.bayes_cross_entropy(given.dataset)",
        "given.distribution.prior_cross_entropy(given.dataset)", r"(least squares|by heart).*noise_bits"),
    bug("an output that reads its own symbol", "network/made.rs", "above > below", "above >= below", r"16 strings.*memorized"),
    bug("strings of a set that come again", "source/random_strings.rs", "libm::log(count as f64 - i as f64)",
        "libm::log(count as f64 - 0.0 * i as f64)", r"16 strings.*memorized|set of strings|keyed facts"),
    # decoders
    bug("a temperature for nothing", "decoder.rs", "Self::Recalibrated => 1.0,", "Self::Recalibrated => 0.0,",
        r"under smoothing: noise that noise_bits_recalibrated|no network saw: held_out_bits_recalibrated", "named"),
    bug("a temperature that is not used", "decoder/recalibrated.rs", "evaluation.cross_entropy_at(best)",
        "evaluation.cross_entropy_at(best.min(1.0))", r"under smoothing: noise that noise_bits_recalibrated", "named"),
    bug("errors for nothing", "decoder.rs", "libm::log2(n as f64 + 1.0)", "0.0 * libm::log2(n as f64 + 1.0)",
        r"under smoothing: noise that noise_bits_hard|no network saw: held_out_bits_hard", "named"),
    bug("which labels are wrong for nothing", "decoder/hard.rs",
        "let confusion = binary_entropy(e) + ", "let confusion = binary_entropy(0.0 * e) + ",
        r"no network saw: (noise_bits_hard|held_out_bits_hard)", "named"),
    bug("a blend for nothing", "decoder.rs", "Self::Assisted => 2.0,", "Self::Assisted => 0.0,",
        r"under smoothing: noise that noise_bits_assisted|no network saw: (held_out_)?noise_bits_assisted", "named"),
    bug("a blend without the network", "decoder/assisted.rs", "[None, Some(logits)]", "[None, None]",
        r"under smoothing: noise that noise_bits_assisted", "named"),
    bug("references for nothing", "decoder.rs", "2.0 + f64::from(has_noisy_rule)",
        "0.0 * f64::from(has_noisy_rule)",
        r"under smoothing: noise that noise_bits_likelihood|no network saw: (held_out_)?noise_bits_likelihood", "named"),
    bug("the references for the network", "decoder/likelihood_ratio.rs",
        "[None, Some(logits), Some(references)]", "[None, Some(references), Some(references)]",
        r"under smoothing: noise that noise_bits_likelihood", "named"),
    bug("the raw decoder always", "decoder.rs", "[Self::Raw, Self::Recalibrated, Self::Hard, Self::Assisted, Self::LikelihoodRatio]",
        "[Self::Raw; 5]", r"under smoothing: (memorized_bits_strongest >=|noise that noise_bits_strongest)", "named"),
    bug("references of the very targets", "trial/measuring.rs",
        "let targets = self.drawn.distribution.redraw(inputs, &mut stream)?;",
        "let _ = self.drawn.distribution.redraw(inputs, &mut stream)?;\n        let targets = self.drawn.dataset.targets.clone();",
        r"^members under", "named"),
    # thresholds
    bug("training error on the held-out draw", "estimator/memorized_bits.rs",
        "error_rate(&subject.train),\n        ]", "error_rate(&subject.held_out),\n        ]",
        r"^Cover|^one neuron: |^a readout", "named"),
    bug("a bias where none was asked for", "network/dense/layer.rs", "biases: bias.then(|| layout.push(",
        "biases: (bias || fan_in > 0).then(|| layout.push(", r"^Cover.*22 points"),
    bug("margin over the square of the norm", "estimator/margin.rs", "then(|| libm::sqrt(squares))",
        "then(|| squares)", r"at a margin", "named"),
    # ledgers, one a source and more
    bug("a label of one class less", "source/random_labels.rs", "Bits::of_uniform(self.classes as f64)",
        "Bits::of_uniform(self.classes as f64 - 1.0)", r"ledger of random labels", "named"),
    bug("order of a set left in", "source/random_strings.rs", "(count - i as u64) as f64 / (n - i) as f64",
        "(count - i as u64) as f64", r"ledger of (a set|keyed facts)", "named"),
    bug("order of a set taken off twice", "source/random_strings.rs", "(count - i as u64) as f64 / (n - i) as f64",
        "(count - i as u64) as f64 / ((n - i) * (n - i)) as f64", r"ledger of (a set|keyed facts)", "named"),
    bug("bits of a string for one of its bits", "source/biased_bits.rs", "(self.samples * self.length) as f64",
        "self.samples as f64", r"ledger of biased", "named"),
    bug("half of the binary entropy", "entropy.rs", "surprise(p) + surprise(1.0 - p)", "surprise(p)",
        r"ledger of (biased|flipped labels: noise)", "named"),
    bug("a first symbol as any other", "source/markov_strings.rs", "uniform + self.entropy_rate() * further",
        "self.entropy_rate() * (further + 1.0)", r"ledger of Markov", "named"),
    bug("patterns of flips counted once each", "source/codebook/code.rs", "group -= choose * p * libm::log2(p);",
        "group -= p * libm::log2(p);", r"codebook with flips: noise", "named"),
    bug("bits put in for bits of a string", "source/codebook.rs", "(Bits(self.length as f64) - noise) * n",
        "(Bits(self.information as f64) - noise) * n", r"codebook with flips: all", "named"),
    bug("values of one fact for those of all", "source/keyed_facts.rs",
        "Nats(self.value_nats() * self.samples as f64)", "Nats(self.value_nats())", r"ledger of keyed", "named"),
    bug("noise counted as structure too, of labels", "source/teacher_labels.rs", "(label - noise).0",
        "label.0", r"flipped labels: all", "named"),
    bug("noise counted as structure too, of digits", "source/noisy_digits.rs", "structure: (all - noise) * n",
        "structure: all * n", r"ledger of noisy", "named"),
    bug("noise to one side alone", "source/noisy_digits.rs", "2.0 * self.noise * self.numbers() as f64",
        "self.noise * self.numbers() as f64", r"ledger of noisy.*structure", "named"),
    bug("symbols of a sequence for bits", "source/random_strings.rs", "self.length as f64 * libm::log(self.alphabet as f64)",
        "self.length as f64 * libm::log(2.0)", r"ledger of a sequence", "named"),
    bug("one place for a parity of many", "source/teacher_labels.rs", "log2_binomial(self.inputs, degree)",
        "log2_binomial(self.inputs, 1)", r"hidden parity: rule", "named"),
    bug("noise counted as structure too, of parities", "source/teacher_labels.rs",
        "structure: Bits(f64::max(0.0, (label - noise).0)) * n", "structure: noise * n", r"hidden parity: structure", "named"),
    bug("order of answers left in", "source/symmetric_targets.rs",
        "- log2_factorial(self.answers) * questions as f64", "- log2_factorial(self.answers)",
        r"several right answers: rule", "named"),
    bug("answers of one question for those of all", "source/symmetric_targets.rs",
        "Bits::of_uniform(self.answers as f64) * n;", "Bits::of_uniform(self.answers as f64);",
        r"several right answers: (noise|all)", "named"),
    bug("twice the rate of a Gaussian number", "source/gaussian_vectors.rs", "0.5 * libm::log2(v / level)",
        "libm::log2(v / level)", r"ledger of Gaussian vectors", "named"),
    bug("twice the bits of a regression", "source/linear_regression.rs", "Nats(0.5 * mean_log(", "Nats(mean_log(",
        r"ledger of a linear regression", "named"),
    # channels
    bug("variance for standard deviation of a layer's noise", "regularizer/latent_noise.rs",
        "Channel::Sum { sd }", "Channel::Sum { sd: sd * sd }", r"^a Gaussian channel.*= [12]$", "named"),
    bug("mean of logarithms for logarithm of the mean", "estimator/layer_information/mixture.rs",
        "low += own - top - libm::log(all / k as f64);", "low += own - logs.iter().sum::<f64>() / k as f64;",
        r"^(a Gaussian channel|a \+-1 code|dropout of).*_low", "named"),
    bug("a draw without its noise", "estimator/layer_information.rs",
        "            regularizer.latent(isa, &mut stream, numbers);\n", "", r"^a Gaussian channel", "named"),
    bug("dropout at half its rate", "regularizer/dropout.rs", "fill_dropout(stream, self.rate, factors);",
        "fill_dropout(stream, 0.5 * self.rate, factors);", r"^dropout of", "named"),
    bug("a zero that must be lost to be zero", "estimator/layer_information/mixture.rs",
        "(true, true) => 0.0,\n                    (true, false) => libm::log(*rate),",
        "(true, _) => libm::log(*rate),", r"^dropout of a 0/1", "named"),
    bug("binary units left as they are", "regularizer/binarize.rs", "activations: self.activations })",
        "activations: false })", r"^four binary", "named"),
    bug("noise of the last step left on", "network/dense/layer.rs", "        self.is_disturbed = false;\n", "",
        r"evaluation without"),
    bug("leave-one-out on the wrong side", "estimator/layer_information/mixture.rs", "(mean(low), mean(high))",
        "(mean(high), mean(low))", r"_bits_low", "named",
        "of 4096 samples both ends are one within 0.001: needs few samples, low at most and high at least the known bits"),
    bug("dropout channel: kept for lost", "regularizer/dropout.rs", "Channel::Erasure { rate: self.rate }",
        "Channel::Erasure { rate: 1.0 - self.rate }", r"^dropout of", "named",
        "every rate is its own complement: needs another than 1/2"),
    bug("dropout: what is kept is not scaled", "kernel/dropout.rs",
        "let kept = (1.0 / (1.0 - rate)) as f32;\n    #[expect(", "let kept = 1.0;\n    #[expect(", r"dropout", "named",
        "a known factor takes no bits, and nothing trains under dropout to a known answer: needs a step of known length"),
    bug("binary units that are not binary", "network/dense/model.rs",
        "if shape.binary.activations { Activation::Sign }", "if shape.binary.weights { Activation::Sign }",
        r"^four binary", "named",
        "a bound of a bit a unit is not measured: needs the lower end at most 4 too"),
    # symmetry
    bug("tied units that go out apart", "initialization/tied.rs", "take(others)", "take(others - 1)",
        r"tied units under minibatches", "named"),
    bug("one draw of dropout for all units", "regularizer/dropout.rs", "fill_dropout(stream, self.rate, factors);",
        "fill_dropout(stream, self.rate, &mut factors[..1]);\n        let one = factors[0];\n        factors.fill(one);",
        r"tied units under dropout", "named"),
    # codes
    bug("squared error of one number for that of a vector", "estimator/rate_distortion.rs",
        "squares.sum::<f64>() / values.nrows() as f64", "squares.sum::<f64>() / values.len() as f64",
        r"linear autoencoder", "named"),
    bug("rate of one number for that of a code", "network/vae/latent.rs", "(0..k).map(term).sum()",
        "(0..k).map(term).sum::<f64>() / k as f64", r"at a rate.*: rate_bits|^a linear code", "named"),
    bug("weight of the rate ignored", "network/vae/model.rs", "RateRule::Weighted(weight) => weight,",
        "RateRule::Weighted(_) => 1.0,", r"^a linear code", "named"),
    bug("rate that was asked for ignored", "regularizer/latent_noise.rs",
        "weighted.or_else(|| self.target_bits.map(|bits| RateRule::Target(Bits(bits))))",
        "weighted", r"at a rate.*= (0\.5|[124])$", "named"),
    bug("one right answer too few", "source/symmetric_targets.rs", "self.dealt[question * m + stream.random_range(0..m)]",
        "self.dealt[question * m + stream.random_range(1..m)]", r"several right", "named"),
    # samples
    bug("a symbol drawn from what is said of the next", "network/sampling.rs", "prediction.draw(row * length + place, stream)?",
        "prediction.draw(row * length + (place + 1) % length, stream)?", r"^code words.*valid|by heart: training", "named"),
    bug("words and others alike", "estimator/generated_samples.rs", "filter(|&sample| costs[sample] < f64::INFINITY)",
        "filter(|&sample| costs[sample] >= 0.0)", r"knows nothing: (valid|sample_div)", "named"),
    bug("validity that is not given", "estimator/generated_samples.rs", "divergence.map(|bits| bits - libm::log2(share))",
        "divergence", r"knows nothing: sample_div", "named"),
    bug("steps against the table that cannot be", "source/markov_strings.rs",
        "let other = -libm::log((1.0 - certainty) / (alphabet - 1.0));",
        "let other = f64::INFINITY;", r"of a chain", "named"),
    bug("zeros as dear as ones", "source/biased_bits.rs",
        "(-libm::log(self.probability), -libm::log(1.0 - self.probability))",
        "(-libm::log(self.probability), -libm::log(self.probability))", r"fair coins.*(cost|diver)", "named"),
    bug("divergence without the network's own law", "estimator/generated_samples.rs", "costs[sample] - own[sample].0",
        "costs[sample]", r"(fair coins|of a chain|knows nothing|by heart|^code words.*): sample_div", "named"),
    bug("samples one by one without repetition", "estimator/generated_samples.rs",
        "drawn: drawn.rows().into_iter().filter(|row| known.contains(&row.to_vec())).count(),",
        "drawn: drawn.rows().into_iter().map(|row| row.to_vec()).filter(|row| known.contains(row))"
        ".collect::<BTreeSet<_>>().len(),", r"training_copies", "named"),
    bug("training samples counted as often as they come", "estimator/generated_samples.rs",
        "left.remove(&row.to_vec())", "known.contains(&row.to_vec())", r"knows nothing: expected", "named"),
    bug("copies of the law over the draw's size", "estimator/generated_samples.rs",
        ".map(|length| libm::exp(-length.0)).sum()",
        ".map(|length| libm::exp(-length.0)).sum::<f64>() / training.len() as f64", r"expected_copies", "named"),
    bug("words that are met counted over all draws", "estimator/generated_samples.rs",
        "Some(different.len() as f64 / (-all * libm::expm1(missed)))", "Some(different.len() as f64 / data.len() as f64)",
        r"coverage", "named"),
    bug("entropy of the law for the network's", "estimator/generated_samples.rs",
        "own.and_then(|own| mean(own.iter().map(|length| length.0).sum(), draws))",
        "over_valid(&|sample| costs[sample])", r"knows nothing: sample_entropy", "named"),
    bug("entropy in halves", "network/sampling.rs",
        "code_lengths.extend(Evaluation::new(predict(&data), &data.targets).code_lengths());",
        "code_lengths.extend(Evaluation::new(predict(&data), &data.targets).code_lengths().into_iter().map(|l| l * 0.5));",
        r"^code words.*(entropy|diver)", "named"),
    # dynamics
    bug("mean of ratios for ratio of means", "estimator/gradient_quality.rs", "        RATIOS\n", "        &[]\n",
        r"^gradient noise", "named"),
    bug("square of the mean gradient with its bias", "estimator/gradient_quality.rs",
        "let square = (of_sum - squares) / (s * (s - 1.0));", "let square = of_sum / (s * s);", r"^gradient noise", "named",
        "of 4096 samples the bias is 0.5 %: needs a draw of a few samples"),
    bug("noise of gradients at half its variance", "network/landscape/walkers.rs",
        "libm::sqrt(landscape.gradient_variance / batch as f64)",
        "libm::sqrt(0.5 * landscape.gradient_variance / batch as f64)", r"^descent with noisy", "named"),
    bug("a delay of one step less", "optimizer/delayed_sgd.rs", "Staleness::Fixed => self.delay,",
        "Staleness::Fixed => self.delay - 1,", r"^late gradients above", "named"),
    bug("late gradients that are applied again", "optimizer/delayed_sgd.rs", "        slots[now].fill(0.0);\n", "",
        r"^late gradients below", "named"),
    bug("half of the temperature", "optimizer/langevin.rs", "libm::sqrt(2.0 * step.learning_rate * self.temperature)",
        "libm::sqrt(step.learning_rate * self.temperature)", r"^escape", "named"),
    bug("escaped at the top of the barrier", "network/landscape.rs", "Self::DoubleWell { .. } => Some(1.0),",
        "Self::DoubleWell { .. } => Some(0.0),", r"^escape", "named"),
    bug("those that never escaped forgotten", "estimator/exploration.rs",
        "escapes.iter().map(|step| time(inside.training, step.unwrap_or(walk.steps))).sum()",
        "escapes.iter().flatten().map(|step| time(inside.training, *step)).sum()", r"^escape", "named",
        "nearly all escape in 400: needs an end at about twice the time of escape"),
    bug("Laplace for Krichevsky and Trofimov", "estimator/prequential.rs",
        "let half = *alphabet as f64 / 2.0;\n    let gamma = libm::lgamma;\n"
        "    let each: f64 = counts.iter().map(|count| gamma(*count as f64 + 0.5) - gamma(0.5)).sum();",
        "let half = *alphabet as f64;\n    let gamma = libm::lgamma;\n"
        "    let each: f64 = counts.iter().map(|count| gamma(*count as f64 + 1.0) - gamma(1.0)).sum();",
        r"kt_bits", "named"),
    bug("mean of a block for its sum", "trial/measuring.rs",
        "Some(evaluation.cross_entropy_after(known))",
        "Some(evaluation.cross_entropy_after(known) / (upto - known) as f64)",
        r"prequential_gain", "named"),
    bug("a block coded by a network that saw it", "trial/measuring.rs", "self.drawn.task(&before)",
        "self.drawn.task(&all)", r"prequential_gain", "named",
        "that network does not learn: needs one that memorizes, whose gain is at most 0 all the same"),
    bug("a block left out of the code", "estimator/prequential.rs", "in ends.windows(2) {",
        "in ends.windows(2).skip(1) {", r"prequential_gain", "named",
        "random weights cost 100 bits more than any gain: needs weights of 0, whose gain is 0"),
    bug("temperature not used on fresh samples", "estimator/recalibration.rs", "read.cross_entropy_at(best)",
        "read.cross_entropy()", r"^least squares at the wrong.*(test|gap)", "named"),
    bug("temperature not used on the training draw", "estimator/recalibration.rs",
        "subject.train.cross_entropy_at(best)", "subject.train.cross_entropy()",
        r"^least squares at the wrong.*gap", "named"),
    bug("one half of the temperature forgotten", "estimator/recalibration.rs", "inverse += 0.5 * best;",
        "inverse = 0.5 * best;", r"^least squares at the wrong.*inverse", "named"),
    # regression
    bug("fresh targets that are the old ones", "estimator/optimism.rs",
        "let targets = subject.distribution.redraw(inputs, &mut stream)?;",
        "let _ = subject.distribution.redraw(inputs, &mut stream)?;\n                let targets = subject.dataset.targets.clone();",
        r"^optimism", "named"),
    bug("half of the decay", "regularizer/weight_decay.rs", "let rate = self.rate as f32;",
        "let rate = 0.5 * self.rate as f32;", r"^optimism of ridge", "named"),
    bug("squared error without its half", "network/head/regression.rs", "dm[i] = r * share;",
        "dm[i] = (r + r) * share;", r"^optimism of (ridge|few)|^a linear code", "named"),
    bug("variance for standard deviation of input noise", "regularizer/input_noise.rs",
        "add_normal(isa, stream, self.scale as f32, inputs);",
        "add_normal(isa, stream, (self.scale * self.scale) as f32, inputs);", r"^optimism under input", "named"),
    bug("inputs that live on unscaled", "regularizer/input_dropout.rs", "*x *= *factor",
        "if *factor == 0.0 { *x = 0.0 }", r"^optimism under dropout", "named"),
    bug("noise on weights that were not copied", "regularizer/noise.rs",
        "        self.weights.copy_from_slice(parameters);\n", "", r"^optimism under weight", "named"),
    bug("a start that is not where it was asked for", "initialization/constant.rs",
        "parameters[range].fill(self.value as f32);",
        "parameters[range].iter_mut().for_each(|w| *w += self.value as f32);", r"^least-norm.*200", "named"),
]

# rows that no bug can make fail, and why: (regular expression, reason)
EXPLAINED = [(r"^labels held under smoothing: memorized_bits_strongest <= ",
              "a ceiling: no decoder has a code length below zero, so that it is never passed"),
             (r"^a code at a rate that was asked for: layer_bits_(high >=|low <= 8)",
              "one side of a bracket: the bugs here move its ends up, or fail the other side")]

# the worktree alone can be told which cases to run
CHOICE = ("src/certification.rs", ".filter(move |case| case.quick || !quick)",
          ".filter(move |case| (case.quick || !quick) && std::env::var(\"CASES\").map_or(true, |names| "
          "names.lines().any(|name| name == case.name)))")


def output(*command, **options):
    return subprocess.run(command, check=True, capture_output=True, text=True, **options).stdout


def label(row):
    return f"{row['case']}: {row['quantity']} {SIGNS[row['relation']]} {row['expected']:.4g}"


def replace(path, old, new):
    text = path.read_text()
    if text.count(old) != 1:
        raise RuntimeError(f"text that occurs {text.count(old)} times in {path.name}: {old}")
    path.write_text(text.replace(old, new))
    return text


def build(tree, target, to):
    subprocess.run(["cargo", "build", "--locked", "--release", "--quiet"], cwd=tree, check=True, capture_output=True,
                   text=True, env=os.environ | {"CARGO_TARGET_DIR": str(target)} | FAST_BUILD)
    shutil.copy(target / "release/bitgauge", to)
    return to


def certificate(binary, *arguments, **environment):
    """Rows of the certificate, each with whether it is met."""
    run = subprocess.run([binary, "calibrate", *arguments, "--json"], capture_output=True, text=True,
                         env=os.environ | environment)
    if run.returncode not in (0, 1) or not run.stdout:
        raise RuntimeError(f"no certificate: {run.stderr[-2000:]}")
    return {label(row): row["met"] for row in json.loads(run.stdout)["rows"]}


def broken(tree, target, mutation):
    """A binary with the bug; the tree is left as it was."""
    path = tree / mutation.file
    text = replace(path, mutation.old, mutation.new)
    try:
        return build(tree, target, target / f"mutant-{abs(hash(mutation))}")
    finally:
        path.write_text(text)


def judged(mutation, rows, binary):
    """What the certificate says of a binary with the bug; `rows` are all there are."""
    must = [row for row in rows if re.search(mutation.rows, row)]
    if mutation.suite == "quick":
        found = certificate(binary, "--quick")
    else:
        found = certificate(binary, CASES="\n".join({row.split(": ")[0] for row in must}))
    binary.unlink()
    return {"ran": list(found), "failed": [row for row, met in found.items() if not met], "fault": ""}


def is_known(mutation, known):
    return known["found"].get(mutation.name, {}).get("edit") == list(mutation)[:4]


def missed(mutation, found):
    """Rows that had to fail and did not."""
    return [row for row in found["ran"] if re.search(mutation.rows, row) and row not in found["failed"]]


def run(mutations, tree, target, known):
    keep = lambda: KNOWN.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
    start = time.time()
    if "rows" not in known:
        found = certificate(build(tree, target, target / "unmutated"))
        if not all(found.values()):
            sys.exit("not met without any bug:\n" + "\n".join(row for row, met in found.items() if not met))
        known["rows"] = list(found)
        print(f"{time.time() - start:.0f} s: {len(found)} rows met without any bug", flush=True)
        keep()

    def note(mutation, work):
        try:
            found = work()
        except (RuntimeError, subprocess.CalledProcessError) as error:
            found = {"ran": [], "failed": [], "fault": str(getattr(error, "stderr", None) or error)}
        known["found"][mutation.name] = found | {"edit": list(mutation)[:4], "commit": known["commit"]}
        state = found["fault"] or (f"SURVIVED BY {missed(mutation, found)}" if missed(mutation, found) else "killed")
        print(f"{time.time() - start:.0f} s: {mutation.name}: {len(found['failed'])} rows failed, {state}", flush=True)
        keep()

    # the next one is built while one runs
    with concurrent.futures.ThreadPoolExecutor(1) as runner:
        before = None
        for mutation in mutations:
            try:
                binary = broken(tree, target, mutation)
            except (RuntimeError, subprocess.CalledProcessError) as error:
                note(mutation, lambda: (_ for _ in ()).throw(error))
                continue
            if before:
                before.result()
            before = runner.submit(note, mutation, lambda m=mutation, b=binary: judged(m, known["rows"], b))


def table(heads, rows):
    cell = lambda text: text.replace("|", "\\|")
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    return lines + ["| " + " | ".join(map(cell, row)) + " |" for row in rows]


def change(mutation):
    """The lines that differ, on one line."""
    lines = lambda text: [" ".join(line.split()) for line in text.strip().splitlines()]
    old, new = lines(mutation.old), lines(mutation.new)
    code = lambda own, other: " ".join(f"`{line}`" for line in own if line not in other) or "nothing"
    return f"{mutation.file.removeprefix(SCIENCE)}: {code(old, new)} becomes {code(new, old)}"


def counted(found):
    names = f": {'; '.join(found['failed'])}" if 0 < len(found["failed"]) <= 3 else ""
    return f"{found.get('count', len(found['failed']))}{names}"


def page(known):
    """The tables, and whether every bug was found out and every row failed once."""
    current = [(m, known["found"][m.name]) for m in MUTATIONS if is_known(m, known)]
    # of the first runs the number of rows is kept ("count"), and which of those that had to fail did not
    had_to = lambda m, found, row: "count" in found and row not in found["ran"] and re.search(m.rows, row)
    killed = {row for m, found in current for row in known["rows"] if row in found["failed"] or had_to(m, found, row)}
    survived = [(m, found) for m, found in current if missed(m, found) or found["fault"]]
    left = [row for row in known["rows"] if row not in killed]
    reason = lambda row: next((reason for rows, reason in EXPLAINED if re.search(rows, row)), "")
    lines = [
        "# Mutations of the certificate", "",
        f"Written by `bench/mutations.py`: {len(current)} of {len(MUTATIONS)} small bugs, one at a time, each at the commit of its line,",
        f"against the {len(known['rows'])} rows of `bitgauge calibrate`, all of which are met without them (commit {known['commit'][:8]}).",
        "`quick` ran the quick cases, `named` all cases of the rows that had to fail and no others. A trial that fails leaves",
        "a row without a number: not met.", "",
        *table(["bug", "what was changed", "cases", "commit", "rows that failed"],
               [[m.name, change(m), m.suite, found["commit"][:8], counted(found)] for m, found in current]), "",
        "## Bugs that were survived", "",
        *(table(["bug", "rows that had to fail and did not", "why"],
                [[m.name, "; ".join(missed(m, found)), found["fault"] or m.why] for m, found in survived])
          if survived else ["None."]), "",
        "## Rows that no bug made fail", "",
        *(table(["row", "why"], [[row, reason(row)] for row in left]) if left else ["None."]), ""]
    return "\n".join(lines), not survived and all(map(reason, left))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help="bugs whose names this regular expression is found in")
    parser.add_argument("--list", action="store_true", help="say what there is and stop")
    default = pathlib.Path(tempfile.gettempdir()) / "bitgauge-mutations"
    parser.add_argument("--target-dir", type=pathlib.Path, default=default)
    arguments = parser.parse_args()
    mutations = [m for m in MUTATIONS if re.search(arguments.only, m.name)]
    if arguments.list:
        print("\n".join(f"{m.name} [{m.suite}] {change(m)}" for m in mutations))
        return
    target = arguments.target_dir.resolve()
    target.mkdir(parents=True, exist_ok=True)
    tree = target / "tree"
    commit = output("git", "rev-parse", "HEAD", cwd=ROOT).strip()
    known = json.loads(KNOWN.read_text()) if KNOWN.exists() else {}
    if known.get("commit") != commit:
        known = {"commit": commit, "found": known.get("found", {})}
    subprocess.run(["git", "worktree", "remove", "--force", tree], cwd=ROOT, capture_output=True)
    output("git", "worktree", "add", "--detach", str(tree), commit, cwd=ROOT)
    try:
        replace(tree / CHOICE[0], *CHOICE[1:])
        mutations = [m for m in mutations if arguments.only or not is_known(m, known)
                     or known["found"][m.name]["commit"] != commit]
        run(mutations, tree, target, known)
    finally:
        output("git", "worktree", "remove", "--force", str(tree), cwd=ROOT)
    text, is_sound = page(known)
    print(text)
    PAGE.write_text(text)
    sys.exit(0 if is_sound else 1)


if __name__ == "__main__":
    main()
