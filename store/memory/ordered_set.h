// A sorted set whose copies cost nothing: a B+ tree that copies the nodes on the way to what it
// changes, unless nobody else holds them. So a turn works on a copy of what was committed, a
// savepoint is another copy, going back is an assignment, and a reader keeps the copy it was
// given while the loop thread goes on.
//
// One OrderedSet belongs to one thread; different copies may be used by different threads at
// once. `KeyOf` gives an item's key; two items with equal keys are the same one.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "src/base/check.h"
#include "store/memory/ref.h"

namespace jobgate::memory {

template <typename Item, typename KeyOf>
class OrderedSet {
  static constexpr int kItemsMax = 32;
  static constexpr int kDepthMax = 12;

  // Of a leaf the items; of an inner node the first item below each child.
  struct Node : Counted {
    int count = 0;
    bool is_leaf = true;
    std::array<Item, kItemsMax> items{};
  };
  struct Inner : Node {
    Inner() { this->is_leaf = false; }
    std::array<Ref<Node>, kItemsMax> children{};
  };

 public:
  using Key = std::invoke_result_t<KeyOf, const Item&>;

  // A place in the set, valid until the set changes.
  class Cursor {
   public:
    explicit operator bool() const { return depth_ > 0; }
    const Item& operator*() const { return Top().node->items[static_cast<size_t>(Top().at)]; }
    const Item* operator->() const { return &**this; }

    void Next() {
      while (depth_ > 0 && ++Top().at >= Top().node->count) --depth_;
      Descend([](const Node&) { return 0; });
    }
    void Prev() {
      while (depth_ > 0 && --Top().at < 0) --depth_;
      Descend([](const Node& node) { return node.count - 1; });
    }

   private:
    friend class OrderedSet;
    struct Step {
      const Node* node = nullptr;
      int at = 0;
    };

    Step& Top() { return path_[static_cast<size_t>(depth_ - 1)]; }
    const Step& Top() const { return path_[static_cast<size_t>(depth_ - 1)]; }
    void Push(const Node* node, int at) {
      JOBGATE_CHECK(depth_ < kDepthMax, "a set is never that deep");
      path_[static_cast<size_t>(depth_++)] = {node, at};
    }
    template <typename Choose>
    void Descend(Choose choose) {
      while (depth_ > 0 && !Top().node->is_leaf) {
        const Node& child = ChildOf(*Top().node, Top().at);
        Push(&child, choose(child));
      }
    }

    std::array<Step, kDepthMax> path_{};
    int depth_ = 0;
  };

  int64_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // Adds `item`, or replaces the one with its key. True where it is new.
  bool Put(Item item) {
    if (!root_) root_ = MakeRef<Node>();
    Ref<Node> right;
    const bool added = PutInto(root_, std::move(item), right);
    if (right) {
      auto root = MakeRef<Inner>();
      AddChild(*root, 0, std::move(root_));
      AddChild(*root, 1, std::move(right));
      root_ = Ref<Node>(&*root);
    }
    size_ += added ? 1 : 0;
    return added;
  }

  bool Erase(const Key& key) {
    if (!Find(key)) return false;
    EraseFrom(root_, key);
    --size_;
    while (root_ && root_->count == (root_->is_leaf ? 0 : 1))
      root_ = root_->is_leaf ? Ref<Node>() : static_cast<Inner&>(*root_).children[0];
    return true;
  }

  // Null where there is none. Valid until the set changes.
  const Item* Find(const Key& key) const {
    const Node* node = root_ ? &*root_ : nullptr;
    while (node && !node->is_leaf) node = &ChildOf(*node, ChildFor(*node, key));
    if (!node) return nullptr;
    const int at = FirstNotBefore(*node, key);
    if (at == node->count || key < KeyAt(*node, at)) return nullptr;
    return &node->items[static_cast<size_t>(at)];
  }

  Cursor First() const {
    Cursor cursor;
    if (!empty()) cursor.Push(&*root_, 0);
    cursor.Descend([](const Node&) { return 0; });
    return cursor;
  }
  Cursor Last() const {
    Cursor cursor;
    if (!empty()) cursor.Push(&*root_, root_->count - 1);
    cursor.Descend([](const Node& node) { return node.count - 1; });
    return cursor;
  }
  // The first item whose key is not less than `key`.
  Cursor From(const Key& key) const {
    Cursor cursor;
    if (empty()) return cursor;
    const Node* node = &*root_;
    for (; !node->is_leaf; node = &ChildOf(*node, cursor.Top().at))
      cursor.Push(node, ChildFor(*node, key));
    cursor.Push(node, FirstNotBefore(*node, key));
    if (cursor.Top().at < node->count) return cursor;
    --cursor.Top().at;
    cursor.Next();
    return cursor;
  }
  // The last item whose key is less than `key`.
  Cursor Before(const Key& key) const {
    Cursor cursor = From(key);
    if (!cursor) return Last();
    cursor.Prev();
    return cursor;
  }

 private:
  static Key KeyAt(const Node& node, int at) {
    return KeyOf()(node.items[static_cast<size_t>(at)]);
  }
  static const Node& ChildOf(const Node& node, int at) {
    return *static_cast<const Inner&>(node).children[static_cast<size_t>(at)];
  }

