//! YAML as PyYAML's safe loader reads it.

use serde_json::json;

use super::*;

#[test]
fn a_job_template_becomes_json() {
    let text = "
apiVersion: batch/v1
kind: Job
spec:
  template:
    spec:
      containers:
        - name: flow
          args: [\"a\", 'b', c]
      volumes: [{secret: {defaultMode: 0644}}]
";
    assert_eq!(
        parse(text).unwrap(),
        json!({
            "apiVersion": "batch/v1",
            "kind": "Job",
            "spec": {"template": {"spec": {
                "containers": [{"name": "flow", "args": ["a", "b", "c"]}],
                "volumes": [{"secret": {"defaultMode": 420}}],
            }}},
        })
    );
}

#[test]
fn plain_scalars_follow_yaml_1_1() {
    let cases = [
        ("", json!(null)),
        ("~", json!(null)),
        ("yes", json!(true)),
        ("Off", json!(false)),
        ("y", json!("y")),
        ("0", json!(0)),
        ("-12", json!(-12)),
        ("+1_000", json!(1000)),
        ("0o17", json!("0o17")),
        ("017", json!(15)),
        ("08", json!("08")),
        ("0x_ff", json!(255)),
        ("0b101", json!(5)),
        ("1:30", json!(90)),
        ("1:60", json!("1:60")),
        ("1.5", json!(1.5)),
        ("1.", json!(1.0)),
        (".5", json!(0.5)),
        ("-.5", json!("-.5")),
        ("1e3", json!("1e3")),
        ("1.5e3", json!("1.5e3")),
        ("1.5e+3", json!(1500.0)),
        ("1:30.5", json!(90.5)),
        ("2Gi", json!("2Gi")),
        ("'yes'", json!("yes")),
        ("!!str 5", json!("5")),
        ("!!int '5'", json!(5)),
        ("! 5", json!(5)),
    ];
    for (text, value) in cases {
        assert_eq!(parse(text).as_ref(), Ok(&value), "{text:?}");
    }
}

#[test]
fn keys_become_text() {
    assert_eq!(
        parse("{1: a, true: b, null: c, 1.5: d, =: e}").unwrap(),
        json!({"1": "a", "true": "b", "null": "c", "1.5": "d", "=": "e"})
    );
}

#[test]
fn own_keys_beat_merged_ones_and_the_first_merged_beats_the_next() {
    let text = "
base: &base {a: 1, b: 1}
other: &other {b: 2, c: 2}
all:
  c: 3
  <<: [*base, *other]
";
    assert_eq!(parse(text).unwrap()["all"], json!({"a": 1, "b": 1, "c": 3}));
}

#[test]
fn what_json_cannot_hold_is_refused_with_its_place() {
    let message = |text: &str| parse(text).unwrap_err().to_string();
    insta::assert_snapshot!(message("a: 1\nb: 2024-01-31"), @r#"the YAML text is wrong at line 2, column 4: "2024-01-31" is a date, which JSON cannot hold; quote it if it is text"#);
    insta::assert_snapshot!(message("[.inf]"), @r#"the YAML text is wrong at line 1, column 2: ".inf" is no finite number, which JSON cannot hold; quote it if it is text"#);
    insta::assert_snapshot!(message("!!binary aGk="), @r#"the YAML text is wrong at line 1, column 1: "aGk=" is binary data, which JSON cannot hold; quote it if it is text"#);
    insta::assert_snapshot!(message("!mine {a: 1}"), @"the YAML text is wrong at line 1, column 1: the tag !mine is not allowed here");
    insta::assert_snapshot!(message("? [a]\n: b"), @"the YAML text is wrong at line 1, column 3: a key is a scalar");
    insta::assert_snapshot!(message("99999999999999999999"), @r#"the YAML text is wrong at line 1, column 1: "99999999999999999999" is no integer that JSON can hold exactly"#);
    insta::assert_snapshot!(message("a: &x [*x]"), @"the YAML text is wrong at line 1, column 8: an alias stands inside the value it names");
    insta::assert_snapshot!(message("a: 1\n---\nb: 2"), @"the YAML text is wrong at line 3, column 1: only one document is allowed");
    insta::assert_snapshot!(message("a: [1, 2"), @"the YAML text is wrong at line 2, column 1: while parsing a flow sequence, expected ',' or ']'");
}

#[test]
fn aliases_cannot_unfold_without_bound() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let below = format!("*a{}, ", level - 1).repeat(10);
        text += &format!("a{level}: &a{level} [{below}]\n");
    }
    assert!(parse(&text).unwrap_err().reason.contains("more than 100000 values"));
}

#[test]
fn nesting_has_a_bound() {
    assert!(parse(&"[".repeat(200)).unwrap_err().reason.contains("deeper than 100"));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".{0,60}") {
        let _ = parse(&text);
    }

    #[test]
    fn no_arrangement_of_yaml_marks_makes_it_panic(text in "[-+:.{}\\[\\]!&*<>|'\"#%@=? \n0-9a-e_T]{0,40}") {
        let _ = parse(&text);
    }
}
