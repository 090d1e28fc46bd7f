using Weft.Packets;

namespace Weft.Bridge;

/// <summary>Which ports a <see cref="LoopGuard"/> asks for loops.</summary>
public sealed record LoopGuardOptions
{
    /// <summary>Ports; a port's place in the list is its number. 65,536 at most.</summary>
    public required IReadOnlyList<LoopGuardPortOptions> Ports { get; init; }

    /// <summary>Source address of probes.</summary>
    public required MacAddress Mac { get; init; }

    /// <summary>Secret of this switch alone, by which it knows its own probes.</summary>
    public required HashSeed Seed { get; init; }

    /// <summary>Time of the first probes.</summary>
    public Timestamp Start { get; init; }

    internal void Validate()
    {
        if (Ports.Count > ushort.MaxValue + 1)
        {
            throw new ArgumentException($"{nameof(Ports)} has {Ports.Count} entries; the allowed range is 0 to {ushort.MaxValue + 1}.");
        }

        if (!Mac.IsValidSource)
        {
            throw new ArgumentException($"{nameof(Mac)} is {Mac}; the address of one station is allowed.");
        }

        for (int port = 0; port < Ports.Count; port++)
        {
            Ports[port].Validate(port);
        }
    }
}
