package io.blockofenergy.cloud;

import io.blockofenergy.cloud.storage.RollupRebuild;
import io.blockofenergy.cloud.storage.RollupStore;
import io.blockofenergy.telemetry.InvalidSettingsException;
import io.blockofenergy.telemetry.Settings;
import io.blockofenergy.telemetry.UnavailableException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.mongo.MongoClient;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code cloud-verticles rebuild-rollups}: has the process that stores make rollups anew. Exit code
 * 0 when it is ordered, 1 when another order runs or the store does not answer, 2 for a wrong
 * option or configuration.
 */
@Command(
    name = "rebuild-rollups",
    mixinStandardHelpOptions = true,
    description = {
      "Has the running process that stores make rollups anew from readings.",
      "It goes on after a restart; readings are stored meanwhile."
    })
final class RebuildCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--config", paramLabel = "FILE", description = "YAML file with the settings.")
  private Path configFile;

  @Option(names = "--device", paramLabel = "DEVICE", description = "Only those of this device.")
  private String device;

  @Option(names = "--from", paramLabel = "DAY", description = "First day, of UTC: 2026-11-23.")
  private LocalDate from;

  @Option(names = "--to", paramLabel = "DAY", description = "The day after the last, of UTC.")
  private LocalDate to;

  @Option(names = "--status", description = "Only say how far it has come.")
  private boolean status;

  @Override
  public Integer call() {
    CloudConfig config;
    try {
      Settings settings = Settings.load(configFile, System.getenv(), Map.of());
      config = CloudConfig.from(settings);
      settings.validate();
    } catch (InvalidSettingsException e) {
      spec.commandLine().getErr().println(e.getMessage());
      return 2;
    }
    Vertx vertx = Vertx.vertx();
    MongoClient mongo = config.mongo().createClient(vertx);
    try {
      return run(new RollupRebuild(mongo, new RollupStore(mongo), Clock.systemUTC()));
    } catch (UnavailableException e) {
      spec.commandLine().getErr().println(e.getMessage());
      return 1;
    } finally {
      await(mongo.close());
      await(vertx.close());
    }
  }

  private int run(RollupRebuild rebuild) {
    PrintWriter out = spec.commandLine().getOut();
    boolean ordered =
        !status
            && await(
                rebuild.order(
                    Optional.ofNullable(device),
                    Optional.ofNullable(from),
                    Optional.ofNullable(to)));
    if (ordered) {
      out.println("Ordered. See how far it is with --status.");
    } else {
      out.println(
          await(rebuild.progress()).map(RebuildCommand::text).orElse("Nothing was ordered."));
    }
    out.flush();
    return status || ordered ? 0 : 1;
  }

  private static String text(RollupRebuild.Progress progress) {
    String done = progress.days() + " days of devices are done";
    return progress
        .completedAt()
        .map(at -> "Completed at " + at + ": " + done + '.')
        .orElse(
            "Running: "
                + done
                + progress.device().map(name -> ", now at device " + name).orElse("")
                + progress.day().map(day -> " from " + day + " on").orElse("")
                + '.');
  }

  /** On a plain thread, which may block. */
  private static <T> T await(Future<T> future) {
    return future.await();
  }
}
