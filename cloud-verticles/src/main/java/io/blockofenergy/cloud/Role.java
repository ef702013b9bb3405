package io.blockofenergy.cloud;

/** A part of the cloud that can run alone. */
enum Role {
  INGESTION,
  STORAGE,
  LEDGER,
  AUDIT,
  API,

  /** Makes billing packs by schedule and sends them; one process. */
  PACKS
}
