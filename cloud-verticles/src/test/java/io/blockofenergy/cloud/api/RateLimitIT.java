package io.blockofenergy.cloud.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Too many requests, as their sender sees it. */
class RateLimitIT {
  @TempDir Path directory;

  @Test
  void beyondTheBurstTheAnswerSaysWhenToComeAgain() throws Exception {
    ApiServer api = new ApiServer(directory, new ApiConfig("127.0.0.1", 0, 1, 3, 1));
    try {
      HttpResponse<String> answer = api.get("/sites");
      for (int i = 0; i < 100 && answer.statusCode() == 200; i++) {
        answer = api.get("/sites");
      }
      assertThat(answer.statusCode()).isEqualTo(429);
      assertThat(answer.headers().firstValue("Retry-After")).contains("1");
      assertThat(answer.body()).contains("problem:too-many-requests");
    } finally {
      api.close();
    }
  }
}
