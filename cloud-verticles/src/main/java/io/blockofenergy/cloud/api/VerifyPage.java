package io.blockofenergy.cloud.api;

import io.vertx.ext.web.Router;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The page that checks receipts. It is one file with its script inside, so that it works from a
 * disk; the content security policy that it carries names the script's hash, and is sent in place
 * of the dashboard's, which allows no script inside a page.
 */
final class VerifyPage {
  private static final Pattern POLICY =
      Pattern.compile("<meta http-equiv=\"Content-Security-Policy\" content=\"([^\"]+)\">");

  private final String policy;

  private VerifyPage(String policy) {
    this.policy = policy;
  }

  /** Reads the policy from the page in the jar. Blocks for a moment. */
  static VerifyPage load() {
    String name = ApiVerticle.WEBROOT + "/verify.html";
    try (InputStream page = VerifyPage.class.getClassLoader().getResourceAsStream(name)) {
      if (page == null) {
        throw new IllegalStateException("the program was built without " + name);
      }
      Matcher policy = POLICY.matcher(new String(page.readAllBytes(), StandardCharsets.UTF_8));
      if (!policy.find()) {
        throw new IllegalStateException(name + " carries no content security policy");
      }
      return new VerifyPage(policy.group(1));
    } catch (IOException e) {
      throw new IllegalStateException("cannot read " + name, e);
    }
  }

  /** Before the handler that serves the file. */
  void mount(Router router) {
    router
        .route("/verify.html")
        .handler(
            context -> {
              // A meta element cannot say who may frame the page.
              context
                  .response()
                  .putHeader("Content-Security-Policy", policy + "; frame-ancestors 'none'");
              context.next();
            });
  }
}
