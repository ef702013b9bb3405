package io.blockofenergy.edge.simulator;

import io.blockofenergy.telemetry.Secret;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes a profile's devices at QoS 1: live at once, the history beside it on a connection of
 * its own and at a bounded rate. After a lost connection unacknowledged history is published again,
 * while live messages are not, just as a plug does not keep them: the next one carries the counter
 * on.
 */
final class Simulation extends VerticleBase {
  /**
   * Where and how fast.
   *
   * @param user null to connect without credentials
   * @param password null for none; only with a user
   * @param interval between two live messages of one meter, in whole seconds
   * @param historyStep between two messages of one meter's past, in whole seconds
   * @param historyPerSecond messages of the past published in a second, at most
   */
  record Options(
      String host,
      int port,
      String user,
      Secret password,
      Duration interval,
      Duration historyStep,
      int historyPerSecond) {}

  private static final Logger LOG = LoggerFactory.getLogger(Simulation.class);
  private static final int DEVICES_A_CONNECTION = 1_000;
  private static final int HISTORY_WINDOW = 400;
  private static final int LIVE_WINDOW = 256;
  private static final long PUMP_MS = 50;
  private static final long SAVE_MS = 2_000;
  private static final long SUMMARY_MS = 60_000;

  private final Profile profile;
  private final List<? extends Device> withPast;
  private final History history;
  private final Options options;
  private final Clock clock;
  private final Promise<Void> refused = Promise.promise();

  private final List<Publisher> publishers = new ArrayList<>();
  private Publisher past;
  private int connected;
  private boolean stopping;
  private long publishedCount;
  private long acknowledgedCount;
  private long skippedCount;

  /**
   * @param history of those of the profile's devices that {@link Device#tellsTime tell time}
   */
  Simulation(Profile profile, History history, Options options, Clock clock) {
    this.profile = profile;
    this.withPast = profile.devices().stream().filter(Device::tellsTime).toList();
    this.history = history;
    this.options = options;
    this.clock = clock;
  }

  /** Fails when the broker refuses the connection for good; never succeeds. */
  Future<Void> refused() {
    return refused.future();
  }

  @Override
  public Future<?> start() {
    Broker broker = new Broker(vertx, options, refused);
    List<? extends Device> devices = profile.devices();
    for (int i = 0; i < devices.size(); i++) {
      if (i % DEVICES_A_CONNECTION == 0) {
        publishers.add(new Publisher(broker, LIVE_WINDOW, this::connected, this::lost));
      }
      Device device = devices.get(i);
      Publisher publisher = publishers.get(publishers.size() - 1);
      // One device after another, not all in the same instant.
      long offset = 1 + options.interval().toMillis() * i / devices.size();
      vertx.setPeriodic(offset, options.interval().toMillis(), timer -> live(device, publisher));
    }
    publishers.forEach(Publisher::start);
    if (!history.done()) {
      past = new Publisher(broker, HISTORY_WINDOW, this::pastConnected, history::rewind);
      past.start();
    }
    vertx.setPeriodic(PUMP_MS, timer -> pumpHistory());
    vertx.setPeriodic(SAVE_MS, timer -> history.save());
    vertx.setPeriodic(SUMMARY_MS, timer -> summarise());
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    stopping = true;
    List<Future<Void>> stops = new ArrayList<>(publishers.stream().map(Publisher::stop).toList());
    if (past != null) {
      stops.add(past.stop());
    }
    return Future.join(stops)
        .onComplete(
            done -> {
              history.save();
              summarise();
            });
  }

  private void connected() {
    connected++;
    if (connected == publishers.size()) {
      LOG.info(
          "connected to {}:{}, publishing {} devices every {} s",
          options.host(),
          options.port(),
          profile.devices().size(),
          options.interval().toSeconds());
    }
  }

  private void lost() {
    if (connected == publishers.size()) {
      LOG.warn("lost the connection to {}:{}", options.host(), options.port());
    }
    connected--;
  }

  private void pastConnected() {
    LOG.info("publishing the history of {} devices, {} % done", withPast.size(), history.percent());
  }

  private void live(Device device, Publisher publisher) {
    if (stopping) {
      return;
    }
    if (!publisher.ready()) {
      skippedCount++;
      return;
    }
    publishedCount++;
    publisher.publish(
        device.messages(clock.instant().truncatedTo(ChronoUnit.SECONDS), options.interval()),
        false,
        () -> acknowledgedCount++);
  }

  private void pumpHistory() {
    if (past == null || stopping) {
      return;
    }
    long budget = Math.max(1, options.historyPerSecond() * PUMP_MS / 1_000);
    while (budget-- > 0 && past.ready()) {
      History.Item item = history.next();
      if (item == null) {
        break;
      }
      publishedCount++;
      past.publish(
          withPast.get(item.meter).messages(item.at, options.historyStep()),
          history.mayRepeat(),
          () -> {
            acknowledgedCount++;
            history.acknowledged(item);
          });
    }
    if (history.done()) {
      history.save();
      past.stop().onSuccess(done -> LOG.info("the history is published"));
      past = null;
    }
  }

  private void summarise() {
    LOG.info(
        "{} readings published, {} acknowledged, {} left out while the broker was away or slow;"
            + " the {} draws {} W{}",
        publishedCount,
        acknowledgedCount,
        skippedCount,
        profile.name(),
        Math.round(profile.powerW(clock.instant())),
        history.done() ? "" : "; history " + history.percent() + " %");
  }
}
