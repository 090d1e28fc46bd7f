using Weft.Encap;
using Weft.Packets;

namespace Weft.Bench.Encap;

/// <summary>Two IPv6 addresses and two ports.</summary>
public sealed class ToeplitzIPv6Ratio : ToeplitzRatio
{
    /// <inheritdoc/>
    public override string Name => "Toeplitz hash of an IPv6 flow";

    private protected override int WordsPerTuple => 9;

    private protected override ulong Hash(ReadOnlySpan<uint> words)
    {
        ulong sum = 0;
        for (; words.Length >= 9; words = words[9..])
        {
            var source = new IPv6Address(((ulong)words[0] << 32) | words[1], ((ulong)words[2] << 32) | words[3]);
            var destination = new IPv6Address(((ulong)words[4] << 32) | words[5], ((ulong)words[6] << 32) | words[7]);
            sum += ToeplitzKey.Microsoft.Hash(source, destination, (ushort)(words[8] >> 16), (ushort)words[8]);
        }

        return sum;
    }
}
