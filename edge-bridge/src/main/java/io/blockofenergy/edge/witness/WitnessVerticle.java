package io.blockofenergy.edge.witness;

import io.blockofenergy.telemetry.EnumCounters;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.net.BindException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves {@code POST /add-checkpoint} and {@code GET /<origin hash>/checkpoint} of
 * c2sp.org/tlog-witness over plain HTTP. Whoever can reach it may ask; so bodies, connections,
 * requests at a time and requests a second are bounded, and the work is done on one thread of its
 * own. A bridge that is no witness, or cannot be one, does its other work all the same.
 */
public final class WitnessVerticle extends VerticleBase {
  private static final Logger LOG = LoggerFactory.getLogger(WitnessVerticle.class);

  /** 63 hashes take 2,835 bytes; the rest is for the signatures that a checkpoint may carry. */
  private static final int MAX_BODY_BYTES = 32 << 10;

  private static final int MAX_CONNECTIONS = 64;
  private static final int MAX_WAITING = 16;
  private static final int MAX_PER_SECOND = 50;
  private static final int IDLE_SECONDS = 30;
  private static final Duration BODY_LIMIT = Duration.ofSeconds(10);

  private final WitnessConfig config;
  private final Clock clock;
  private final Duration bodyLimit;
  private final EnumCounters<Verdict> verdicts;
  private WorkerExecutor worker;
  private HttpServer server;
  private int connections;
  private int waiting;
  private long second;
  private int takenInSecond;
  private volatile Witness witness;
  private volatile String fault;

  public WitnessVerticle(WitnessConfig config, Clock clock, MeterRegistry metrics) {
    this(config, clock, metrics, BODY_LIMIT);
  }

  /**
   * @param bodyLimit from a request's head to the end of its body
   */
  WitnessVerticle(WitnessConfig config, Clock clock, MeterRegistry metrics, Duration bodyLimit) {
    this.config = config;
    this.clock = clock;
    this.bodyLimit = bodyLimit;
    verdicts =
        new EnumCounters<>(
            metrics,
            Verdict.class,
            "boe.edge.witness.requests",
            "checkpoints that logs have submitted for cosigning",
            "outcome",
            Tags.empty());
  }

  @Override
  public Future<?> start() {
    if (!config.enabled()) {
      return Future.succeededFuture();
    }
    worker = vertx.createSharedWorkerExecutor("witness", 1, 1, TimeUnit.MINUTES);
    server =
        vertx
            .createHttpServer(
                new HttpServerOptions()
                    .setHost(config.host())
                    .setPort(config.port())
                    .setIdleTimeout(IDLE_SECONDS))
            .connectionHandler(
                connection -> {
                  connections++;
                  connection.closeHandler(closed -> connections--);
                  if (connections > MAX_CONNECTIONS) {
                    connection.close();
                  }
                })
            .requestHandler(this::handle);
    return worker
        .executeBlocking(() -> new Witness(config, clock))
        .onSuccess(opened -> witness = opened)
        .compose(opened -> server.listen())
        .onSuccess(
            listening ->
                LOG.info(
                    "Witness of {} on port {}, verifier key {}",
                    witness.sizes().keySet(),
                    listening.actualPort(),
                    witness.verifierKey()))
        .recover(this::withoutWitness)
        .mapEmpty();
  }

  /** A port that is taken is the operator's to change; a disk fault must not stop the readings. */
  private Future<HttpServer> withoutWitness(Throwable failure) {
    if (failure instanceof IOException && !(failure instanceof BindException)) {
      fault = failure.getMessage();
      LOG.error("The bridge is no witness: {}", failure.getMessage());
      return Future.succeededFuture(server);
    }
    return Future.failedFuture(
        failure instanceof BindException
            ? new IllegalStateException(
                "port "
                    + config.port()
                    + " for the witness is taken: choose another with "
                    + WitnessConfig.PORT_VARIABLE,
                failure)
            : failure);
  }

  /** The port it listens on, once it does. */
  public int port() {
    return server.actualPort();
  }

  /** What it has cosigned, for {@code /status}. Safe for any thread. */
  public Object status() {
    if (witness == null) {
      return Map.of("state", fault == null ? "off" : fault);
    }
    return Map.of(
        "state", "on", "key", witness.verifierKey().toString(), "cosigned", witness.sizes());
  }

