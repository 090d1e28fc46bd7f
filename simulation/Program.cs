using System.CommandLine;
using Weft.Simulation;

var seed = new Option<int>("--seed") { Description = "The first seed.", DefaultValueFactory = _ => 1 };
var schedules = new Option<int>("--schedules") { Description = "How many schedules, of consecutive seeds.", DefaultValueFactory = _ => 1_000 };
var seconds = new Option<double>("--seconds") { Description = "Seconds at most.", DefaultValueFactory = _ => double.PositiveInfinity };
var summary = new Option<string?>("--summary") { Description = "A file that the result is written to, now and then." };
var sabotage = new Option<Sabotage>("--sabotage") { Description = "What is wrong on purpose." };
var first = new Option<bool>("--first") { Description = "Ends with the first schedule that fails." };
var only = new Option<int[]>("--only") { Description = "Numbers of the faults that are left; all if none is named.", AllowMultipleArgumentsPerToken = true };
var hours = new Option<double>("--hours") { Description = "Simulated hours.", DefaultValueFactory = _ => 1 };

var run = new Command("run", "Plays schedules of faults; a failing one is made smaller and printed with the command that plays it again.") { seed, schedules, seconds, sabotage, summary, first };
run.SetAction(result => OnOneThread(() => Commands.RunAsync(result.GetValue(seed), result.GetValue(schedules), result.GetValue(seconds), result.GetValue(sabotage), result.GetValue(summary), result.GetValue(first))));
var replay = new Command("replay", "Plays one schedule twice, and tells what happens.") { seed, only, sabotage };
replay.SetAction(result => OnOneThread(() => Commands.ReplayAsync(result.GetValue(seed), result.GetValue(only), result.GetValue(sabotage))));
var soak = new Command("soak", "Lets one deployment live through faults for hours of its own time, and looks whether its memory stays flat.") { seed, hours };
soak.SetAction(result => OnOneThread(() => Commands.SoakAsync(result.GetValue(seed), result.GetValue(hours))));
return new RootCommand("A whole deployment in one process, decided by a seed.") { run, replay, soak }.Parse(args).Invoke();

// All in the one thread of the pool, so that what goes on there goes on in one order.
static int OnOneThread(Func<Task<int>> action) => Task.Run(action).GetAwaiter().GetResult();
