/** Tariffs as people describe them, kept by version, and the price of energy by them. */
package io.blockofenergy.cloud.report.tariff;
