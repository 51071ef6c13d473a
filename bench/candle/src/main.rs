//! The dense workloads in candle: reads a file of job specs, trains `seeds` networks
//! one after the other and prints the seconds as one line of JSON.
//!
//! usage: candle-peer WORKLOADS.json NAME

use std::time::Instant;

use candle_core::{D, DType, Device, Result, Tensor};
use candle_nn::{AdamW, Dropout, Linear, Module, Optimizer, ParamsAdamW, VarBuilder, VarMap, linear, loss};
use serde_json::{Value, json};

struct Network {
    layers: Vec<Linear>,
    dropout: Option<Dropout>,
}

impl Network {
    fn forward(&self, inputs: &Tensor) -> Result<Tensor> {
        let mut x = inputs.clone();
        for (i, layer) in self.layers.iter().enumerate() {
            x = layer.forward(&x)?;
            if i + 1 < self.layers.len() {
                x = x.relu()?;
                if let Some(dropout) = &self.dropout {
                    x = dropout.forward(&x, true)?;
                }
            }
        }
        Ok(x)
    }
}

fn number(spec: &Value, pointer: &str) -> usize {
    usize::try_from(spec.pointer(pointer).and_then(Value::as_u64).expect(pointer)).expect("small")
}

fn train(spec: &Value, device: &Device) -> Result<()> {
    let (samples, inputs, classes) =
        (number(spec, "/dataset/samples"), number(spec, "/dataset/inputs"), number(spec, "/dataset/classes"));
    let batch = spec["training"]["batch_size"].as_u64().map_or(samples, |batch| batch as usize);
    let mut sizes = vec![inputs];
    sizes.extend(spec["network"]["hidden"].as_array().expect("hidden").iter().map(|h| h.as_u64().unwrap() as usize));
    sizes.push(classes);
    let variables = VarMap::new();
    let builder = VarBuilder::from_varmap(&variables, DType::F32, device);
    let layers: Result<Vec<Linear>> = sizes
        .windows(2)
        .enumerate()
        .map(|(i, pair)| linear(pair[0], pair[1], builder.pp(format!("layer{i}"))))
        .collect();
    let rate = spec.pointer("/regularizers/0/rate").and_then(Value::as_f64);
    let network = Network { layers: layers?, dropout: rate.map(|rate| Dropout::new(rate as f32)) };
    let lr = spec["training"]["learning_rate"].as_f64().expect("learning_rate");
    let settings = ParamsAdamW { lr, weight_decay: 0.0, ..ParamsAdamW::default() };
    let mut optimizer = AdamW::new(variables.all_vars(), settings)?;
    let x = Tensor::randn(0f32, 1f32, (samples, inputs), device)?;
    let y = Tensor::rand(0f32, classes as f32, samples, device)?.floor()?.to_dtype(DType::U32)?;
    for _ in 0..number(spec, "/training/steps") {
        let (xb, yb) = if batch < samples {
            let rows = Tensor::rand(0f32, samples as f32, batch, device)?.floor()?.to_dtype(DType::U32)?;
            (x.index_select(&rows, 0)?, y.index_select(&rows, D::Minus1)?)
        } else {
            (x.clone(), y.clone())
        };
        optimizer.backward_step(&loss::cross_entropy(&network.forward(&xb)?, &yb)?)?;
    }
    Ok(())
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let text = std::fs::read_to_string(&arguments[1])?;
    let spec = &serde_json::from_str::<Value>(&text).expect("job specs")[&arguments[2]];
    let start = Instant::now();
    for _ in 0..number(spec, "/seeds") {
        train(spec, &Device::Cpu)?;
    }
    println!("{}", json!({"workload": arguments[2], "engine": "candle", "seconds": start.elapsed().as_secs_f64()}));
    Ok(())
}
