//! `cargo xtask demo`: the page, served on loopback.

use std::env;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::prepare::Preparation;
use crate::process::say;
use crate::{BuildOptions, page, workspace};

const FIRST_PORT: u16 = 8080;
const PORTS: u16 = 100;

/// How long Vite's server may take to start.
const PATIENCE: Duration = Duration::from_secs(30);

/// Vite's server of dist/. It ends with its standard input, so it does not outlive xtask, however that ends.
const SERVER: &str = "
    import { preview } from 'vite';
    const port = Number(process.argv[1]);
    await preview({ logLevel: 'warn', preview: { host: '127.0.0.1', port, strictPort: true } });
    process.stdin.on('end', () => process.exit()).resume();
";

/// Options of `demo`.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    build: BuildOptions,
    /// Serve on this port [default: 8080, or the next free one]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// Open no browser
    #[arg(long)]
    no_open: bool,
}

/// Builds the page, serves dist/ and stays until it is interrupted.
pub fn run(preparation: &Preparation, options: &Options) -> Result<()> {
    // Before the build, so that a port that is taken is known at once.
    choose_port(options.port)?;
    page::build(preparation, options.build.profile())?;
    let port = choose_port(options.port)?;
    let mut server = Command::new("node");
    server.args(["--input-type=module", "--eval", SERVER, &port.to_string()]).current_dir(workspace::root());
    let mut child = server.stdin(Stdio::piped()).spawn().context("cannot start Node.js")?;
    let _lifeline = child.stdin.take();
    let start = Instant::now();
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        if let Some(status) = child.try_wait()? {
            bail!("the server ended before it answered ({status})");
        }
        if start.elapsed() > PATIENCE {
            child.kill()?;
            bail!("the server did not answer on port {port} in {} s", PATIENCE.as_secs());
        }
        thread::sleep(Duration::from_millis(50));
    }
    let address = format!("http://127.0.0.1:{port}/");
    println!("Emascope: {address}  (Ctrl-C to stop)");
    if !options.no_open
        && has_display(&|name| env::var_os(name).is_some())
        && let Err(error) = open::that_detached(&address)
    {
        say(format!("cannot open a browser: {error}"));
    }
    let status = child.wait()?;
    ensure!(status.success(), "the server ended ({status})");
    Ok(())
}

/// The wanted port, or else the first free one from 8080 on.
fn choose_port(wanted: Option<u16>) -> Result<u16> {
    let free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    match wanted {
        Some(port) if free(&port) => Ok(port),
        Some(port) => bail!("port {port} of 127.0.0.1 is in use or not allowed: choose another with --port"),
        None => (FIRST_PORT..FIRST_PORT + PORTS)
            .find(free)
            .with_context(|| format!("no free port from {FIRST_PORT} on: choose one with --port")),
    }
}

/// Whether the user would see a browser window.
fn has_display(is_set: &dyn Fn(&str) -> bool) -> bool {
    let unattended = is_set("CI") || is_set("SSH_CONNECTION");
    let own_display = cfg!(any(target_os = "macos", windows)) && !unattended;
    own_display || (is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")) && !is_set("CI")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_refused_when_asked_for_and_passed_over_when_not() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let taken = listener.local_addr().unwrap().port();
        let message = choose_port(Some(taken)).unwrap_err().to_string();
        assert!(message.contains(&taken.to_string()) && message.contains("--port"), "{message}");

        let default_taken = TcpListener::bind((Ipv4Addr::LOCALHOST, FIRST_PORT));
        assert!(choose_port(None).unwrap() > FIRST_PORT);
        drop(default_taken);
    }

    #[test]
    fn a_free_port_is_taken_as_asked() {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        assert_eq!(choose_port(Some(port)).unwrap(), port);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_browser_opens_only_where_there_is_a_display() {
        assert!(has_display(&|name| name == "WAYLAND_DISPLAY"));
        assert!(has_display(&|name| ["DISPLAY", "SSH_CONNECTION"].contains(&name)));
        assert!(!has_display(&|_| false));
        assert!(!has_display(&|name| ["DISPLAY", "CI"].contains(&name)));
    }
}
