// A genetic algorithm on assignments: uniform crossover, a mutation per child, the best survives.
#include <algorithm>
#include <utility>

#include "berth/base/random.h"
#include "schedulers.h"

namespace berth::plan {
namespace {

constexpr std::size_t kPopulation = 40;
constexpr std::size_t kGenerations = 200;
constexpr std::size_t kTournament = 3;
// Machines of tasks drawn, whatever the size of the instance.
constexpr std::size_t kMostGenes = 20'000'000;

struct Individual {
  Assignment genes;
  Duration makespan{};
};

class Evolution {
 public:
  Evolution(const Instance& instance, std::uint64_t seed)
      : instance_(instance), random_(seed, Stream::kEvolution) {
    const std::size_t affordable = kMostGenes / instance.demands.size();
    const std::size_t size = std::clamp<std::size_t>(affordable, 2, kPopulation);
    generations_ = std::min(kGenerations, affordable / size);
    population_.reserve(size);
    for (std::size_t i = 0; i < size; ++i) {
      population_.push_back(Judged(Drawn()));
    }
  }

  void Settle(Assignment genes) { population_.front() = Judged(std::move(genes)); }

  Assignment Run() {
    for (std::size_t generation = 0; generation < generations_; ++generation) {
      std::vector<Individual> next = {Best()};
      while (next.size() < population_.size()) {
        const Individual& mother = Selected();  // in turn: arguments are evaluated in any order
        const Individual& father = Selected();
        next.push_back(Judged(Child(mother, father)));
      }
      population_ = std::move(next);
    }
    return Best().genes;
  }

 private:
  Machine DrawMachine() { return random_.Below(static_cast<Machine>(instance_.machines)); }

  Assignment Drawn() {
    Assignment genes(instance_.demands.size());
    std::ranges::generate(genes, [&] { return DrawMachine(); });
    return genes;
  }

  Individual Judged(Assignment genes) {
    loads_.assign(instance_.machines, Duration(0));
    for (std::size_t task = 0; task < genes.size(); ++task) {
      loads_[genes[task]] += instance_.demands[task];
    }
    return {.genes = std::move(genes), .makespan = *std::ranges::max_element(loads_)};
  }

  const Individual& Best() const {
    return *std::ranges::min_element(population_, {}, &Individual::makespan);
  }

  const Individual& Selected() {
    const Individual* best = nullptr;
    for (std::size_t i = 0; i < kTournament; ++i) {
      const Individual& drawn =
          population_[random_.Below(static_cast<std::uint32_t>(population_.size()))];
      best = best == nullptr || drawn.makespan < best->makespan ? &drawn : best;
    }
    return *best;
  }

  Assignment Child(const Individual& mother, const Individual& father) {
    Assignment genes = mother.genes;
    std::uint64_t bits = 0;
    for (std::size_t task = 0; task < genes.size(); ++task) {
      bits = task % 64 == 0 ? random_.Next() : bits >> 1U;
      if ((bits & 1U) != 0) {
        genes[task] = father.genes[task];
      }
    }
    genes[random_.Below(static_cast<std::uint32_t>(genes.size()))] = DrawMachine();
    return genes;
  }

  const Instance& instance_;
  Random random_;
  std::size_t generations_ = 0;
  std::vector<Individual> population_;
  std::vector<Duration> loads_;  // of the one that is being judged
};

}  // namespace

Assignment Genetic(const Instance& instance, std::uint64_t seed) {
  return Evolution(instance, seed).Run();
}

Assignment GeneticFromLongestFirst(const Instance& instance, std::uint64_t seed) {
  Evolution evolution(instance, seed);
  evolution.Settle(LongestFirst(instance, seed));
  return evolution.Run();
}

}  // namespace berth::plan
