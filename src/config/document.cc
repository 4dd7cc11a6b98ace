#include "document.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <unordered_map>

#include "events.h"

namespace berth::config {
namespace {

class TreeBuilder final : public DocumentHandler {
 public:
  std::vector<NodePtr> TakeDocuments() { return std::move(documents_); }
  std::vector<Complaint> TakeComplaints() { return std::move(complaints_); }

  void StartDocument() override { anchors_.clear(); }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Place(anchor, MakeNode(Node::Kind::kScalar, mark));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    auto node = MakeNode(Node::Kind::kScalar, mark);
    node->text = value;
    Result<Scalar> scalar = ResolveScalar(tag, value);
    if (scalar) {
      node->scalar = *std::move(scalar);
    } else {
      Complain(mark, scalar.error().message);
      node->scalar = value;
    }
    Place(anchor, std::move(node));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto named = anchors_.find(anchor);
    if (named == anchors_.end()) {
      Complain(mark, "the anchor's value contains itself");
      Place(0, MakeNode(Node::Kind::kScalar, mark));
      return;
    }
    Place(0, named->second);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open_.push_back({.node = MakeNode(Node::Kind::kList, mark), .anchor = anchor});
  }
  void OnSequenceEnd() override { Close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open_.push_back({.node = MakeNode(Node::Kind::kMap, mark), .anchor = anchor});
  }
  void OnMapEnd() override { Close(); }

 private:
  struct Open {
    std::shared_ptr<Node> node;
    YAML::anchor_t anchor = 0;
    bool has_key = false;
  };

  static std::shared_ptr<Node> MakeNode(Node::Kind kind, const YAML::Mark& mark) {
    auto node = std::make_shared<Node>();
    node->kind = kind;
    node->line = At(mark).line;
    node->column = At(mark).column;
    return node;
  }

  void Complain(const YAML::Mark& mark, std::string message) {
    complaints_.push_back({At(mark).line, At(mark).column, "", std::move(message)});
  }

  void Close() {
    Open closed = std::move(open_.back());
    open_.pop_back();
    Place(closed.anchor, std::move(closed.node));
  }

  void Place(YAML::anchor_t anchor, NodePtr node) {
    if (anchor != 0) {
      anchors_[anchor] = node;
    }
    if (open_.empty()) {
      if (!node->is_null()) {
        documents_.push_back(std::move(node));
      }
      return;
    }
    Open& parent = open_.back();
    if (parent.node->kind == Node::Kind::kList) {
      parent.node->items.push_back(std::move(node));
    } else if (parent.has_key) {
      parent.node->entries.back().value = std::move(node);
      parent.has_key = false;
    } else {
      parent.node->entries.push_back({KeyOf(*node), node->line, node->column, nullptr});
      parent.has_key = true;
    }
  }

  std::string KeyOf(const Node& node) {
    Result<std::string> text =
        node.kind == Node::Kind::kScalar
            ? KeyText(node.scalar)
            : InvalidArgument(fmt::format("{} cannot be a key", config::TypeName(node)));
    if (text) {
      return *std::move(text);
    }
    complaints_.push_back({node.line, node.column, "", text.error().message});
    return {};
  }

  std::vector<NodePtr> documents_;
  std::vector<Complaint> complaints_;
  std::vector<Open> open_;
  std::unordered_map<YAML::anchor_t, NodePtr> anchors_;
};

}  // namespace

const Node* Node::Find(std::string_view key) const {
  const auto entry = std::ranges::find(entries, key, &Entry::key);
  return entry == entries.end() || entry->value->is_null() ? nullptr : entry->value.get();
}

std::string_view Node::Text(std::string_view key) const {
  const Node* const value = Find(key);
  return value == nullptr || value->kind != Kind::kScalar ? std::string_view() : value->text;
}

bool Node::IsTrue(std::string_view key) const {
  const Node* const value = Find(key);
  return value != nullptr && value->kind == Kind::kScalar && value->scalar == Scalar(true);
}

std::string_view TypeName(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kList:
      return "a list";
    case Node::Kind::kMap:
      return "a map";
    case Node::Kind::kScalar:
      break;
  }
  return TypeName(node.scalar);
}

Documents ReadDocuments(std::string_view text) {
  TreeBuilder builder;
  if (const std::optional<SyntaxError> error = ReadEvents(text, builder)) {
    return {{}, {{error->at.line, error->at.column, "", error->message}}};
  }
  return {builder.TakeDocuments(), builder.TakeComplaints()};
}

}  // namespace berth::config
