//! What stands in the server's way: a full disk, a locked, newer or unreachable database, a taken port. Each is told
//! clearly, costs nothing that was acknowledged, and is over when its cause is.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::{Answer, World, castra, flow};

/// What `castra server start` says when it does not start.
fn refused(folder: &Path, arguments: &[&str]) -> String {
    let mut command = castra(folder);
    let answer: Answer = command.args(["server", "start"]).args(arguments).output().unwrap().into();
    assert_eq!((answer.code, answer.stdout.as_str()), (1, ""), "{answer}");
    answer.stderr.replace(folder.to_str().unwrap(), "<folder>")
}

#[test]
fn a_server_that_cannot_start_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let on_taken_port = refused(folder, &["--port", &port]).replace(&port, "<port>");
    insta::assert_snapshot!(on_taken_port, @"error: cannot listen on 127.0.0.1:<port>: Address already in use (os error 98); stop what listens there, or choose another port");

    let start = |database: &str| {
        let database = folder.join(database);
        refused(folder, &["--port", "0", "--database", database.to_str().unwrap()])
    };
    insta::assert_snapshot!(start("missing/castra.db"), @"error: cannot open the database <folder>/missing/castra.db: No such file or directory (os error 2); check that its directory exists and is writable");
    std::fs::create_dir(folder.join("directory")).unwrap();
    insta::assert_snapshot!(start("directory"), @"error: cannot open the database <folder>/directory: unable to open database file: <folder>/directory; check that its directory exists and is writable");
    std::fs::write(folder.join("text"), "no database, ".repeat(100)).unwrap();
    insta::assert_snapshot!(start("text"), @"error: the database is damaged or is no SQLite file: file is not a database; restore it from a backup");
    Connection::open(folder.join("newer.db")).unwrap().pragma_update(None, "user_version", 99).unwrap();
    insta::assert_snapshot!(start("newer.db"), @"error: the database has schema version 99, this Castra knows up to 5: install a newer Castra, or use another file");
}

#[tokio::test]
async fn a_second_server_on_a_database_is_refused() {
    let world = World::new().await;
    let database = world.path("castra.db");
    let words = refused(&world.path(""), &["--port", "0", "--database", database.to_str().unwrap()]);
    insta::assert_snapshot!(words, @"error: another Castra server has <folder>castra.db open: stop it, or use another file");
}

/// The keys that are kept, in order.
async fn keys(world: &World) -> Value {
    world.api.call("{ key_value(order_by: {key: asc}) { key } }", json!({})).await["key_value"].take()
}

#[tokio::test]
async fn a_locked_database_is_told_and_waited_out() {
    let world = World::new().await;
    let set = async |key: &str| {
        world.api.try_mutate("set_key_value", "id", json!({"key": key, "value": 1})).await.map(drop)
    };
    set("before").await.unwrap();
    let other = Connection::open(world.path("castra.db")).unwrap();
    other.execute_batch("begin immediate").unwrap();
    let refusal = set("meanwhile").await.unwrap_err();
    assert!(refusal.is_transient(), "{refusal:?}");
    insta::assert_snapshot!(refusal, @"the database is locked by another program: end what has it open, then try again");
    assert_eq!(keys(&world).await, json!([{"key": "before"}]), "it still answers");
    other.execute_batch("rollback").unwrap();
    set("after").await.unwrap();
    assert_eq!(keys(&world).await, json!([{"key": "after"}, {"key": "before"}]));
}

/// Limits the size of the files that a process may write, or lifts the limit.
fn limit_files(world: &World, bytes: &str) {
    let pid = world.server.pid().to_string();
    let limited =
        Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={bytes}:unlimited")]).status();
    assert!(limited.unwrap().success());
}

/// Files that may not grow stand for a full disk: nothing else makes one without rights of an administrator.
#[tokio::test]
async fn a_full_disk_is_told_and_loses_nothing() {
    // Who does not ignore SIGXFSZ is killed by it.
    let ignoring = |folder: &Path| {
        let castra = castra(folder);
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(castra.get_program());
        for (name, value) in castra.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        shell
    };
    let mut world = World::with(ignoring).await;
    let flow = world.api.register(flow::script("flow", "exit 0")).await;
    limit_files(&world, "1000000");
    let mut acknowledged = Vec::new();
    let refusal = loop {
        let options = json!({"parameters": {}, "context": {"filling": "x".repeat(50_000)}});
        match world.api.try_create_run(&flow, options).await {
            Ok(run) => acknowledged.push(run),
            Err(refusal) => break refusal,
        }
        assert!(acknowledged.len() < 100, "the disk is never full");
    };
    assert!(refusal.is_transient(), "{refusal:?}");
    insta::assert_snapshot!(refusal, @"the database's files cannot be written or read (disk I/O error): check the disk, quotas and limits; nothing was written");
    assert!(!acknowledged.is_empty());
    // Prefect's client sends again what is answered so.
    let document = "mutation($input: set_key_value_input!) { set_key_value(input: $input) { id } }";
    let value = json!({"input": {"key": "filling", "value": "x".repeat(1_000_000)}});
    assert_eq!(status_line(world.server.url(), document, value), "HTTP/1.1 503 Service Unavailable");
    limit_files(&world, "unlimited");
    acknowledged.push(world.api.create_run(&flow, json!({})).await);
    for _ in 0..2 {
        let mut runs = world.api.call("{ flow_run(order_by: {created: asc}) { id } }", json!({})).await;
        let runs: Vec<Value> = serde_json::from_value(runs["flow_run"].take()).unwrap();
        assert_eq!(runs, acknowledged.iter().map(|id| json!({"id": id})).collect::<Vec<_>>());
        world.server.kill();
        world.server.start_again();
    }
}

/// The first line of what the server answers over HTTP.
fn status_line(url: &str, document: &str, variables: Value) -> String {
    let address = url.strip_prefix("http://").unwrap();
    let body = json!({"query": document, "variables": variables}).to_string();
    let length = body.len();
    let mut connection = TcpStream::connect(address).unwrap();
    write!(connection, "POST / HTTP/1.1\r\nhost: {address}\r\ncontent-length: {length}\r\n\r\n{body}")
        .unwrap();
    let mut line = String::new();
    BufReader::new(connection).read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}
