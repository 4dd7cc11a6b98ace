// The models and datasets that pods may name (kind: ModelCatalog).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "berth/cluster/catalog.h"
#include "berth/config/complaint.h"

namespace berth::config {

// Bytes; a longer text is refused. A ConfigMap holds no more.
inline constexpr std::size_t kMaxCatalogText = std::size_t{1} << 20;

struct ParsedCatalog {
  cluster::Catalog catalog;
  std::vector<Complaint> complaints;

  bool ok() const { return !HasErrors(complaints); }  // false: `catalog` is empty
};

// Reads the YAML text of one document, as strictly as ParseConfiguration. An empty text is an
// error, since a file that is being written begins as one. The catalog's revision is a hash of the
// text.
ParsedCatalog ParseCatalog(std::string_view text);

// What each variant of each model asks for and how large each dataset is, a line each, lined up for
// people.
std::string CatalogTable(const cluster::Catalog& catalog);

// The tables of a catalog's fields as Markdown, for docs/catalog.md.
std::string CatalogReference();

}  // namespace berth::config
