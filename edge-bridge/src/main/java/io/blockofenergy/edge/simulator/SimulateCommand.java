package io.blockofenergy.edge.simulator;

import io.blockofenergy.telemetry.Secret;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.mqtt.MqttConnectionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code edge-bridge simulate}: plays a household or a campus until it is told to stop. Exit code 1
 * when the broker refuses the connection, 2 for a wrong option, 143 on SIGTERM.
 */
@Command(
    name = "simulate",
    mixinStandardHelpOptions = true,
    description =
        "Publishes what simulated plugs and meters measure to an MQTT broker: a household of"
            + " Tasmota plugs, or a campus of mixed makes.")
public final class SimulateCommand implements Callable<Integer> {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,6})(s|m|h)");
  private static final long STOP_SECONDS = 5;
  private static final int USUAL_CAMPUS = 200;

  /** Half a day of publishing at the default rate; more is a slip of the pen. */
  private static final long MOST_PAST_MESSAGES = 20_000_000;

  @Spec private CommandSpec spec;

  @Option(
      names = "--profile",
      paramLabel = "NAME",
      defaultValue = Household.NAME,
      description = "What is simulated: household (default) or campus.")
  private String profile;

  @Option(
      names = "--devices",
      paramLabel = "N",
      description = "The campus's size, from 1 to 10000 (default: 200).")
  private Integer devices;

  @Option(
      names = "--host",
      defaultValue = "127.0.0.1",
      description = "The broker's host (default: ${DEFAULT-VALUE}).")
  private String host;

  @Option(
      names = "--port",
      defaultValue = "1883",
      description = "The broker's port (default: ${DEFAULT-VALUE}).")
  private int port;

  @Option(names = "--user", description = "The user name for the broker.")
  private String user;

  @Option(
      names = "--password-file",
      paramLabel = "FILE",
      description = "A file whose first line is the user's password.")
  private Path passwordFile;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "The same seed gives the same devices (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--zone",
      paramLabel = "ZONE",
      description = "The devices' time zone, such as Europe/Berlin (default: the system's).")
  private String zone;

  @Option(
      names = "--interval",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Between two live messages of one device (default: 2s; campus: 10s).")
  private Duration interval;

  @Option(
      names = "--history",
      paramLabel = "DAYS",
      defaultValue = "0",
      description =
          "Also publishes so many past days of those devices whose messages carry a time (default:"
              + " ${DEFAULT-VALUE}).")
  private int historyDays;

  @Option(
      names = "--history-interval",
      paramLabel = "TIME",
      defaultValue = "15m",
      converter = DurationConverter.class,
      description = "Between two past messages of one device (default: ${DEFAULT-VALUE}).")
  private Duration historyInterval;

  @Option(
      names = "--history-rate",
      paramLabel = "N",
      defaultValue = "500",
      description = "Past messages a second, at most (default: ${DEFAULT-VALUE}).")
  private int historyRate;

  @Option(
      names = "--history-marker",
      paramLabel = "FILE",
      description = "Records what is published of the history, so that it is published once.")
  private Path historyMarker;

  @Override
  public Integer call() throws Exception {
    Clock clock = Clock.systemUTC();
    Instant now = clock.instant();
    check(now);
    Profile simulated = profile();
    // Counts the years up to now here, not on the event loop.
    simulated.powerW(now);
    Simulation simulation =
        new Simulation(
            simulated,
            history(simulated, now),
            new Simulation.Options(
                host, port, user, password(), interval(), historyInterval, historyRate),
            clock);
    return play(simulation);
  }

  private Profile profile() {
    if (profile.equals(Household.NAME)) {
      return Household.of(seed, zone());
    }
    return Campus.of(seed, zone(), devices == null ? USUAL_CAMPUS : devices);
  }

  private Duration interval() {
    if (interval == null) {
      return Duration.ofSeconds(profile.equals(Household.NAME) ? 2 : 10);
    }
    return interval;
  }

  private History history(Profile simulated, Instant now) throws IOException {
    long withPast = simulated.devices().stream().filter(Device::tellsTime).count();
    long messages = Duration.ofDays(historyDays).dividedBy(historyInterval) * withPast;
    require(
        messages <= MOST_PAST_MESSAGES,
        String.format(
            Locale.ROOT,
            "--history: %d days of %d devices are %,d messages, more than %,d; take fewer days or a"
                + " longer --history-interval",
            historyDays,
            withPast,
            messages,
            MOST_PAST_MESSAGES));
    return History.open(historyMarker, (int) withPast, historyDays, historyInterval, now);
  }

  private int play(Simulation simulation) throws InterruptedException {
    Vertx vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(1)
                .setFileSystemOptions(
                    new FileSystemOptions()
                        .setFileCachingEnabled(false)
                        .setClassPathResolvingEnabled(false)));
    Thread stop = new Thread(() -> close(vertx), "simulator-stop");
    Runtime.getRuntime().addShutdownHook(stop);
    CompletableFuture<Void> refused = new CompletableFuture<>();
    simulation.refused().onFailure(refused::completeExceptionally);
    vertx.deployVerticle(simulation).onFailure(refused::completeExceptionally);
    try {
      refused.get();
      return CommandLine.ExitCode.OK;
    } catch (ExecutionException e) {
      Runtime.getRuntime().removeShutdownHook(stop);
      close(vertx);
      spec.commandLine().getErr().println(message(e.getCause()));
      return CommandLine.ExitCode.SOFTWARE;
    }
  }

  private String message(Throwable cause) {
    if (cause instanceof MqttConnectionException refusal) {
      return "The broker at "
          + host
          + ":"
          + port
          + " refuses the connection: "
          + switch (refusal.code()) {
            case CONNECTION_REFUSED_BAD_USER_NAME_OR_PASSWORD, CONNECTION_REFUSED_NOT_AUTHORIZED ->
                user == null
                    ? "it wants credentials (--user, --password-file)."
                    : "user name or password is wrong.";
            default -> refusal.code() + ".";
          };
    }
    return "The simulator cannot run: " + cause.getMessage();
  }

  private static void close(Vertx vertx) {
    try {
      vertx.close().toCompletionStage().toCompletableFuture().get(STOP_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      // The process ends anyway.
      return;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void check(Instant now) {
    boolean household = profile.equals(Household.NAME);
    require(
        household || profile.equals(Campus.NAME),
        "there is no profile '" + profile + "', only household and campus");
    require(devices == null || !household, "--devices is for --profile campus");
    require(
        devices == null || devices >= 1 && devices <= Campus.MOST_DEVICES,
        "--devices must be from 1 to " + Campus.MOST_DEVICES);
    require(port >= 1 && port <= 65_535, "--port must be from 1 to 65535");
    require(!interval().isZero(), "--interval must be at least 1s");
    require(!historyInterval.isZero(), "--history-interval must be at least 1s");
    require(historyRate >= 1 && historyRate <= 10_000, "--history-rate must be from 1 to 10000");
    require(passwordFile == null || user != null, "--password-file needs --user");
    require(
        now.isAfter(Meter.COUNTING_SINCE.plusSeconds(1)),
        "the simulated meters count since " + Meter.COUNTING_SINCE + ", the clock is before it");
    long days = Duration.between(Meter.COUNTING_SINCE, now).toDays();
    require(
        historyDays >= 0 && historyDays <= days,
        "--history must be from 0 to " + days + " days, to " + Meter.COUNTING_SINCE);
  }

  private void require(boolean holds, String message) {
    if (!holds) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  private ZoneId zone() {
    try {
      return zone == null ? ZoneId.systemDefault() : ZoneId.of(zone);
    } catch (DateTimeException e) {
      throw new ParameterException(spec.commandLine(), "--zone: there is no zone " + zone, e);
    }
  }

  private Secret password() {
    if (passwordFile == null) {
      return null;
    }
    try {
      return new Secret(Files.readString(passwordFile).lines().findFirst().orElse("").strip());
    } catch (IOException | IllegalArgumentException e) {
      throw new ParameterException(
          spec.commandLine(), "--password-file: no password can be read from " + passwordFile, e);
    }
  }

  /** Reads {@code 2s}, {@code 15m}, {@code 1h}. */
  static final class DurationConverter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String value) {
      Matcher matcher = DURATION.matcher(value);
      if (!matcher.matches()) {
        throw new CommandLine.TypeConversionException("'" + value + "' is not like 2s, 15m or 1h");
      }
      long amount = Long.parseLong(matcher.group(1));
      return switch (matcher.group(2)) {
        case "s" -> Duration.ofSeconds(amount);
        case "m" -> Duration.ofMinutes(amount);
        default -> Duration.ofHours(amount);
      };
    }
  }
}
