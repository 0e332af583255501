// LEMON's cost scaling on the debts of one currency, called from `mufakat bench setoff`.
// Returns the sum cleared, or -1; `seconds` is the CPU time of this thread, building the graph included.
#include <ctime>
#include <lemon/cost_scaling.h>
#include <lemon/smart_graph.h>

using namespace lemon;

extern "C" long long clear_debts(int firms, int debts, const int *debtors, const int *creditors,
                                 const long long *amounts, double *seconds) {
  timespec from, to;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
  SmartDigraph graph;
  graph.reserveNode(firms);
  graph.reserveArc(debts);
  for (int firm = 0; firm < firms; firm++) graph.addNode();
  for (int debt = 0; debt < debts; debt++)
    graph.addArc(graph.nodeFromId(debtors[debt]), graph.nodeFromId(creditors[debt]));
  SmartDigraph::ArcMap<long long> upper(graph), cost(graph, -1), flow(graph);
  for (int debt = 0; debt < debts; debt++) upper[graph.arcFromId(debt)] = amounts[debt];
  typedef CostScaling<SmartDigraph, long long, long long> Solver;
  Solver solver(graph);
  solver.upperMap(upper).costMap(cost);
  if (solver.run() != Solver::OPTIMAL) return -1;
  solver.flowMap(flow);
  long long cleared = 0;
  for (int debt = 0; debt < debts; debt++) cleared += flow[graph.arcFromId(debt)];
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
  *seconds = (to.tv_sec - from.tv_sec) + 1e-9 * (to.tv_nsec - from.tv_nsec);
  return cleared;
}