  static int FirstNotBefore(const Node& node, const Key& key) {
    int low = 0, high = node.count;
    while (low < high) {
      const int middle = (low + high) / 2;
      if (KeyAt(node, middle) < key)
        low = middle + 1;
      else
        high = middle;
    }
    return low;
  }
  // The child that holds `key`, if any does.
  static int ChildFor(const Node& node, const Key& key) {
    const int at = FirstNotBefore(node, key);
    const bool starts_with_it = at < node.count && !(key < KeyAt(node, at));
    return starts_with_it || at == 0 ? at : at - 1;
  }

  // The node of `slot` for writing: a copy where somebody else holds it too.
  static Node& Own(Ref<Node>& slot) {
    if (!slot->IsSole())
      slot = slot->is_leaf ? MakeRef<Node>(*slot)
                           : Ref<Node>(new Inner(static_cast<const Inner&>(*slot)));
    return *slot;
  }

  static void AddItem(Node& node, int at, Item item) {
    for (int i = node.count; i > at; --i)
      node.items[static_cast<size_t>(i)] = std::move(node.items[static_cast<size_t>(i - 1)]);
    node.items[static_cast<size_t>(at)] = std::move(item);
    ++node.count;
  }
  static void AddChild(Inner& node, int at, Ref<Node> child) {
    for (int i = node.count; i > at; --i)
      node.children[static_cast<size_t>(i)] = std::move(node.children[static_cast<size_t>(i - 1)]);
    Item first = child->items[0];
    node.children[static_cast<size_t>(at)] = std::move(child);
    AddItem(node, at, std::move(first));
  }
  static void Remove(Node& node, int at) {
    for (int i = at; i + 1 < node.count; ++i) {
      node.items[static_cast<size_t>(i)] = std::move(node.items[static_cast<size_t>(i) + 1]);
      if (!node.is_leaf) {
        auto& children = static_cast<Inner&>(node).children;
        children[static_cast<size_t>(i)] = std::move(children[static_cast<size_t>(i) + 1]);
      }
    }
    --node.count;
    node.items[static_cast<size_t>(node.count)] = Item();
    if (!node.is_leaf)
      static_cast<Inner&>(node).children[static_cast<size_t>(node.count)] = Ref<Node>();
  }
  // Moves what is at `from` and later to the end of `to`.
  static void MoveTail(Node& node, int from, Node& to) {
    for (int i = from; i < node.count; ++i) {
      const auto at = static_cast<size_t>(i);
      if (node.is_leaf)
        AddItem(to, to.count, node.items[at]);
      else
        AddChild(static_cast<Inner&>(to), to.count, static_cast<Inner&>(node).children[at]);
    }
    while (node.count > from) Remove(node, node.count - 1);
  }

  // Makes room at `at` in a full node: `right` takes the later half, or, at the end, nothing, so
  // that a set that grows at its end has full nodes. Returns where to add now.
  static std::pair<Node*, int> Split(Node& node, int at, Ref<Node>& right) {
    const int kept = at == kItemsMax ? kItemsMax : kItemsMax / 2;
    right = node.is_leaf ? MakeRef<Node>() : Ref<Node>(new Inner());
    MoveTail(node, kept, *right);
    if (at < kept || (at == kept && kept < kItemsMax)) return {&node, at};
    return {&*right, at - kept};
  }

  static bool PutInto(Ref<Node>& slot, Item item, Ref<Node>& right) {
    Node& node = Own(slot);
    const Key key = KeyOf()(item);
    if (node.is_leaf) {
      const int at = FirstNotBefore(node, key);
      if (at < node.count && !(key < KeyAt(node, at))) {
        node.items[static_cast<size_t>(at)] = std::move(item);
        return false;
      }
      auto [target, place] = node.count < kItemsMax ? std::pair(&node, at) : Split(node, at, right);
      AddItem(*target, place, std::move(item));
      return true;
    }
    const int at = ChildFor(node, key);
    auto& children = static_cast<Inner&>(node).children;
    Ref<Node> split;
    const bool added = PutInto(children[static_cast<size_t>(at)], std::move(item), split);
    node.items[static_cast<size_t>(at)] = children[static_cast<size_t>(at)]->items[0];
    if (split) {
      auto [target, place] =
          node.count < kItemsMax ? std::pair(&node, at + 1) : Split(node, at + 1, right);
      AddChild(static_cast<Inner&>(*target), place, std::move(split));
    }
    return added;
  }

  static void EraseFrom(Ref<Node>& slot, const Key& key) {
    Node& node = Own(slot);
    if (node.is_leaf) return Remove(node, FirstNotBefore(node, key));
    const int at = ChildFor(node, key);
    Ref<Node>& child = static_cast<Inner&>(node).children[static_cast<size_t>(at)];
    EraseFrom(child, key);
    if (child->count == 0) return Remove(node, at);
    node.items[static_cast<size_t>(at)] = child->items[0];
    if (child->count < kItemsMax / 4) Merge(static_cast<Inner&>(node), at);
  }

  // Joins the child at `at` with a neighbour, where both fit well into one.
  static void Merge(Inner& node, int at) {
    const int left = at + 1 < node.count ? at : at - 1;
    if (left < 0) return;
    Ref<Node>& first = node.children[static_cast<size_t>(left)];
    Ref<Node>& second = node.children[static_cast<size_t>(left) + 1];
    if (first->count + second->count > kItemsMax * 3 / 4) return;
    MoveTail(Own(second), 0, Own(first));
    Remove(node, left + 1);
  }

  Ref<Node> root_;
  int64_t size_ = 0;
};

}  // namespace jobgate::memory
