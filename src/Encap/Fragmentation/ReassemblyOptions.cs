using Weft.Packets;

namespace Weft.Encap;

/// <summary>Capacities and limits of a <see cref="TunnelReassembler"/>. All memory is allocated when it is made.</summary>
public sealed record ReassemblyOptions
{
    /// <summary>Secret of the hash that finds a fragment's frame.</summary>
    public required HashSeed Seed { get; init; }

    /// <summary>Frames under way at a time, tombstones included, 8 to 1,048,576. Default 1,024.</summary>
    public int MaxDatagrams { get; init; } = 1024;

    /// <summary>Longest inner frame, 64 to 65,528 bytes. Default 9,216.</summary>
    public int MaxDatagramBytes { get; init; } = 9216;

    /// <summary>Frames under way a remote endpoint, 1 to 4,096. Default 128.</summary>
    public int MaxPerSource { get; init; } = 128;

    /// <summary>Frames under way a virtual network, 1 to 1,048,576. Default 512.</summary>
    public int MaxPerVni { get; init; } = 512;

    /// <summary>Least bytes of a fragment that is not the last, 8 to 1,024. Default 256: smaller ones only multiply work.</summary>
    public int MinFragmentBytes { get; init; } = 256;

    /// <summary>
    /// Time from the first fragment to the end of waiting, 1 ms to 60 s. Never refreshed. Default 500 ms: inside a fabric what has
    /// not come by then is lost.
    /// </summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Whether fragments may leave the total length to the last one (<see cref="FragmentInfo.UnknownLength"/>), as those in reserved bits
    /// of VXLAN do. Without it, the default, they are refused.
    /// </summary>
    public bool LengthFromLast { get; init; }

    /// <summary>What is done with a fragment that was received before with the same bounds.</summary>
    public DuplicatePolicy Duplicates { get; init; } = DuplicatePolicy.Ignore;

    internal void Validate()
    {
        Require(MaxDatagrams, 8, 1 << 20, nameof(MaxDatagrams));
        Require(MaxDatagramBytes, 64, 65_528, nameof(MaxDatagramBytes));
        Require(MaxPerSource, 1, 4096, nameof(MaxPerSource));
        Require(MaxPerVni, 1, 1 << 20, nameof(MaxPerVni));
        Require(MinFragmentBytes, FragmentInfo.UnitBytes, 1024, nameof(MinFragmentBytes));
        if (Timeout < TimeSpan.FromMilliseconds(1) || Timeout > TimeSpan.FromSeconds(60))
        {
            throw new ArgumentOutOfRangeException(nameof(Timeout), Timeout, "ReassemblyOptions.Timeout must be 1 ms to 60 s");
        }
    }

    private static void Require(int value, int min, int max, string option)
    {
        if (value < min || value > max)
        {
            throw new ArgumentOutOfRangeException(option, value, $"ReassemblyOptions.{option} must be {min} to {max}");
        }
    }
}
