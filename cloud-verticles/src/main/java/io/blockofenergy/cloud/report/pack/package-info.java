/** Billing packs: a period's report as PDF, CSV and receipt, made once, kept and sent. */
package io.blockofenergy.cloud.report.pack;
