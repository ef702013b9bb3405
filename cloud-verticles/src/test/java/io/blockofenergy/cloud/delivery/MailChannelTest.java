package io.blockofenergy.cloud.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.cloud.topic.Await;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import io.vertx.core.parsetools.RecordParser;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against a server that says what it is told to, over TCP. */
@Timeout(60)
class MailChannelTest {
  private static final Message MESSAGE = new Message("msg_1", "subject", "text", "{}", List.of());

  private final Vertx vertx = Vertx.vertx();
  private final AtomicInteger opened = new AtomicInteger();
  private final AtomicInteger closed = new AtomicInteger();
  private final AtomicInteger mails = new AtomicInteger();
  private volatile String atEnvelope = "250 ok";
  private volatile String atEnd = "250 ok";
  private NetServer server;

  @BeforeEach
  void open() throws Exception {
    server = vertx.createNetServer().connectHandler(this::connected);
    Await.result(server.listen(0, "127.0.0.1"));
  }

  @AfterEach
  void close() throws Exception {
    Await.result(vertx.close());
  }

  /** As little of SMTP as a mail takes; an answer that is empty is none. */
  private void connected(NetSocket socket) {
    opened.incrementAndGet();
    socket.closeHandler(gone -> closed.incrementAndGet());
    boolean[] inData = new boolean[1];
    socket.handler(
        RecordParser.newDelimited(
            "\r\n",
            line -> {
              String command = line.toString();
              if (inData[0]) {
                if (command.equals(".")) {
                  inData[0] = false;
                  mails.incrementAndGet();
                  say(socket, atEnd);
                }
              } else if (command.equals("DATA")) {
                inData[0] = true;
                say(socket, "354 go on");
              } else {
                say(socket, command.startsWith("MAIL") ? atEnvelope : "250 ok");
              }
            }));
    say(socket, "220 here");
  }

  private static void say(NetSocket socket, String line) {
    if (!line.isEmpty()) {
      socket.write(Buffer.buffer(line + "\r\n"));
    }
  }

  private MailChannel channel(Duration timeout) {
    MailServer config =
        new MailServer(
            "127.0.0.1",
            server.actualPort(),
            "boe@example.org",
            Optional.empty(),
            Optional.empty(),
            false);
    return new MailChannel(vertx, config, List.of("tenant@example.org"), Optional.empty(), timeout);
  }

  private Future<Void> send(MailChannel channel) {
    return Future.future(sent -> vertx.runOnContext(go -> channel.send(MESSAGE).onComplete(sent)));
  }

  @Test
  void anAttemptThatIsGivenUpIsBrokenOffAndHoldsTheNextOneNotUp() throws Exception {
    atEnd = "";
    MailChannel channel = channel(Duration.ofMillis(500));
    assertThat(Await.failure(send(channel))).isNotInstanceOf(RefusedException.class);
    Await.until("its connection is closed", () -> closed.get() == 1);
    atEnd = "250 ok";
    Await.result(send(channel));
    assertThat(opened).hasValue(2);
    assertThat(mails).hasValue(2);
    Await.until("the second is closed too", () -> closed.get() == 2);
  }

  @ParameterizedTest(name = "{0} at the envelope, {1} at the end: refused is {2}")
  @CsvSource({
    "250 ok, 550 no, true",
    "250 ok, 552 too large, true",
    "554 not you, 250 ok, true",
    "250 ok, 451 later, false",
    "530 log in first, 250 ok, false",
    "535 wrong password, 250 ok, false",
  })
  void answersFrom500OnAreAboutTheMailUnlessTheyAreAboutTheLogin(
      String envelope, String end, boolean refused) throws Exception {
    atEnvelope = envelope;
    atEnd = end;
    Throwable failure = Await.failure(send(channel(Duration.ofSeconds(30))));
    assertThat(failure instanceof RefusedException).as("%s", failure).isEqualTo(refused);
  }
}
