using Weft.Conformance.Support;
using Weft.Fuzz;
using Weft.Fuzz.Loop;
using Weft.Fuzz.Targets;

namespace Weft.Conformance.HostileTests;

/// <summary>The inputs that the fuzzer kept, because each reached code that none before it had reached, given to what they were found with.</summary>
[Trait(Kind.Key, Kind.Hostile)]
public sealed class KeptInputsTests
{
    private const int NewInputs = 300;

    public static TheoryData<string> Targets => [.. Commands.Targets.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Every_kept_input_is_survived_and_so_are_some_new_ones(string name)
    {
        FuzzTarget target = Commands.Targets.Single(target => target.Name == name);
        byte[][] kept = [.. SeedFile.Read(Repository.File("fuzz/seeds"), name)];
        Assert.NotEmpty(kept);
        // Without instrumentation no input is worth more than another, but those that are made of kept ones go deep.
        using var loop = new FuzzLoop(target, new FuzzLimits(kept.Length + NewInputs, TimeSpan.FromMinutes(2), Seed: 20261121), [], _ => { });
        FuzzReport report = loop.Run(kept);
        Assert.True(report.Faults.Count == 0, string.Join("\n", report.Faults.Select(fault => $"{Convert.ToBase64String(fault.Input)}\n{fault.What}")));
        Assert.True(report.Cases >= kept.Length);
    }

    [Fact]
    public void A_target_that_throws_is_reported_with_the_input_that_made_it_throw()
    {
        using var loop = new FuzzLoop(new Fragile(), new FuzzLimits(5_000, TimeSpan.FromMinutes(1), Seed: 1), [], _ => { });
        FuzzFault fault = Assert.Single(loop.Run([[1, 2, 3]]).Faults);
        Assert.Equal(0xFF, fault.Input[0]);
        Assert.Contains("fragile", fault.What, StringComparison.Ordinal);
    }

    private sealed class Fragile : BytesTarget
    {
        public override string Name => "fragile";

        public override string What => "nothing";

        public override IReadOnlyList<string> Assemblies => [];

        public override IEnumerable<byte[]> Beginnings() => [];

        public override void Run(ReadOnlySpan<byte> input) => Require(input.Length == 0 || input[0] != 0xFF, "fragile");
    }
}
