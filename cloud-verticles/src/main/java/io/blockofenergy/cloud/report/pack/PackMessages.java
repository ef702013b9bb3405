package io.blockofenergy.cloud.report.pack;

import io.blockofenergy.cloud.delivery.Message;
import io.blockofenergy.cloud.delivery.OutboxSender;
import io.blockofenergy.cloud.delivery.RefusedException;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What is sent of a pack: by mail its files, by webhook {@code boe.pack.v1}, which has their
 * checksums and addresses: a receiver of webhooks takes small bodies only.
 */
final class PackMessages {
  private final PackStore store;
  private final String links;

  /**
   * @param links base address of the API, or empty
   */
  PackMessages(PackStore store, String links) {
    this.store = store;
    this.links = links;
  }

  OutboxSender.Outbox outbox() {
    return new OutboxSender.Outbox(
        PackStore.PACKS,
        "pack",
        "boe.cloud.packs",
        List.of(
            "message",
            "site",
            "period",
            "revision",
            "replaces",
            "files",
            "reportSha256",
            "energyKwh",
            "currency",
            "cost",
            PackStore.CHANNELS),
        this::message);
  }

  private Future<Message> message(JsonObject pack) {
    return store
        .files(pack)
        .map(
            files ->
                new Message(
                    pack.getString("message"),
                    "[Block of Energy] " + summary(pack),
                    text(pack),
                    body(pack).encode(),
                    files.stream()
                        .map(
                            file ->
                                new Message.Attachment(
                                    fileName(pack, file.name()),
                                    file.name().contentType(),
                                    file.content()))
                        .toList()))
        .recover(
            failure ->
                Future.failedFuture(
                    // What is not there now will not be there later.
                    failure instanceof IllegalStateException
                            || failure instanceof NullPointerException
                        ? new RefusedException("its files are damaged: " + failure.getMessage())
                        : failure));
  }

  private static String summary(JsonObject pack) {
    return "Energy of "
        + oneLine(pack.getString("site"))
        + ", "
        + pack.getString("period")
        + (pack.getInteger("revision") > 1 ? ", revision " + pack.getInteger("revision") : "");
  }

  private static String oneLine(String text) {
    return text.replaceAll("[\\p{Cc}\\p{Cf}\\u2028\\u2029]", " ");
  }

  private static String fileName(JsonObject pack, PackFile.Name name) {
    return pack.getString("_id").replaceAll("[^A-Za-z0-9._-]", "_")
        + name.toString().substring("report".length());
  }

  private static String text(JsonObject pack) {
    StringBuilder text = new StringBuilder(summary(pack)).append("\n\n");
    text.append("Energy: ").append(pack.getValue("energyKwh")).append(" kWh\n");
    if (pack.getString("cost") != null) {
      text.append("Cost: ").append(pack.getString("cost")).append(' ');
      text.append(pack.getString("currency")).append('\n');
    }
    if (pack.getString("replaces") != null) {
      text.append("\nThis replaces ").append(oneLine(pack.getString("replaces")));
      text.append(": the report says something else now.\n");
    }
    text.append("\nAttached: the report to print (.pdf), its figures (.csv)");
    text.append(
        pack.getJsonObject("files").containsKey(PackFile.Name.BUNDLE.name())
            ? ", and its receipt (.boe-bundle.json),\nwhich shows that the energy follows from"
                + " logged readings. How to check it, the report says.\n"
            : ".\nThere is no receipt: none of its energy is shown by logged readings, or it is"
                + " too large\nto be sent: that, the report says.\n");
    return text.append("\nPack ").append(oneLine(pack.getString("_id"))).append('\n').toString();
  }

  private JsonObject body(JsonObject pack) {
    JsonArray files = new JsonArray();
    JsonObject kept = pack.getJsonObject("files");
    for (PackFile.Name name : PackFile.Name.values()) {
      if (kept.containsKey(name.name())) {
        JsonObject file = kept.getJsonObject(name.name());
        files.add(
            new JsonObject()
                .put("name", name.toString())
                .put("contentType", name.contentType())
                .put("bytes", file.getInteger("bytes"))
                .put("sha256", file.getString("sha256"))
                .put(
                    "url", links + "/api/v1/packs/" + segment(pack.getString("_id")) + '/' + name));
      }
    }
    return new JsonObject()
        .put("schema", "boe.pack.v1")
        .put("type", "pack.made")
        .put("timestamp", pack.getString("createdAt"))
        .put(
            "data",
            new JsonObject()
                .put("id", pack.getString("_id"))
                .put("site", pack.getString("site"))
                .put("period", pack.getString("period"))
                .put("revision", pack.getInteger("revision"))
                .put("replaces", pack.getString("replaces"))
                .put("energyKwh", pack.getValue("energyKwh"))
                .put("cost", pack.getString("cost"))
                .put("currency", pack.getString("currency"))
                .put("reportSha256", pack.getString("reportSha256"))
                .put("files", files));
  }

  private static String segment(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
