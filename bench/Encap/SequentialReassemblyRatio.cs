namespace Weft.Bench.Encap;

/// <summary>The fragments of one datagram follow each other.</summary>
public sealed class SequentialReassemblyRatio : ReassemblyRatio
{
    /// <inheritdoc/>
    public override string Name => "reassemble 4 fragments of 1,000 bytes, one datagram after the other";

    private protected override bool Interleaved => false;
}
