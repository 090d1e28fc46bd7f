using System.CommandLine;
using Weft.Fuzz;
using Weft.Fuzz.Loop;

var target = new Option<string[]>("--target") { Description = "Which targets; all if none is named.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
var cases = new Option<long>("--cases") { Description = "Cases of each target.", DefaultValueFactory = _ => 100_000 };
var seconds = new Option<double>("--seconds") { Description = "Seconds of each target at most.", DefaultValueFactory = _ => double.PositiveInfinity };
var seed = new Option<ulong>("--seed") { Description = "The seed of chance.", DefaultValueFactory = _ => 1 };
var seeds = new Option<string>("--seeds") { Description = "The folder of kept inputs.", DefaultValueFactory = _ => Path.Combine(AppContext.BaseDirectory, "seeds") };
var faults = new Option<string>("--faults") { Description = "Where inputs that did harm are written.", DefaultValueFactory = _ => "fuzz-faults" };
var file = new Argument<string>("file") { Description = "A file that a run wrote." };
var one = new Argument<string>("target") { Description = "A name of the list." };

var list = new Command("list", "Prints the targets.");
list.SetAction(_ => Commands.List());
Command run = Attack("run", "Attacks the targets with new inputs, guided by what they reach.", keep: false);
Command grow = Attack("grow", "As run; afterwards the kept inputs are replaced by the fewest that reach as much.", keep: true);
var replay = new Command("replay", "Gives a target one input.") { one, file };
replay.SetAction(result => Commands.Replay(result.GetValue(one)!, result.GetValue(file)!));

var root = new RootCommand("Attacks every place where bytes from outside enter Weft.") { list, run, grow, replay };
return root.Parse(args).Invoke();

Command Attack(string name, string what, bool keep)
{
    var command = new Command(name, what) { target, cases, seconds, seed, seeds, faults };
    command.SetAction(result => Commands.Run(
        result.GetValue(target)!,
        new FuzzLimits(result.GetValue(cases), result.GetValue(seconds) is double.PositiveInfinity ? TimeSpan.MaxValue : TimeSpan.FromSeconds(result.GetValue(seconds)), result.GetValue(seed)),
        result.GetValue(seeds)!,
        result.GetValue(faults)!,
        keep));
    return command;
}
