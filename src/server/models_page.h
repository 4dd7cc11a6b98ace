// GET /api/v1/models: the catalog, where the weights are, and which pods serve what.
#pragma once

#include "answers.h"
#include "berth/state/store.h"

namespace berth::server {

Json ModelsPage(const state::Store& store);

}  // namespace berth::server
