using Weft.Simulation.Hosts;

namespace Weft.Simulation.Schedules;

/// <summary>A seed, and what goes wrong when. The seed alone decides both; whoever looks for the smallest schedule that fails leaves faults out.</summary>
internal sealed record Schedule(int Seed, IReadOnlyList<Fault> Faults)
{
    /// <summary>Ticks until everything is up and every connection open.</summary>
    public const int Calm = 220;

    /// <summary>Ticks in which faults begin.</summary>
    private const int Trouble = 500;

    /// <summary>The longest fault, in ticks: shorter than clients are patient.</summary>
    private const int Longest = 220;

    private const int Most = 6;

    private static readonly FaultKind[] Kinds = Enum.GetValues<FaultKind>();

    /// <summary>The schedule of a seed.</summary>
    public static Schedule Of(int seed)
    {
        var chance = new Random(seed ^ 0x5EED);
        Fault[] faults = new Fault[1 + chance.Next(Most)];
        for (int i = 0; i < faults.Length; i++)
        {
            faults[i] = Draw(Calm + chance.Next(Trouble), Kind(chance), chance);
        }

        return new Schedule(seed, [.. faults.OrderBy(fault => fault.At)]);
    }

    /// <summary>Faults one after the other, without end.</summary>
    public static IEnumerable<Fault> Endless(int seed, int pause)
    {
        var chance = new Random(seed ^ 0x5EED);
        for (long at = Calm; ; at += pause)
        {
            yield return Draw(at, Kind(chance), chance);
        }
    }

    /// <summary>The same with only some of its faults.</summary>
    public Schedule Only(IEnumerable<int> faults) => this with { Faults = [.. faults.Select(index => Faults[index])] };

    /// <summary>Moves are where most can be between two hosts, so they come more often.</summary>
    private static FaultKind Kind(Random chance) => chance.Next(5) == 0 ? FaultKind.Move : Kinds[chance.Next(Kinds.Length)];

    private static Fault Draw(long at, FaultKind kind, Random chance)
    {
        int host = kind switch
        {
            FaultKind.Move => chance.Next(Layout.Computes),
            FaultKind.DrainNode => Layout.NodeA + chance.Next(2),
            FaultKind.TakeBridge => Layout.BridgeA + chance.Next(2),
            FaultKind.Leave => 1 + chance.Next(2),
            FaultKind.StoreCut or FaultKind.StoreTrouble or FaultKind.Revoke => chance.Next(4) is int which && which < Layout.Computes ? which : Layout.NodeA + chance.Next(2),
            _ => chance.Next(Layout.Hosts),
        };
        return new Fault(at, kind, host, chance.Next(Layout.Hosts), chance.Next(100), 10 + chance.Next(Longest));
    }
}
