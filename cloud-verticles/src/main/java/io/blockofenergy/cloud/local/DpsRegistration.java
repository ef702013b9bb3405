package io.blockofenergy.cloud.local;

import io.blockofenergy.cloud.local.LocalHub.Refusal;
import io.blockofenergy.telemetry.UnavailableException;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.mqtt.MqttEndpoint;
import io.vertx.mqtt.messages.MqttPublishMessage;
import io.vertx.mqtt.messages.MqttSubscribeMessage;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One device's registration at the provisioning service, over its own connection: it asks to be
 * registered, is told to wait, and asks for the outcome. Lives on one event loop.
 */
final class DpsRegistration {
  /**
   * The SDK starts to listen for an answer only after its publish has returned: an answer that is
   * there before is never seen, and it waits for a minute.
   */
  static final long ANSWER_DELAY_MILLIS = 75;

  private static final int RETRY_AFTER_SECONDS = 1;

  /** Error codes as the service's are built: HTTP status, then a running number. */
  private static final int ERROR_REFUSED = 401_002;

  private static final int ERROR_UNAVAILABLE = 503_001;

  private static final Pattern REGISTER =
      Pattern.compile("\\$dps/registrations/PUT/iotdps-register/\\?\\$rid=([^&]{1,64})");
  private static final Pattern STATUS =
      Pattern.compile(
          "\\$dps/registrations/GET/iotdps-get-operationstatus/"
              + "\\?\\$rid=([^&]{1,64})&operationId=([^&]{1,128})");

  private final Vertx vertx;
  private final MqttEndpoint endpoint;
  private final String registrationId;
  private final String assignedHub;
  private final Enrolment enrolment;
  private final LocalHub.Refused refused;
  private String operationId;
  private Future<Void> outcome;

  DpsRegistration(
      Vertx vertx,
      MqttEndpoint endpoint,
      String registrationId,
      String assignedHub,
      Enrolment enrolment,
      LocalHub.Refused refused) {
    this.vertx = vertx;
    this.endpoint = endpoint;
    this.registrationId = registrationId;
    this.assignedHub = assignedHub;
    this.enrolment = enrolment;
    this.refused = refused;
  }

  /** Sets the connection up; it is then to be accepted, if it is not yet. */
  void serve() {
    endpoint.publishAutoAck(true);
    endpoint.exceptionHandler(e -> endpoint.close());
    endpoint.subscribeHandler(this::subscribed);
    endpoint.publishHandler(this::published);
  }

  void subscribed(MqttSubscribeMessage subscribe) {
    endpoint.subscribeAcknowledge(
        subscribe.messageId(),
        subscribe.topicSubscriptions().stream().map(topic -> MqttQoS.AT_MOST_ONCE).toList());
  }

  private void published(MqttPublishMessage message) {
    Matcher register = REGISTER.matcher(message.topicName());
    Matcher status = STATUS.matcher(message.topicName());
    if (register.matches() && outcome == null) {
      register(register.group(1), message.payload());
    } else if (status.matches() && status.group(2).equals(operationId)) {
      answerOutcome(status.group(1));
    } else {
      malformed("not a request of a registration");
    }
  }

  private void register(String requestId, Buffer payload) {
    String publicKey;
    try {
      JsonObject request = new JsonObject(payload);
      // The protocol has an object here; the Java SDK sends the object's text as a string.
      Object given = request.getValue("payload");
      JsonObject custom =
          given instanceof String text ? new JsonObject(text) : request.getJsonObject("payload");
      publicKey = custom == null ? null : custom.getString("publicKey");
    } catch (DecodeException | ClassCastException e) {
      malformed("the registration's payload is not a JSON object as expected");
      return;
    }
    operationId = UUID.randomUUID().toString();
    outcome = enrolment.enrol(registrationId, publicKey);
    outcome.onFailure(e -> refused.refused(Refusal.ENROLMENT, registrationId, e.getMessage()));
    answer(202, requestId, status("assigning", null));
  }

  private void answerOutcome(String requestId) {
    if (!outcome.isComplete()) {
      answer(202, requestId, status("assigning", null));
      return;
    }
    JsonObject state = new JsonObject().put("registrationId", registrationId);
    if (outcome.succeeded()) {
      state
          .put("assignedHub", assignedHub)
          .put("deviceId", registrationId)
          .put("status", "assigned")
          .put("substatus", "initialAssignment");
    } else {
      boolean transientFault = outcome.cause() instanceof UnavailableException;
      state
          .put("status", "failed")
          .put("errorCode", transientFault ? ERROR_UNAVAILABLE : ERROR_REFUSED)
          .put("errorMessage", String.valueOf(outcome.cause().getMessage()));
    }
    answer(200, requestId, status(state.getString("status"), state));
  }

  private JsonObject status(String status, JsonObject state) {
    JsonObject body = new JsonObject().put("operationId", operationId).put("status", status);
    return state == null ? body : body.put("registrationState", state);
  }

  private void answer(int code, String requestId, JsonObject body) {
    String topic =
        "$dps/registrations/res/"
            + code
            + "/?$rid="
            + requestId
            + (code == 202 ? "&retry-after=" + RETRY_AFTER_SECONDS : "");
    vertx.setTimer(
        ANSWER_DELAY_MILLIS,
        elapsed -> {
          if (endpoint.isConnected()) {
            // A failed write closes the connection, and the device registers anew.
            endpoint
                .publish(topic, body.toBuffer(), MqttQoS.AT_MOST_ONCE, false, false)
                .onFailure(e -> endpoint.close());
          }
        });
  }

  private void malformed(String detail) {
    refused.refused(Refusal.MALFORMED, registrationId, detail);
    endpoint.close();
  }
}