  private void handle(HttpServerRequest request) {
    String path = request.path() == null ? "" : request.path();
    if (path.equals("/add-checkpoint")) {
      if (request.method() != HttpMethod.POST) {
        request.response().setStatusCode(405).putHeader("Allow", "POST").end();
        return;
      }
      receive(request);
    } else if (path.matches("/[0-9a-f]{64}/checkpoint")) {
      if (request.method() != HttpMethod.GET) {
        request.response().setStatusCode(405).putHeader("Allow", "GET").end();
        return;
      }
      serve(request, path.substring(1, 65));
    } else {
      request.response().setStatusCode(404).end();
    }
  }

  private void serve(HttpServerRequest request, String originHash) {
    Optional<String> note = witness.checkpoint(originHash);
    request
        .response()
        .setStatusCode(note.isPresent() ? 200 : 404)
        .putHeader("Content-Type", "text/plain; charset=utf-8")
        .end(note.orElse("nothing of such a log was cosigned\n"));
  }

  private void receive(HttpServerRequest request) {
    if (waiting >= MAX_WAITING || !takes(clock.instant().getEpochSecond())) {
      request.response().putHeader("Retry-After", "1");
      refuse(request, Verdict.BUSY, "too many requests\n");
      return;
    }
    waiting++;
    Buffer body = Buffer.buffer();
    boolean[] ended = new boolean[1];
    Runnable leave =
        () -> {
          if (!ended[0]) {
            ended[0] = true;
            waiting--;
          }
        };
    // The idle time begins again with each byte: by it, a few slow ones could keep out all others.
    long limit =
        vertx.setTimer(
            bodyLimit.toMillis(),
            late -> {
              if (!ended[0]) {
                leave.run();
                refuse(request, Verdict.TOO_SLOW, "the body is too slow\n");
                request.connection().shutdown(1, TimeUnit.SECONDS);
              }
            });
    request.exceptionHandler(
        failure -> {
          vertx.cancelTimer(limit);
          leave.run();
        });
    request.handler(
        part -> {
          if (ended[0]) {
            return;
          }
          if (body.length() + part.length() > MAX_BODY_BYTES) {
            leave.run();
            refuse(request, Verdict.TOO_LARGE, "the body is too large\n");
          } else {
            body.appendBuffer(part);
          }
        });
    request.endHandler(
        end -> {
          vertx.cancelTimer(limit);
          if (!ended[0]) {
            worker
                .executeBlocking(() -> answer(body.getBytes()))
                .onComplete(
                    result -> {
                      leave.run();
                      send(
                          request,
                          result.succeeded()
                              ? result.result()
                              : new Witness.Answer(Verdict.FAILED, "failed\n"));
                    });
          }
        });
  }

  private Witness.Answer answer(byte[] body) {
    try {
      return witness.addCheckpoint(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString());
    } catch (CharacterCodingException e) {
      return new Witness.Answer(Verdict.MALFORMED, "the body is not UTF-8\n");
    }
  }

  private boolean takes(long now) {
    if (now != second) {
      second = now;
      takenInSecond = 0;
    }
    return takenInSecond++ < MAX_PER_SECOND;
  }

  /** What was not read to its end cannot be followed by another request on its connection. */
  private void refuse(HttpServerRequest request, Verdict verdict, String why) {
    request.response().putHeader("Connection", "close");
    send(request, new Witness.Answer(verdict, why));
  }

  private void send(HttpServerRequest request, Witness.Answer answer) {
    verdicts.increment(answer.verdict());
    if (request.response().closed() || request.response().ended()) {
      return;
    }
    request
        .response()
        .setStatusCode(answer.verdict().status())
        .putHeader(
            "Content-Type",
            answer.verdict().status() == Verdict.CONFLICT.status()
                ? "text/x.tlog.size"
                : "text/plain; charset=utf-8")
        .end(answer.body());
  }

  @Override
  public Future<?> stop() {
    Future<Void> closed = server == null ? Future.succeededFuture() : server.close();
    return closed.eventually(() -> worker == null ? Future.succeededFuture() : worker.close());
  }
}
