//! Docker storage as its users meet it: `castra build`, and `castra register --storage docker`.

use serde_json::json;

use crate::support::engine::{self, BASE, ImageName};
use crate::support::{World, witness_program};

#[tokio::test]
async fn a_flow_binary_is_built_into_an_image_once() {
    if !engine::answers() {
        return;
    }
    let world = World::new().await;
    let (name, program) = (ImageName::new("build"), witness_program());
    let program = program.to_str().unwrap();
    let build = |options: &[&str]| {
        let common = ["build", program, "--base-image", BASE, "--local-image", "--image-name", &name.0];
        world.castra(&[&common[..], options].concat())
    };
    let first = build(&[]);
    assert_eq!(first.code, 0, "{first}");
    let image = first.stdout.trim();
    assert_eq!(name.images(), [image]);
    assert!(first.stderr.contains("Step 1/2 : FROM castra-test/base:1"), "the build is shown: {first}");
    assert!(first.stderr.ends_with(&format!("{image} is built and holds witness\n")), "{first}");

    let second = build(&["--output", "json"]);
    assert_eq!(second.stderr, format!("{image} was built before and holds witness\n"));
    let storage: serde_json::Value = serde_json::from_str(&second.stdout).unwrap();
    assert_eq!(storage["flows"], json!({"witness": "/opt/castra/flows/witness"}));

    let failed = build(&["--extra-command", "RUN no-such-program", "--tag", "failed"]);
    assert_eq!(failed.code, 1);
    assert!(failed.stderr.contains("the image was not built: Step 3/3 : RUN no-such-program"), "{failed}");
    assert_eq!(name.images(), [image], "what fails gets no name");
}

#[tokio::test]
async fn a_flow_is_registered_with_the_image_that_holds_it() {
    if !engine::answers() {
        return;
    }
    let world = World::new().await;
    let (name, program) = (ImageName::new("register"), witness_program());
    let register = ["register", program.to_str().unwrap(), "--project", "tests"];
    let image = ["--base-image", BASE, "--local-image", "--image-name", &name.0, "--tag", "v1"];
    let registered = world.castra(&[&register[..], &["--storage", "docker"], &image].concat());
    assert_eq!(registered.code, 0, "{registered}");

    let flows = world.api.call("{ flow { id name storage run_config } }", json!({})).await;
    let flow = &flows["flow"][0];
    assert_eq!(flow["storage"]["image_name"], name.0);
    assert_eq!(flow["storage"]["flows"], json!({"witness": "/opt/castra/flows/witness"}));
    assert_eq!(flow["run_config"]["labels"], json!([]), "an image is on no machine of its own");

    let _agent = world.agent("local", &[]);
    let run = world.api.create_run(flow["id"].as_str().unwrap(), json!({})).await;
    let run = world.api.ends(&run).await;
    insta::assert_snapshot!(format!("{}: {}", run["state"], run["state_message"]), @r#""Failed": "The run cannot be launched: its flow is in Docker storage, which a local process cannot start from: register it with another storage, or give it a DockerRun and a Docker agent.""#);
}

#[tokio::test]
async fn options_of_an_image_are_not_dropped_in_silence() {
    let world = World::new().await;
    let program = witness_program();
    let program = program.to_str().unwrap();
    let answer = world.castra(&["register", program, "--project", "tests", "--base-image", BASE]);
    insta::assert_snapshot!(answer, @"
    exit code 1
    error: the options of the image are for `--storage docker`: give that, too
    ");
    let answer = world.castra(&["register", program, "--project", "tests", "--storage", "docker"]);
    insta::assert_snapshot!(answer, @"
    exit code 1
    error: what is the image built on? Give --base-image or --dockerfile
    ");
}
