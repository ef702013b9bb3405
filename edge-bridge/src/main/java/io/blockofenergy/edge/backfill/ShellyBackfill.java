package io.blockofenergy.edge.backfill;

import io.blockofenergy.edge.decode.Measurement;
import io.blockofenergy.edge.decode.ShellyMinuteDecoder;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices when a Shelly meter is heard again after an outage, the bridge's or its own line's, and
 * asks it over MQTT for the minutes in between, one after the other. The answers come in like any
 * message ({@link ShellyMinuteDecoder}). A meter that does not answer is asked again after its next
 * outage. One instance, on one event loop.
 */
public final class ShellyBackfill extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(ShellyBackfill.class);

  /** A meter speaks every minute; what is longer is an outage. */
  private static final long OUTAGE_SECONDS = 150;

  private static final int MINUTE = 60;
  private static final long ANSWER_MILLIS = 10_000;
  private static final int ATTEMPTS = 3;
  private static final long SAVE_MILLIS = 60_000;
  private static final int MAX_METERS = 1000;

  /** {@code <prefix>/status/emdata:<n>} and {@code em1data}. */
  private static final Pattern STATUS = Pattern.compile("(.+)/status/((em1?data):([0-9]{1,3}))");

  /** Minutes that are still to be asked for. */
  private static final class Gap {
    final String prefix;
    final String part;
    final String method;
    final int number;
    final long end;
    long next;
    int attempts;
    int filled;
    long timer;

    Gap(Matcher status, long from, long end) {
      prefix = status.group(1);
      part = status.group(2);
      method = status.group(3).equals("emdata") ? "EMData.GetData" : "EM1Data.GetData";
      number = Integer.parseInt(status.group(4));
      this.next = from;
      this.end = end;
    }

    String meter() {
      return prefix + '/' + part;
    }

    boolean isOfNext(Instant measuredAt) {
      long seconds = measuredAt.getEpochSecond();
      return seconds > next && seconds <= next + MINUTE;
    }
  }

  private final BackfillConfig config;
  private final BiConsumer<String, Buffer> publish;
  private final Clock clock;
  private final LastHeard file;
  private final Counter filled;
  private final Counter missing;
  private final Map<String, Gap> gaps = new HashMap<>();
  private Map<String, Long> heard = new HashMap<>();
  private boolean changed;

  /**
   * @param publish sends a message to a topic's subscribers
   */
  public ShellyBackfill(
      BackfillConfig config,
      BiConsumer<String, Buffer> publish,
      Clock clock,
      MeterRegistry registry) {
    this.config = config;
    this.publish = publish;
    this.clock = clock;
    this.file = new LastHeard(config.file());
    this.filled = counter(registry, "filled");
    this.missing = counter(registry, "missing");
  }

  private static Counter counter(MeterRegistry registry, String outcome) {
    return Counter.builder("boe.edge.backfill.minutes")
        .description("minutes that Shelly meters were asked for after an outage")
        .tag("outcome", outcome)
        .register(registry);
  }

  @Override
  public Future<?> start() {
    if (!config.shelly()) {
      return Future.succeededFuture();
    }
    vertx.setPeriodic(SAVE_MILLIS, timer -> save());
    return vertx.executeBlocking(file::read).onSuccess(found -> heard = found);
  }

  @Override
  public Future<?> stop() {
    return save();
  }

  /** A message was taken, with what it says. Safe for any thread, once deployed. */
  public void taken(String topic, List<Measurement> measurements) {
    if (!config.shelly()
        || !(topic.endsWith(ShellyMinuteDecoder.SUFFIX) || topic.contains("data:"))) {
      return;
    }
    long seconds = clock.instant().getEpochSecond();
    context.runOnContext(
        now -> {
          Matcher status = STATUS.matcher(topic);
          if (topic.startsWith(ShellyMinuteDecoder.PREFIX)) {
            answered(topic, measurements);
          } else if (status.matches()) {
            heard(status, seconds);
          }
        });
  }

  private void heard(Matcher status, long now) {
    String meter = status.group(1) + '/' + status.group(2);
    if (!heard.containsKey(meter) && heard.size() >= MAX_METERS) {
      return;
    }
    Long before = heard.put(meter, now);
    changed = true;
    if (before != null && now - before > OUTAGE_SECONDS && !gaps.containsKey(meter)) {
      long from = Math.max(before, now - config.maxAge().toSeconds());
      Gap gap = new Gap(status, from / MINUTE * MINUTE, now / MINUTE * MINUTE);
      gaps.put(meter, gap);
      log.info("{} was not heard for {} s: asking it for what is missing", meter, now - before);
      ask(gap);
    }
  }

  private void ask(Gap gap) {
    if (gap.next >= gap.end) {
      end(gap);
      return;
    }
    gap.attempts++;
    gap.timer = vertx.setTimer(ANSWER_MILLIS, timer -> unanswered(gap));
    String answers = ShellyMinuteDecoder.PREFIX + gap.meter();
    publish.accept(
        gap.prefix + ShellyMinuteDecoder.SUFFIX,
        new JsonObject()
            .put("id", gap.next)
            .put("src", answers)
            .put("method", gap.method)
            .put(
                "params",
                new JsonObject()
                    .put("id", gap.number)
                    .put("ts", gap.next)
                    .put("end_ts", gap.next + MINUTE - 1))
            .toBuffer());
  }

  /** An answer to a minute that is not the one that was asked for comes late: it counts no more. */
  private void answered(String topic, List<Measurement> minute) {
    String meter =
        topic.substring(
            ShellyMinuteDecoder.PREFIX.length(),
            topic.length() - ShellyMinuteDecoder.SUFFIX.length());
    Gap gap = gaps.get(meter);
    if (gap == null || !minute.isEmpty() && !gap.isOfNext(minute.get(0).measuredAt())) {
      return;
    }
    vertx.cancelTimer(gap.timer);
    (minute.isEmpty() ? missing : filled).increment();
    gap.filled += minute.size();
    gap.attempts = 0;
    gap.next += MINUTE;
    changed = true;
    ask(gap);
  }

  private void unanswered(Gap gap) {
    if (gap.attempts < ATTEMPTS) {
      ask(gap);
      return;
    }
    missing.increment((gap.end - gap.next) / (double) MINUTE);
    end(gap);
  }

  private void end(Gap gap) {
    gaps.remove(gap.meter());
    if (gap.next < gap.end) {
      log.info(
          "{} does not answer: {} minutes filled, the rest stays missing", gap.meter(), gap.filled);
    } else {
      log.info("{}: {} minutes filled", gap.meter(), gap.filled);
    }
  }

  private Future<Void> save() {
    if (!changed) {
      return Future.succeededFuture();
    }
    changed = false;
    Map<String, Long> snapshot = new HashMap<>(heard);
    gaps.forEach((meter, gap) -> snapshot.put(meter, gap.next)); // the next process goes on there
    return vertx
        .executeBlocking(
            () -> {
              file.write(snapshot);
              return (Void) null;
            })
        .onFailure(e -> log.warn("{} cannot be written: {}", config.file(), e.toString()))
        .otherwiseEmpty();
  }
}
