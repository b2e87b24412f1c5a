//! The default run: drives the service for a while and prints what came of it.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use examples::http::{AdminToken, Server};
use examples::library::args::Args;
use examples::library::database::Database;
use examples::library::drive::{self, Driven, Outage, Progress};
use examples::library::report::{self, RouteFigures};
use examples::library::server;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::oneshot;

use crate::Failure;

pub(crate) async fn measure(args: &Args, file: &Path) -> Result<ExitCode, Failure> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listener = Server::bind(address).await.map_err(|error| Failure::Listen { address, error })?;
    let address = listener.address();
    let db = Arc::new(open(file).await?);
    let (stop, stopped) = oneshot::channel::<()>();
    let app = server::app(Arc::clone(&db), AdminToken::random());
    let serving = tokio::spawn(listener.run(app, async {
        let _ = stopped.await;
    }));

    let comparing = Database::open(file, |_, _| {}).await?;
    let driven = drive_with_bar(address, comparing, args.duration()).await?;
    let outage = match args.outage {
        true => Some(drive::endure(address, &db, &driven.remembered).await?),
        false => None,
    };
    let figures = RouteFigures::of_run(&db, &driven.remembered).await.map_err(drive::DriveError::from)?;
    let _ = stop.send(());
    serving.await.map_err(drive::DriveError::from)??;

    print(&figures, &driven, outage.as_ref(), args.json)?;
    let refused = outage.is_some_and(|outage| outage.failed > 0);
    Ok(if driven.progress.differed == 0 && !refused { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn open(file: &Path) -> Result<Database, Failure> {
    let bar = ProgressBar::new(0).with_style(style("filling the database {wide_bar} {pos}/{len} rows"));
    let db = Database::open(file, |written, total| {
        bar.set_length(total);
        bar.set_position(written);
    })
    .await;
    bar.finish_and_clear();
    Ok(db?)
}

async fn drive_with_bar(address: SocketAddr, db: Database, duration: Duration) -> Result<Driven, Failure> {
    let bar = ProgressBar::new(duration.as_millis() as u64).with_style(style("{wide_bar} {msg}"));
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let show = |now: Progress| {
        bar.set_position(now.elapsed.as_millis() as u64);
        bar.set_message(format!("{} answers, {} compared, {} differ", now.answers, now.compared, now.differed));
    };
    let driven = drive::drive(address, db, duration, interrupt, show).await;
    bar.finish_and_clear();
    Ok(driven?)
}

fn print(figures: &[RouteFigures], driven: &Driven, outage: Option<&Outage>, as_json: bool) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    if as_json {
        for route in figures {
            writeln!(out, "{}", report::json_line(route))?;
        }
    } else {
        let seconds = driven.progress.elapsed.as_secs_f64();
        let build = if cfg!(debug_assertions) { "debug" } else { "release" };
        writeln!(out, "{}", report::table(figures))?;
        writeln!(
            out,
            "{} requests in {seconds:.1} s over loopback, {} renames meanwhile, a {build} build",
            driven.progress.answers, driven.renames
        )?;
    }
    if let Some(outage) = outage {
        writeln!(out, "{}", report::outage(outage, as_json))?;
    }
    for difference in &driven.differences {
        eprintln!("library: {difference}");
    }
    writeln!(out, "{}", report::verdict(driven.progress.compared, driven.progress.differed, as_json))?;
    Ok(out.flush()?)
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("a template with known fields")
}
