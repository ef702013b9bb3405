package io.blockofenergy.cloud.delivery;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.time.Clock;
import java.util.concurrent.TimeUnit;

/** Posts messages as Standard Webhooks 1.0 says; any answer of 200 to 299 takes one over. */
final class WebhookChannel implements Channel {
  private static final int TIMEOUT_MS = 15_000;
  private static final int REQUEST_TIMEOUT = 408;
  private static final int TOO_MANY_REQUESTS = 429;

  private final HttpClient client;
  private final String url;
  private final WebhookSignature signature;
  private final Clock clock;

  WebhookChannel(Vertx vertx, URI url, WebhookSignature signature, Clock clock) {
    this.client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setConnectTimeout(TIMEOUT_MS)
                .setIdleTimeout(TIMEOUT_MS)
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
                .setKeepAlive(false));
    this.url = url.toString();
    this.signature = signature;
    this.clock = clock;
  }

  @Override
  public String name() {
    return "webhook";
  }

  @Override
  public Future<Void> send(Message message) {
    long timestamp = clock.instant().getEpochSecond();
    RequestOptions options =
        new RequestOptions()
            .setMethod(HttpMethod.POST)
            .setAbsoluteURI(url)
            .setTimeout(TIMEOUT_MS)
            .setFollowRedirects(false)
            .putHeader("Content-Type", "application/json")
            .putHeader("webhook-id", message.id())
            .putHeader("webhook-timestamp", Long.toString(timestamp))
            .putHeader(
                "webhook-signature", signature.sign(message.id(), timestamp, message.body()));
    return client.request(options).compose(request -> post(request, message.body()));
  }

  private static Future<Void> post(HttpClientRequest request, String body) {
    return request
        .send(body)
        .compose(
            response -> {
              int status = response.statusCode();
              // What it says beyond the status is not read: it may have no end.
              request.connection().close();
              if (status >= 200 && status < 300) {
                return Future.succeededFuture();
              }
              String answer = "the receiver answered " + status;
              return isRefusal(status)
                  ? Future.failedFuture(new RefusedException(answer))
                  : Future.failedFuture(answer);
            });
  }

  private static boolean isRefusal(int status) {
    return status >= 400
        && status < 500
        && status != REQUEST_TIMEOUT
        && status != TOO_MANY_REQUESTS;
  }

  @Override
  public Future<Void> close() {
    return client.close();
  }
}
