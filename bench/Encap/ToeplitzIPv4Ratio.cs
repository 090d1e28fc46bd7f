using Weft.Encap;
using Weft.Packets;

namespace Weft.Bench.Encap;

/// <summary>Two IPv4 addresses and two ports.</summary>
public sealed class ToeplitzIPv4Ratio : ToeplitzRatio
{
    /// <inheritdoc/>
    public override string Name => "Toeplitz hash of an IPv4 flow";

    private protected override int WordsPerTuple => 3;

    private protected override ulong Hash(ReadOnlySpan<uint> words)
    {
        ulong sum = 0;
        for (; words.Length >= 3; words = words[3..])
        {
            sum += ToeplitzKey.Microsoft.Hash(new IPv4Address(words[0]), new IPv4Address(words[1]), (ushort)(words[2] >> 16), (ushort)words[2]);
        }

        return sum;
    }
}
