package io.blockofenergy.cloud.local;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A certificate authority for devices, made by OpenSSL: {@code ca.pem}, {@code <id>.pem} … */
final class DeviceCertificates {
  private final Path directory;

  DeviceCertificates(Path directory) throws Exception {
    this.directory = Files.createDirectories(directory);
    run(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
            + " -subj /CN=device-ca -keyout ca.key -out ca.pem");
  }

  Path authority() {
    return directory.resolve("ca.pem");
  }

  /** Makes the certificate and key of a device; returns the certificate's file. */
  Path issue(String id) throws Exception {
    run(
        "openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
            + " -subj /CN="
            + id
            + " -keyout "
            + key(id)
            + " -out device.csr");
    run(
        "openssl x509 -req -in device.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out "
            + id
            + ".pem");
    return directory.resolve(id + ".pem");
  }

  Path key(String id) {
    return directory.resolve(id + ".key").toAbsolutePath();
  }

  private void run(String command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(List.of(command.split(" ")))
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new AssertionError(command + ":\n" + output);
    }
  }
}
