package io.blockofenergy.cloud.audit.alert;

import io.blockofenergy.cloud.delivery.Message;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * One alert, the same bytes however often it is sent.
 *
 * @param id never used again; receivers know a repetition by it
 * @param body the JSON of {@code boe.alert.v1}
 */
record Alert(String id, String body) {
  /** Of a document of the outbox. */
  static Message message(JsonObject document) {
    Alert alert = new Alert(document.getString("_id"), (String) document.getValue("body"));
    return new Message(alert.id(), alert.subject(), alert.text(), alert.body(), List.of());
  }

  /** One line for the subject of a mail. */
  String subject() {
    JsonObject json = new JsonObject(body);
    return "[Block of Energy] " + json.getJsonObject("data").getString("summary");
  }

  /** For people to read. */
  String text() {
    JsonObject json = new JsonObject(body);
    JsonObject data = json.getJsonObject("data");
    StringBuilder text = new StringBuilder();
    text.append(data.getString("summary")).append("\n\n");
    text.append("Audit: ").append(data.getString("audit")).append('\n');
    text.append("At: ").append(json.getString("timestamp")).append('\n');
    if (data.getString("reason") != null) {
      text.append("Reason: ").append(data.getString("reason")).append('\n');
    }
    JsonArray findings = data.getJsonArray("findings", new JsonArray());
    for (int i = 0; i < findings.size(); i++) {
      JsonObject finding = findings.getJsonObject(i);
      text.append('\n').append(finding.getString("type")).append(' ');
      text.append(finding.getString("subject")).append('\n');
      if (finding.getString("detail") != null) {
        text.append("  ").append(finding.getString("detail")).append('\n');
      }
    }
    long more = data.getLong("count", (long) findings.size()) - findings.size();
    if (more > 0) {
      text.append("\nand ").append(more).append(" more\n");
    }
    return text.append("\nAlert ").append(id).append('\n').toString();
  }
}
