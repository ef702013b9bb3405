package io.blockofenergy.cloud.api;

import static io.blockofenergy.cloud.topic.Await.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bounds of the live events, with clients that do not keep to them. */
class LiveEventsIT {
  private static final int MAX = 2;
  private static final String PLAIN = "/eventbus/websocket";

  /** Of SockJS's own framing: server and session are of the client's choice. */
  private static final String FRAMED = "/eventbus/000/abcdefgh/websocket";

  private final Vertx vertx = Vertx.vertx();
  private final Context loop = vertx.getOrCreateContext();
  private final AtomicLong nanos = new AtomicLong();
  private final LiveEvents events = new LiveEvents(MAX, nanos::get);
  private final WebSocketClient client = vertx.createWebSocketClient();
  private int port;

  @BeforeEach
  void start() throws Exception {
    Router router = Router.router(vertx);
    router.route("/eventbus*").subRouter(events.router(vertx));
    router.route().failureHandler(Problem::answer);
    HttpServer server =
        vertx
            .createHttpServer(new HttpServerOptions().setWebSocketClosingTimeout(1))
            .requestHandler(router);
    port = onLoop(() -> server.listen(0, "127.0.0.1")).await(10, TimeUnit.SECONDS).actualPort();
  }

  @AfterEach
  void stop() throws Exception {
    client.close().await(10, TimeUnit.SECONDS);
    vertx.close().await(10, TimeUnit.SECONDS);
  }

  private WebSocket connect(String path) throws Exception {
    return client.connect(port, "127.0.0.1", path).await(10, TimeUnit.SECONDS);
  }

  private WebSocket connectAndRegister(String path) throws Exception {
    WebSocket socket = connect(path);
    Queue<Buffer> answers = new ConcurrentLinkedQueue<>();
    socket.handler(answers::add);
    say(socket, path, new JsonObject().put("type", "register"));
    // Nothing answers a registration, but this comes after it.
    say(socket, path, new JsonObject().put("type", "publish").put("body", new JsonObject()));
    until(
        "it is registered",
        () -> answers.stream().anyMatch(each -> each.toString().contains("access_denied")));
    return socket;
  }

  private static void say(WebSocket socket, String path, JsonObject message) {
    String text = message.put("address", LiveEvents.READINGS).encode();
    socket.writeTextMessage(path.equals(FRAMED) ? new JsonArray().add(text).encode() : text);
  }

  private void publish(int number, int bytes) {
    vertx
        .eventBus()
        .publish(
            LiveEvents.READINGS,
            new JsonObject().put("number", number).put("fill", "f".repeat(bytes)));
  }

  @Test
  void whoComesWhenThereAreTooManyIsToldSoBeforeTheUpgrade() throws Exception {
    WebSocket first = connect(PLAIN);
    connect(FRAMED);
    until("both are connected", () -> events.open() == MAX);
    for (String path : new String[] {PLAIN, FRAMED.replace("abc", "xyz")}) {
      assertThatThrownBy(() -> connect(path))
          .isInstanceOfSatisfying(
              UpgradeRejectedException.class,
              refusal -> {
                assertThat(refusal.getStatus()).isEqualTo(503);
                assertThat(refusal.getBody().toString()).contains("2 live connections already");
              });
    }
    assertThat(events.refused()).isEqualTo(2);
    first.close().await(10, TimeUnit.SECONDS);
    until("there is room again", () -> events.open() < MAX);
    connect(PLAIN);
    until("it is taken", () -> events.open() == MAX);
  }

  @ParameterizedTest
  @ValueSource(strings = {PLAIN, FRAMED})
  void whoDoesNotReadCostsLittleAndIsCutOffAndOthersMissNothing(String path) throws Exception {
    WebSocket stuck = connectAndRegister(path);
    stuck.pause();
    WebSocket reader = connectAndRegister(PLAIN);
    Queue<Integer> read = new ConcurrentLinkedQueue<>();
    reader.handler(
        frame -> read.add(frame.toJsonObject().getJsonObject("body").getInteger("number")));
    // More than the system's buffers between the two take.
    int count = 500;
    for (int i = 1; i <= count; i++) {
      publish(i, 32 << 10);
      int expected = i;
      until("the reader has it", () -> read.size() >= expected);
    }
    assertThat(read).hasSize(count);
    assertThat(waitingBytes()).isBetween(1, LiveSocket.MAX_WAITING_BYTES);

    nanos.addAndGet(LiveSocket.MAX_UNREAD_NANOS + 1);
    publish(0, 1);
    until("it is cut off", () -> events.cut() == 1);
    until("it is gone", () -> events.open() == 1);
    until("the reader has the last", () -> read.contains(0));
    assertThat(waitingBytes()).isZero();
    AtomicBoolean closed = new AtomicBoolean();
    stuck.closeHandler(v -> closed.set(true));
    stuck.resume();
    until("it sees so when it reads again", closed::get);
  }

  @Test
  void whoReadsSlowlyMissesEventsAndStays() throws Exception {
    WebSocket slow = connectAndRegister(PLAIN);
    AtomicInteger last = new AtomicInteger();
    slow.handler(
        frame -> last.set(frame.toJsonObject().getJsonObject("body").getInteger("number")));
    slow.pause();
    for (int i = 1; i <= 500; i++) {
      publish(i, 32 << 10);
    }
    untilWaiting(LiveSocket.MAX_WAITING_BYTES / 2, LiveSocket.MAX_WAITING_BYTES);
    nanos.addAndGet(LiveSocket.MAX_UNREAD_NANOS / 2);
    slow.resume();
    untilWaiting(0, 0);
    nanos.addAndGet(LiveSocket.MAX_UNREAD_NANOS);
    publish(1000, 1);
    until("it has the last", () -> last.get() == 1000);
    assertThat(events.cut()).isZero();
  }

  private int waitingBytes() throws Exception {
    return onLoop(() -> Future.succeededFuture(events.waitingBytes())).await(10, TimeUnit.SECONDS);
  }

  private void untilWaiting(int least, int most) {
    until(
        least + " to " + most + " bytes wait",
        () -> {
          try {
            int waiting = waitingBytes();
            return waiting >= least && waiting <= most;
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        });
  }

  /** On the event loop that the server has, as a verticle's does. */
  private <T> Future<T> onLoop(Supplier<Future<T>> action) {
    Promise<T> done = Promise.promise();
    loop.runOnContext(v -> action.get().onComplete(done));
    return done.future();
  }
}
