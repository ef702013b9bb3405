package io.blockofenergy.cloud.ledger;

import io.blockofenergy.telemetry.log.Cosignature;
import io.blockofenergy.telemetry.log.MalformedProofException;
import io.blockofenergy.telemetry.log.SignedNote;
import io.blockofenergy.telemetry.log.VerifierKey;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/**
 * The client's side of add-checkpoint, c2sp.org/tlog-witness. What a witness may take, in time and
 * in bytes, is bounded: it may be anybody's. For one context.
 */
final class WitnessClient {
  private static final int MAX_ANSWER_BYTES = 16 << 10;
  private static final String SIZE = "(0|[1-9][0-9]{0,17})\n";

  /**
   * What a witness said.
   *
   * @param status of HTTP
   */
  record Answer(int status, String body) {
    /** Size of the tree that the witness cosigned last, when it tells it. */
    OptionalLong size() {
      return status == 409 && body.matches(SIZE)
          ? OptionalLong.of(Long.parseLong(body.strip()))
          : OptionalLong.empty();
    }

    /**
     * The witness's cosignature of the note.
     *
     * @throws MalformedProofException when there is no valid one
     */
    Cosignature cosignature(String note, VerifierKey witness) {
      // By itself, so that what the note bears already is not taken for the answer.
      String text = SignedNote.parse(note).text();
      SignedNote answered = SignedNote.parse(text + '\n' + body);
      if (!answered.text().equals(text)) {
        throw new MalformedProofException("the answer is not made of signatures");
      }
      return answered.cosignatures(List.of(witness)).stream()
          .findFirst()
          .orElseThrow(
              () -> new MalformedProofException("the answer has no signature of the witness"));
    }
  }

  private final HttpClient http;
  private final URI url;
  private final Duration limit;

  /**
   * @param url the witness's submission prefix
   * @param limit of a connection's opening, and from a request to the end of its answer
   */
  WitnessClient(Vertx vertx, URI url, Duration limit) {
    this.url = url;
    this.limit = limit;
    this.http =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setSsl(url.getScheme().equals("https"))
                .setConnectTimeout((int) limit.toMillis())
                .setIdleTimeout((int) limit.toSeconds() + 60)
                .setIdleTimeoutUnit(TimeUnit.SECONDS));
  }

  /**
   * Submits a checkpoint. Fails when the witness is away, too slow, or says too much.
   *
   * @param proof from the tree of {@code oldSize}, which the witness has, to the checkpoint's
   */
  Future<Answer> add(long oldSize, List<byte[]> proof, String note) {
    StringBuilder body = new StringBuilder("old ").append(oldSize).append('\n');
    proof.forEach(hash -> body.append(Base64.getEncoder().encodeToString(hash)).append('\n'));
    body.append('\n').append(note);
    return http.request(
            new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost(url.getHost())
                .setPort(port())
                .setURI(url.getRawPath() + "/add-checkpoint")
                .setConnectTimeout(limit.toMillis())
                .putHeader("Content-Type", "text/plain; charset=utf-8"))
        .compose(
            request ->
                request
                    .send(body.toString())
                    .compose(this::read)
                    .timeout(limit.toMillis(), TimeUnit.MILLISECONDS)
                    // Else a witness that never ends its answer would hold a connection each time.
                    .onFailure(failure -> request.reset()));
  }

  private int port() {
    return url.getPort() >= 0 ? url.getPort() : url.getScheme().equals("https") ? 443 : 80;
  }

  private Future<Answer> read(HttpClientResponse response) {
    Promise<Answer> answer = Promise.promise();
    Buffer body = Buffer.buffer();
    response.exceptionHandler(answer::tryFail);
    response.handler(
        part -> {
          if (body.length() + part.length() > MAX_ANSWER_BYTES) {
            answer.tryFail("its answer is too large");
          } else {
            body.appendBuffer(part);
          }
        });
    response.endHandler(
        end -> answer.tryComplete(new Answer(response.statusCode(), body.toString())));
    return answer.future();
  }

  Future<Void> close() {
    return http.close();
  }
}
