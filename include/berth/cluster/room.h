// Arithmetic on a row: what has room, what a demand takes.
#pragma once

#include "berth/cluster/node.h"

namespace berth::cluster {

// Devices of the row on which one share has room.
DeviceSet Roomy(const NodeRow& row, const DeviceShare& share);

// nullptr when the node has no devices of the class.
const WholeRoom* FindClass(const NodeRow& row, ClassId device_class);

// Devices that the demand names, shared and whole ones.
int DevicesOf(const DeviceDemand& demand);

// Takes the demand off the row: shares on `devices`, whole devices by count. Never below zero.
void Charge(NodeRow& row, const DeviceDemand& demand, DeviceSet devices);

}  // namespace berth::cluster
