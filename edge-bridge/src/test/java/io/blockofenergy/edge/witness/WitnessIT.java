package io.blockofenergy.edge.witness;

import static org.assertj.core.api.Assertions.assertThat;

import io.blockofenergy.telemetry.Sha256;
import io.blockofenergy.telemetry.SigningKey;
import io.blockofenergy.telemetry.log.Checkpoint;
import io.blockofenergy.telemetry.log.Cosignature;
import io.blockofenergy.telemetry.log.MerkleTree;
import io.blockofenergy.telemetry.log.SignedNote;
import io.blockofenergy.telemetry.log.VerifierKey;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class WitnessIT {
  private static final String ORIGIN = "log.example/energy";
  private static final SigningKey LOG_KEY = SigningKey.generate();
  private static final String WITNESS = "witness.example/w1";

  @TempDir Path directory;
  private final HttpClient http = HttpClient.newHttpClient();
  private final Clock clock = Clock.systemUTC();
  private Vertx vertx;
  private WitnessVerticle witness;

  @BeforeEach
  void start() throws Exception {
    start(Duration.ofSeconds(10));
  }

  private void start(Duration bodyLimit) throws Exception {
    vertx = Vertx.vertx();
    witness =
        new WitnessVerticle(
            new WitnessConfig(
                true,
                "127.0.0.1",
                0,
                WITNESS,
                directory,
                List.of(new VerifierKey(ORIGIN, LOG_KEY.publicKey()))),
            clock,
            new SimpleMeterRegistry(),
            bodyLimit);
    vertx
        .deployVerticle(witness)
        .toCompletionStage()
        .toCompletableFuture()
        .get(30, TimeUnit.SECONDS);
  }

  @AfterEach
  void stop() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  @Test
  void aLogThatGrowsIsCosigned() throws Exception {
    for (int size = 1; size <= 9; size++) {
      HttpResponse<String> answer = add(body(size - 1, proof(size - 1, size), note(size)));
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      String cosigned = note(size) + answer.body();
      assertThat(SignedNote.parse(cosigned).cosignatures(List.of(key())))
          .singleElement()
          .extracting(Cosignature::witness)
          .isEqualTo(key());
      assertThat(served()).isEqualTo(cosigned);
    }
  }

  @Test
  void theSameCheckpointIsCosignedAgain() throws Exception {
    assertThat(add(body(0, List.of(), note(4))).statusCode()).isEqualTo(200);
    assertThat(add(body(4, List.of(), note(4))).statusCode()).isEqualTo(200);
  }

  @Test
  void anEmptyLogIsCosigned() throws Exception {
    String empty = signed(new Checkpoint(ORIGIN, 0, MerkleTree.emptyRoot()).text());
    assertThat(add(body(0, List.of(), empty)).statusCode()).isEqualTo(200);
    String other = signed(new Checkpoint(ORIGIN, 0, leaf(0)).text());
    assertThat(add(body(0, List.of(), other)).statusCode()).isEqualTo(409);
  }

  @Test
  void whatDoesNotFollowIsAnsweredAsTheProtocolSays() throws Exception {
    assertThat(add(body(0, List.of(), note(4))).statusCode()).isEqualTo(200);
    String unknown = SignedNote.sign(new Checkpoint("o", 5, root(5)).text(), "o", LOG_KEY);
    String forged = SignedNote.sign(text(5), ORIGIN, SigningKey.generate());
    String forked = signed(new Checkpoint(ORIGIN, 4, leaf(0)).text());
    String valid = body(4, proof(4, 5), note(5));
    record Case(String body, int status, String content) {}
    for (Case each :
        List.of(
            new Case("", 400, null),
            new Case("old 4\n", 400, null),
            new Case(note(5), 400, null),
            new Case(valid.replace("old 4", "old 04"), 400, null),
            new Case(valid.replace("old 4", "old -4"), 400, null),
            new Case(valid.replace("old 4", "old  4"), 400, null),
            new Case(valid.replace("old 4\n", "old 4\nx\n"), 400, null),
            new Case(valid.substring(0, valid.length() - 1), 400, null),
            new Case(
                body(4, Stream.generate(() -> leaf(0)).limit(64).toList(), note(5)), 400, null),
            new Case(body(6, List.of(), note(5)), 400, null),
            new Case(valid.replace("\n5\n", "\n05\n"), 400, null),
            new Case(body(0, List.of(), unknown), 404, null),
            new Case(body(4, proof(4, 5), text(5) + "\n— else AAAAAAAA\n"), 403, null),
            new Case(body(4, proof(4, 5), note(5).replace("\n5\n", "\n6\n")), 403, null),
            new Case(body(0, List.of(), forged), 403, null),
            new Case(body(0, List.of(), note(5)), 409, "4\n"),
            new Case(body(3, proof(3, 5), note(5)), 409, "4\n"),
            new Case(body(5, List.of(), note(5)), 409, "4\n"),
            new Case(body(4, List.of(), note(5)), 422, null),
            new Case(body(4, proof(3, 5), note(5)), 422, null),
            new Case(body(4, List.of(leaf(0)), note(4)), 422, null),
            new Case(body(4, List.of(), forked), 409, "4\n"),
            new Case(body(4, List.of(leaf(0)), forked), 409, "4\n"))) {
      HttpResponse<String> answer = add(each.body());
      assertThat(answer.statusCode()).as(each.body()).isEqualTo(each.status());
      if (each.content() != null) {
        assertThat(answer.body()).isEqualTo(each.content());
        assertThat(answer.headers().firstValue("Content-Type")).contains("text/x.tlog.size");
      }
    }
    assertThat(add(valid).statusCode()).isEqualTo(200);
  }

  @Test
  void twoNotesOfOneSizeAreKeptTogetherForTheyConvictTheLog() throws Exception {
    assertThat(add(body(0, List.of(), note(4))).statusCode()).isEqualTo(200);
    // No fork: another may not take the place of what convicts.
    assertThat(add(body(4, List.of(leaf(0)), note(4))).statusCode()).isEqualTo(422);
    String kept = served();
    String forked = signed(new Checkpoint(ORIGIN, 4, leaf(0)).text());
    assertThat(add(body(4, List.of(), forked)).statusCode()).isEqualTo(409);
    String later = signed(new Checkpoint(ORIGIN, 4, leaf(1)).text());
    assertThat(add(body(4, List.of(), later)).statusCode()).isEqualTo(409);
    assertThat(add(body(4, proof(4, 5), note(5))).statusCode()).isEqualTo(200);

    Path evidence =
        files().stream().filter(file -> file.toString().endsWith(".fork")).findAny().orElseThrow();
    assertThat(Files.readString(evidence)).isEqualTo(kept + '\n' + forked);
    String[] parts = Files.readString(evidence).split("\n\n", -1);
    VerifierKey log = new VerifierKey(ORIGIN, LOG_KEY.publicKey());
    Checkpoint one = Checkpoint.parse(SignedNote.verify(parts[0] + "\n\n" + parts[1] + '\n', log));
    Checkpoint two = Checkpoint.parse(SignedNote.verify(parts[2] + "\n\n" + parts[3], log));
    assertThat(one.size()).isEqualTo(two.size());
    assertThat(one.root()).isNotEqualTo(two.root());
  }

  @Test
  void slowBodiesDoNotKeepOthersOut() throws Exception {
    stop();
    start(Duration.ofSeconds(1));
    List<Socket> slow = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      Socket socket = new Socket("127.0.0.1", witness.port());
      slow.add(socket);
      socket
          .getOutputStream()
          .write(
              "POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 100\r\n\r\nold"
                  .getBytes(StandardCharsets.UTF_8));
    }
    for (Socket socket : slow) {
      // To its end: the connection is closed.
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(answer).startsWith("HTTP/1.1 408 ");
      socket.close();
    }
    assertThat(add(body(0, List.of(), note(4))).statusCode()).isEqualTo(200);
  }

  @Test
  void aProofFromNothingMustBeEmpty() throws Exception {
    assertThat(add(body(0, List.of(leaf(0)), note(5))).statusCode()).isEqualTo(422);
  }

  @Test
  void aBodyWithoutEndIsNotReadToIt() throws Exception {
    HttpResponse<String> answer = add("old 0\n".repeat(1 << 16));
    assertThat(answer.statusCode()).isEqualTo(413);
    assertThat(add(body(0, List.of(), note(4))).statusCode()).isEqualTo(200);
  }

  @Test
  void itRemembersAcrossARestartWhatItHasCosigned() throws Exception {
    assertThat(add(body(0, List.of(), note(4))).statusCode()).isEqualTo(200);
    VerifierKey before = key();
    stop();
    start();
    assertThat(key()).isEqualTo(before);
    HttpResponse<String> answer = add(body(0, List.of(), note(5)));
    assertThat(answer.statusCode()).isEqualTo(409);
    assertThat(answer.body()).isEqualTo("4\n");
    assertThat(add(body(4, proof(4, 5), note(5))).statusCode()).isEqualTo(200);
  }

  @Test
  void withoutItsDirectoryItBeginsAtNothing() throws Exception {
    assertThat(add(body(0, List.of(), note(4))).statusCode()).isEqualTo(200);
    stop();
    for (Path file : files()) {
      Files.delete(file);
    }
    start();
    HttpResponse<String> answer = add(body(4, proof(4, 5), note(5)));
    assertThat(answer.statusCode()).isEqualTo(409);
    assertThat(answer.body()).isEqualTo("0\n");
  }

  @Test
  void aDamagedRecordIsNotTakenForNothing() throws Exception {
    assertThat(add(body(0, List.of(), note(4))).statusCode()).isEqualTo(200);
    stop();
    for (Path file : files()) {
      if (file.toString().endsWith(".checkpoint")) {
        Files.writeString(file, Files.readString(file).replace("\n4\n", "\n3\n"));
      }
    }
    start();
    assertThat(add(body(0, List.of(), note(5))).statusCode()).isEqualTo(500);
    assertThat(add(body(3, proof(3, 5), note(5))).statusCode()).isEqualTo(500);
  }

  @Test
  void aDiskThatWasAwayIsNotTakenForNothing() throws Exception {
    assertThat(add(body(0, List.of(), note(4))).statusCode()).isEqualTo(200);
    Path away = directory.resolveSibling(directory.getFileName() + "-away");
    Files.move(directory, away);
    assertThat(add(body(4, proof(4, 5), note(5))).statusCode()).isEqualTo(500);
    Files.move(away, directory);
    String fork = signed(new Checkpoint(ORIGIN, 5, leaf(0)).text());
    assertThat(add(body(0, List.of(), fork)).statusCode()).isEqualTo(500);
    stop();
    start();
    assertThat(add(body(0, List.of(), fork)).body()).isEqualTo("4\n");
    assertThat(add(body(4, proof(4, 5), note(5))).statusCode()).isEqualTo(200);
  }

  @Test
  void anEmptyPlaceInsteadOfItsDirectoryIsNotWrittenTo() throws Exception {
    assertThat(add(body(0, List.of(), note(4))).statusCode()).isEqualTo(200);
    Path away = directory.resolveSibling(directory.getFileName() + "-away");
    Files.move(directory, away);
    Files.createDirectory(directory);
    assertThat(add(body(4, proof(4, 5), note(5))).statusCode()).isEqualTo(500);
    assertThat(files()).isEmpty();
    Files.delete(directory);
    Files.move(away, directory);
  }

  @Test
  void whatIsKeptIsDurableBeforeTheCosignatureIsGiven() throws Exception {
    assertThat(add(body(0, List.of(), note(4))).statusCode()).isEqualTo(200);
    // As after kill -9: another witness on the same files, the first one never closed.
    Witness second =
        new Witness(
            new WitnessConfig(
                true,
                "127.0.0.1",
                0,
                WITNESS,
                directory,
                List.of(new VerifierKey(ORIGIN, LOG_KEY.publicKey()))),
            clock);
    assertThat(second.sizes()).containsEntry(ORIGIN, 4L);
    assertThat(second.addCheckpoint(body(0, List.of(), note(5))).verdict())
        .isEqualTo(Verdict.CONFLICT);
  }

  private List<Path> files() throws Exception {
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }

  private VerifierKey key() throws Exception {
    return VerifierKey.parse(Files.readString(directory.resolve("witness.pub")));
  }

  private HttpResponse<String> add(String body) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + witness.port() + "/add-checkpoint"))
            .POST(BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }

  private String served() throws Exception {
    String path = "/" + Sha256.hex(ORIGIN.getBytes(StandardCharsets.UTF_8)) + "/checkpoint";
    return http.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + witness.port() + path)).build(),
            BodyHandlers.ofString())
        .body();
  }

  private static String body(long old, List<byte[]> proof, String note) {
    StringBuilder body = new StringBuilder("old " + old + "\n");
    proof.forEach(hash -> body.append(Base64.getEncoder().encodeToString(hash)).append('\n'));
    return body.append('\n').append(note).toString();
  }

  private static String text(int size) {
    return new Checkpoint(ORIGIN, size, root(size)).text();
  }

  private static String note(int size) {
    return signed(text(size));
  }

  private static String signed(String text) {
    return SignedNote.sign(text, ORIGIN, LOG_KEY);
  }

  private static byte[] leaf(int index) {
    return MerkleTree.leafHash(new byte[] {(byte) index});
  }

  private static byte[] root(int size) {
    return root(0, size);
  }

  /** RFC 6962 section 2.1. */
  private static byte[] root(int from, int to) {
    if (to - from == 1) {
      return leaf(from);
    }
    int k = from + Integer.highestOneBit(to - from - 1);
    return MerkleTree.nodeHash(root(from, k), root(k, to));
  }

  private static List<byte[]> proof(int old, int size) {
    return old == 0 ? List.of() : proof(old, 0, size, true);
  }

  /** RFC 6962 section 2.1.2. */
  private static List<byte[]> proof(int old, int from, int to, boolean whole) {
    if (old == to) {
      return whole ? List.of() : List.of(root(from, to));
    }
    int k = from + Integer.highestOneBit(to - from - 1);
    return old <= k
        ? Stream.concat(proof(old, from, k, whole).stream(), Stream.of(root(k, to))).toList()
        : Stream.concat(proof(old, k, to, false).stream(), Stream.of(root(from, k))).toList();
  }
}
