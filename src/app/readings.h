// What other rooms count, in the words of observe, which knows none of them.
#pragma once

#include "berth/net/server.h"
#include "berth/observe/readings.h"
#include "berth/state/store.h"
#include "berth/telemetry/telemetry_reading.h"

namespace berth::app {

observe::LedgerReading ReadingOf(const state::Totals& totals);
observe::TelemetryReading ReadingOf(const telemetry::TelemetryReading& telemetry);
observe::TransportReading ReadingOf(const net::ServerStats& stats);

}  // namespace berth::app
